/* SPDX-License-Identifier: ISC */
/*
 * Reads a DNS reply (RFC 1035 section 4). c-ares 1.18 has no reader that keeps the TTLs of a CNAME
 * chain, the SOA of the authority section and records of several types, so this is our own: a
 * cursor that checks at every step how much is left.
 */
#include "repmon/dns.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define HEADER_BYTES 12
#define MAX_POINTERS 64 /* a name of 255 octets holds at most 127 labels; loops end here */
#define MAX_ALIASES  16 /* as many as resolvers follow */

struct cursor {
    const uint8_t *msg;
    size_t len, at;
};

static bool dns_read_u16(struct cursor *c, uint16_t *out)
{
    if (c->len - c->at < 2)
        return false;
    *out = (uint16_t)(c->msg[c->at] << 8 | c->msg[c->at + 1]);
    c->at += 2;
    return true;
}

static bool dns_read_u32(struct cursor *c, uint32_t *out)
{
    uint16_t high, low;
    if (!dns_read_u16(c, &high) || !dns_read_u16(c, &low))
        return false;
    *out = (uint32_t)high << 16 | low;
    return true;
}

/*
 * A possibly compressed name (RFC 1035 4.1.4) in presentation form, lower case, without the root
 * dot. Octets that are not printable ASCII, and dots inside a label, become '?': no name that we
 * ask for or believe contains them.
 */
static bool dns_read_name(struct cursor *c, char out[static LIMIT_DNS_NAME + 1])
{
    size_t at = c->at, used = 0;
    bool jumped = false;
    for (int pointers = 0;;) {
        if (at >= c->len)
            return false;
        uint8_t n = c->msg[at];
        if ((n & 0xc0) == 0xc0) {
            if (at + 1 >= c->len || ++pointers > MAX_POINTERS)
                return false;
            if (!jumped)
                c->at = at + 2;
            jumped = true;
            at = (size_t)(n & 0x3f) << 8 | c->msg[at + 1];
            continue;
        }
        if (n > LIMIT_DNS_LABEL || at + 1 + n > c->len)
            return false;
        at++;
        if (n == 0)
            break;
        if (used + n + 1 > LIMIT_DNS_NAME)
            return false;
        if (used)
            out[used++] = '.';
        for (uint8_t i = 0; i < n; i++) {
            uint8_t b = c->msg[at + i];
            out[used++] = b > 0x20 && b < 0x7f && b != '.' ? (char)tolower(b) : '?';
        }
        at += n;
    }
    out[used] = '\0';
    if (!jumped)
        c->at = at;
    return true;
}

/* The same without the text: most names of a negative answer are never looked at. */
static bool dns_skip_name(struct cursor *c)
{
    while (c->at < c->len) {
        uint8_t n = c->msg[c->at];
        if ((n & 0xc0) == 0xc0) {
            c->at += 2;
            return c->at <= c->len;
        }
        if (n > LIMIT_DNS_LABEL)
            return false;
        c->at += 1u + n;
        if (n == 0)
            return c->at <= c->len;
    }
    return false;
}

struct rr {
    uint16_t type, class;
    uint32_t ttl, raw_ttl;
    size_t data, data_len;
};

/* Everything but the owner name, which the cursor has already passed. */
static bool dns_read_rr(struct cursor *c, struct rr *rr)
{
    uint16_t len;
    if (!dns_read_u16(c, &rr->type) || !dns_read_u16(c, &rr->class) || !dns_read_u32(c, &rr->ttl) ||
        !dns_read_u16(c, &len) || c->len - c->at < len)
        return false;
    rr->raw_ttl = rr->ttl;
    if (rr->ttl > INT32_MAX) /* RFC 2181 section 8 */
        rr->ttl = 0;
    rr->data = c->at;
    rr->data_len = len;
    c->at += len;
    return true;
}

/* Reading inside the data of a record must not run past its end. */
static struct cursor dns_data_cursor(const struct cursor *c, const struct rr *rr)
{
    return (struct cursor){c->msg, rr->data + rr->data_len, rr->data};
}

/* Joins the strings of a TXT record (RFC 1035 3.3.14). */
static bool dns_read_txt(const struct cursor *c, const struct rr *rr, char *text, size_t room,
                         size_t *len)
{
    size_t at = rr->data, end = rr->data + rr->data_len, used = 0;
    while (at < end) {
        size_t n = c->msg[at++];
        if (n > end - at || used + n + 1 > room)
            return false;
        memcpy(text + used, c->msg + at, n);
        used += n;
        at += n;
    }
    if (room == 0)
        return false;
    text[used] = '\0';
    *len = used;
    return true;
}

/* Adds one record of the requested type to the scratch; false when its data are malformed. */
static bool dns_take_record(const struct cursor *c, const struct rr *rr,
                            struct dns_scratch *scratch, size_t *text_used,
                            struct dns_record *record)
{
    char *text = scratch->text + *text_used;
    size_t room = sizeof scratch->text - *text_used;
    struct cursor data = dns_data_cursor(c, rr);
    char name[LIMIT_DNS_NAME + 1];
    *record = (struct dns_record){.text = ""};
    switch (rr->type) {
    case DNS_A: return rr->data_len == 4 && ip_from_bytes(4, c->msg + rr->data, &record->ip);
    case DNS_AAAA: return rr->data_len == 16 && ip_from_bytes(6, c->msg + rr->data, &record->ip);
    case DNS_TXT:
        if (!dns_read_txt(c, rr, text, room, &record->len))
            return false;
        break;
    case DNS_MX:
        if (!dns_read_u16(&data, &record->preference))
            return false;
        /* fall through */
    case DNS_NS:
    case DNS_SOA:
    case DNS_PTR:
        if (!dns_read_name(&data, name) || strlen(name) + 1 > room)
            return false;
        record->len = strlen(name);
        memcpy(text, name, record->len + 1);
        break;
    default: return true;
    }
    record->text = text;
    *text_used += record->len + 1;
    return true;
}

/* ---- the answer section ---- */

/* What one pass over the answers finds at the name that the chain has reached. */
struct dns_step {
    unsigned here;                 /* records of the asked type */
    unsigned aliases;              /* CNAME records */
    char next[LIMIT_DNS_NAME + 1]; /* where a CNAME, else a DNAME, leads; "": nowhere */
    uint32_t ttl;                  /* of that record */
};

/* Length of the part of `name` before `parent`, with its dot; 0: it is not below it. */
static size_t dns_below(const char *name, const char *parent)
{
    size_t len = strlen(name), tail = strlen(parent);
    if (len <= tail || strcmp(name + len - tail, parent) != 0)
        return 0;
    if (tail == 0 || name[len - tail - 1] == '.')
        return len - tail;
    return 0;
}

/* RFC 6672 2.2: the part in front stays, the record's owner name is replaced. */
static bool dns_take_dname(const struct cursor *c, const struct rr *rr, const char *wanted,
                           size_t front, struct dns_step *step)
{
    struct cursor data = dns_data_cursor(c, rr);
    char target[LIMIT_DNS_NAME + 1];
    if (!dns_read_name(&data, target) || front + strlen(target) > LIMIT_DNS_NAME)
        return false;
    memcpy(step->next, wanted, front);
    memcpy(step->next + front, target, strlen(target) + 1);
    if (!target[0]) /* the root: no dot after the last label */
        step->next[front - 1] = '\0';
    step->ttl = rr->ttl;
    return true;
}

static bool dns_look_for_step(struct cursor c, unsigned count, const char *wanted, uint16_t type,
                              struct dns_step *step)
{
    *step = (struct dns_step){.next = ""};
    for (unsigned i = 0; i < count; i++) {
        struct rr rr;
        char owner[LIMIT_DNS_NAME + 1];
        if (!dns_read_name(&c, owner) || !dns_read_rr(&c, &rr))
            return false;
        bool here = strcmp(owner, wanted) == 0;
        size_t front = rr.type == DNS_DNAME ? dns_below(wanted, owner) : 0;
        struct cursor data = dns_data_cursor(&c, &rr);
        if (rr.class != 1)
            continue;
        if (here && rr.type == type) {
            step->here++;
        } else if (here && rr.type == DNS_CNAME) {
            step->ttl = rr.ttl;
            if (step->aliases++ || !dns_read_name(&data, step->next))
                return false;
        } else if (front && step->aliases == 0) {
            if (!dns_take_dname(&c, &rr, wanted, front, step))
                return false;
        }
    }
    return true;
}

/*
 * Follows CNAME and DNAME records, in whatever order they came, until nothing new is reached.
 * `wanted` becomes the last name; *steps is how many records led there. A name with an alias and
 * something else, with two aliases, or in a loop is nonsense (RFC 2181 10.1, RFC 6672 2.4): false.
 */
static bool dns_follow_chain(const struct cursor *c, unsigned count, uint16_t type,
                             char wanted[static LIMIT_DNS_NAME + 1], unsigned *steps, uint32_t *ttl)
{
    struct dns_step step;
    for (*steps = 0; *steps <= MAX_ALIASES; ++*steps) {
        if (!dns_look_for_step(*c, count, wanted, type, &step))
            return false;
        if (!step.next[0] && step.aliases == 0)
            return true;
        if (step.here)
            return false;
        memcpy(wanted, step.next, sizeof step.next);
        if (step.ttl < *ttl)
            *ttl = step.ttl;
    }
    return false;
}

/* The records of the asked type at the end of the chain. */
static bool dns_take_records(struct cursor *c, unsigned count, const char *wanted, uint16_t type,
                             struct dns_scratch *scratch, struct dns_answer *out)
{
    size_t text_used = 0;
    for (unsigned i = 0; i < count; i++) {
        struct rr rr;
        char owner[LIMIT_DNS_NAME + 1];
        if (!dns_read_name(c, owner) || !dns_read_rr(c, &rr))
            return false;
        if (rr.class != 1 || rr.type != type || strcmp(owner, wanted) != 0)
            continue;
        if (rr.ttl < out->ttl)
            out->ttl = rr.ttl;
        if (out->count == DNS_MAX_RECORDS)
            out->more = true;
        else if (!dns_take_record(c, &rr, scratch, &text_used, &scratch->records[out->count]))
            return false;
        else
            out->count++;
    }
    return true;
}

static bool dns_read_answers(struct cursor *c, unsigned count, const char *name, uint16_t type,
                             struct dns_scratch *scratch, struct dns_answer *out, unsigned *steps)
{
    char wanted[LIMIT_DNS_NAME + 1];
    size_t len = strlen(name);
    if (len > LIMIT_DNS_NAME)
        return false;
    for (size_t i = 0; i <= len; i++)
        wanted[i] = (char)tolower((unsigned char)name[i]);
    return dns_follow_chain(c, count, type, wanted, steps, &out->ttl) &&
           dns_take_records(c, count, wanted, type, scratch, out);
}

/*
 * Answer records that hold nothing that was asked for, without a sign that there is nothing (RFC
 * 2308 2.1 and 2.2: NXDOMAIN or an SOA), are a fragment of an answer, not "no such record".
 */
static bool dns_is_torn(const struct dns_answer *a, unsigned answers, unsigned steps)
{
    if (answers == 0 || a->count || (a->rcode != DNS_NOERROR && a->rcode != DNS_NXDOMAIN))
        return false;
    return steps == 0 || (a->rcode == DNS_NOERROR && !a->soa);
}

/* ---- the other sections ---- */

/* RFC 2308 section 5: a negative answer lives for the lesser of the SOA's TTL and its minimum. */
static bool dns_read_soa(const struct cursor *c, const struct rr *rr, struct dns_answer *out)
{
    struct cursor data = dns_data_cursor(c, rr);
    uint32_t fields[5]; /* serial, refresh, retry, expire, minimum */
    if (!dns_skip_name(&data) || !dns_skip_name(&data))
        return false;
    for (size_t f = 0; f < 5; f++) {
        if (!dns_read_u32(&data, &fields[f]))
            return false;
    }
    out->soa = true;
    uint32_t ttl = rr->ttl < fields[4] ? rr->ttl : fields[4];
    if (out->count == 0 && ttl < out->ttl)
        out->ttl = ttl;
    return true;
}

/* What the authority and additional sections show of a message without an answer. */
struct dns_rest {
    bool servers;   /* NS records */
    bool displaced; /* what was asked for, in the wrong section */
};

static bool dns_read_section(struct cursor *c, unsigned count, bool authority, const char *name,
                             uint16_t type, struct dns_rest *rest, struct dns_answer *out)
{
    for (unsigned i = 0; i < count; i++) {
        struct rr rr;
        char text[LIMIT_DNS_NAME + 1];
        struct cursor owner = *c;
        if (!dns_skip_name(c) || !dns_read_rr(c, &rr))
            return false;
        if (!authority && rr.type == DNS_OPT) { /* RFC 6891 6.1.3; 255 is none of IANA's */
            unsigned rcode = (unsigned)(rr.raw_ttl >> 24) << 4 | out->rcode;
            out->rcode = (uint8_t)(rcode < UINT8_MAX ? rcode : UINT8_MAX);
        }
        if (rr.class != 1)
            continue;
        if (authority && rr.type == DNS_SOA && !dns_read_soa(c, &rr, out))
            return false;
        out->policy |= !authority && rr.type == DNS_SOA;
        rest->servers |= authority && rr.type == DNS_NS;
        if (rr.type == type && dns_read_name(&owner, text))
            rest->displaced |= strcasecmp(text, name) == 0;
    }
    return true;
}

/*
 * A referral to other servers (RFC 2308 2.2: NS without SOA) does not answer the query, and nor
 * does a message that has the record in the wrong section.
 */
static bool dns_is_no_answer(const struct dns_answer *a, const struct dns_rest *rest)
{
    bool empty = a->count == 0 && a->rcode == DNS_NOERROR;
    return empty && !a->soa && (rest->servers || rest->displaced);
}

bool dns_read(const uint8_t *msg, size_t len, const char *name, uint16_t type,
              struct dns_scratch *scratch, struct dns_answer *out)
{
    struct cursor c = {msg, len, 4};
    uint16_t questions = 0, answers = 0, authority = 0, additional = 0;
    unsigned steps = 0;
    struct dns_rest rest = {0};
    *out = (struct dns_answer){.malformed = true, .ttl = UINT32_MAX, .records = scratch->records};
    if (len < HEADER_BYTES || !(msg[2] & 0x80))
        return false;
    out->rcode = msg[3] & 15;
    out->own = msg[2] & 0x04;
    out->recursive = msg[3] & 0x80;
    if (!dns_read_u16(&c, &questions) || !dns_read_u16(&c, &answers) ||
        !dns_read_u16(&c, &authority) || !dns_read_u16(&c, &additional))
        return false;
    for (unsigned i = 0; i < questions; i++) {
        if (!dns_skip_name(&c) || c.len - c.at < 4)
            return false;
        c.at += 4;
    }
    if (!dns_read_answers(&c, answers, name, type, scratch, out, &steps) ||
        !dns_read_section(&c, authority, true, name, type, &rest, out) ||
        !dns_read_section(&c, additional, false, name, type, &rest, out) ||
        dns_is_torn(out, answers, steps) || dns_is_no_answer(out, &rest)) {
        out->count = 0;
        return false;
    }
    if (out->ttl == UINT32_MAX)
        out->ttl = 0;
    out->malformed = false;
    return true;
}

const char *dns_rcode_word(uint8_t rcode)
{
    static const char *const words[] = {
        [DNS_NOERROR] = "NOERROR",   [DNS_FORMERR] = "FORMERR", [DNS_SERVFAIL] = "SERVFAIL",
        [DNS_NXDOMAIN] = "NXDOMAIN", [DNS_NOTIMP] = "NOTIMP",   [DNS_REFUSED] = "REFUSED"};
    if (rcode == DNS_BADVERS)
        return "BADVERS";
    return rcode < sizeof words / sizeof words[0] ? words[rcode] : "an unknown error";
}
