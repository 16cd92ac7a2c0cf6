/* SPDX-License-Identifier: ISC */
#include "heard.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define AHEAD_S  600   /* a clock may be wrong by so much */
#define BEHIND_S DAY_S /* older than the youngest line by more: of another log */
#define OUTSIDE  2     /* receivers outside the table that must refuse alike */

/* Operators whose customers have rules of their own. */
static const char *const many_tenants[] = {"microsoft-365", "mimecast", "proofpoint", "barracuda",
                                           "iphmx"};

/* ---- which receiver ---- */

static bool piece_is(struct maillog_piece p, const char *word)
{
    return p.len == strlen(word) && strncasecmp(p.s, word, p.len) == 0;
}

static bool is_smarthost(const struct conf_log *log, const struct maillog_event *e)
{
    char ip[IP_TEXT_MAX] = "";
    if (e->host_ip.family)
        ip_format(&e->host_ip, ip);
    for (size_t i = 0; i < log->smarthost_count; i++)
        if (piece_is(e->host, log->smarthosts[i]) || strcmp(ip, log->smarthosts[i]) == 0)
            return true;
    return false;
}

/* A filter, a mailbox store or a relay of our own: behind it nothing can be heard. */
static bool is_our_own(const struct conf_log *log, const struct maillog_event *e)
{
    if (e->host_ip.family && ip_is_hidden(&e->host_ip))
        return true;
    if (piece_is(e->host, "localhost"))
        return true;
    return is_smarthost(log, e);
}

/* Second levels under which anybody registers a third: "example.co.uk". */
static bool is_public_second(const char *label, size_t len)
{
    static const char *const words[] = {"co", "com", "net", "org", "ac", "gov", "edu", "ne", "or"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == len && strncasecmp(words[i], label, len) == 0)
            return true;
    return false;
}

/* The last two labels, or three where the second one is public; false: it is no name. */
static bool registrable(struct maillog_piece host, char *out, size_t size)
{
    size_t dots = 0;
    size_t start = host.len;
    size_t second = 0;
    size_t want = 2;
    while (start > 0) {
        if (host.s[start - 1] == '.') {
            dots++;
            if (dots == 1)
                second = start - 1;
            if (dots == 2 && host.len - second == 3 &&
                is_public_second(host.s + start, second - start))
                want = 3;
            if (dots == want)
                break;
        }
        start--;
    }
    size_t len = host.len - start;
    if (dots == 0 || len == 0 || len >= size || isdigit((unsigned char)host.s[host.len - 1]))
        return false;
    for (size_t i = 0; i < len; i++)
        out[i] = (char)tolower((unsigned char)host.s[start + i]);
    out[len] = '\0';
    return true;
}

/* ---- whose address ---- */

/* The target that is, or whose /64 holds, this address; NULL: none. */
static const struct target *watched(const struct heard *h, const struct ip *ip)
{
    for (size_t i = 0; ip->family && i < h->inventory->count; i++) {
        const struct target *t = &h->inventory->items[i];
        struct cidr block = {t->ip, t->prefix};
        if (cidr_contains(&block, ip))
            return t;
        if (ip->family != 6 || t->ip.family != 6)
            continue;
        struct cidr net = {ip_mask(&t->ip, 64), 64};
        if (cidr_contains(&net, ip))
            return t;
    }
    return NULL;
}

static struct ip of_tag(const struct conf_log *log, struct maillog_piece tag)
{
    for (size_t i = 0; i < log->tag_count; i++) {
        size_t len = strlen(log->tags[i].name);
        bool same = tag.len >= len && strncmp(tag.s, log->tags[i].name, len) == 0;
        if (same && (tag.len == len || tag.s[len] == '/'))
            return log->tags[i].ip;
    }
    return (struct ip){0};
}

/* The only address of that family that this log's mail can leave by; none when there are more. */
static struct ip the_only(const struct heard *h, const struct conf_log *log, uint8_t family)
{
    struct ip only = {0};
    size_t count = 0;
    for (size_t i = 0; i < log->address_count; i++) {
        if (family && log->addresses[i].family != family)
            continue;
        only = log->addresses[i];
        count++;
    }
    if (log->address_count > 0)
        return count == 1 ? only : (struct ip){0};
    for (size_t i = 0; i < h->inventory->count; i++) {
        const struct target *t = &h->inventory->items[i];
        if (family && t->ip.family != family)
            continue;
        only = t->ip;
        count++;
    }
    return count == 1 ? only : (struct ip){0};
}

struct whose {
    struct ip own; /* of a target; family 0: not known which */
    bool assumed;
};

static void note_unwatched(struct heard *h, const struct ip *ip, const char *receiver)
{
    uint32_t hash = (uint32_t)siphash(h->memory.key, receiver, strlen(receiver)) | 1;
    struct heard_unwatched *u = h->unwatched;
    size_t i = 0;
    while (i < h->unwatched_count && ip_cmp(&u[i].ip, ip) != 0)
        i++;
    if (i == HEARD_UNWATCHED)
        return;
    if (i == h->unwatched_count)
        u[h->unwatched_count++] = (struct heard_unwatched){.ip = *ip, .receivers = {hash}};
    else if (u[i].receivers[0] != hash)
        u[i].receivers[1] = hash;
}

bool heard_is_unwatched(const struct heard_unwatched *u)
{
    return u->receivers[1] != 0;
}

static struct whose whose_address(struct heard *h, const struct conf_log *log,
                                  struct memory_section *section, const struct maillog_event *e,
                                  const struct ip *named)
{
    const struct target *t = watched(h, named);
    if (t)
        return (struct whose){.own = t->ip};
    struct ip own = e->own_ip;
    if (!own.family)
        own = of_tag(log, e->tag);
    if (own.family) {
        t = watched(h, &own);
        return (struct whose){.own = t ? t->ip : (struct ip){0}};
    }
    if (section->not_assumed > h->now)
        return (struct whose){0};
    own = the_only(h, log, e->host_ip.family);
    t = watched(h, &own);
    return (struct whose){.own = t ? t->ip : (struct ip){0}, .assumed = t != NULL};
}

/* ---- what it says ---- */

static enum pair_outcome outcome_of(enum explain_kind kind)
{
    switch (kind) {
    case EXPLAIN_IP_LIST:
    case EXPLAIN_NETWORK:
    case EXPLAIN_RDNS: return PAIR_REFUSED;
    case EXPLAIN_THROTTLE: return PAIR_THROTTLED;
    default: return PAIR_OTHER;
    }
}

static void keep_evidence(struct pair *p, const struct maillog_event *e,
                          const struct explain_verdict *v, const struct whose *w, int64_t time)
{
    struct pair_evidence *evidence = &p->evidence;
    if (evidence->time && !(v->decisive && !evidence->decisive))
        return;
    *evidence =
        (struct pair_evidence){.time = time, .decisive = v->decisive, .assumed = w->assumed};
    snprintf(evidence->code, sizeof evidence->code, "%s", v->code[0] ? v->code : v->status);
    snprintf(evidence->row, sizeof evidence->row, "%s", v->id);
    if (strlen(v->url) < sizeof evidence->url)
        snprintf(evidence->url, sizeof evidence->url, "%s", v->url);
    heard_sample(e->text.s, e->text.len, evidence->sample);
}

static void count_event(struct heard *h, const struct conf_log *log, struct memory_section *section,
                        struct heard_lines *count, const struct maillog_event *e, int64_t time)
{
    const struct explain_operator *operator= explain_host(h->explain, e->host);
    struct explain_verdict v = {0};
    struct ip named = {0};
    char domain[256];
    const char *receiver = operator? explain_operator_name(operator) : domain;
    struct pair_message m = {.time = time, .outcome = PAIR_TAKEN};
    if (!operator&& !registrable(e->host, domain, sizeof domain))
        return;
    if (e->outcome != MAILLOG_ACCEPTED) {
        explain_event(h->explain, e, &v);
        m.outcome = outcome_of(v.kind);
        m.decisive = v.decisive;
        if (!v.own_ip)
            named = v.ip;
    }
    struct whose w = whose_address(h, log, section, e, &named);
    count->attempts++;
    count->nameless += !w.own.family || w.assumed;
    if (named.family && !watched(h, &named) && !ip_special(&named) && e->phase < MAILLOG_DATA)
        note_unwatched(h, &named, receiver);
    struct pair *p = memory_pair(&h->memory, &w.own, receiver, operator!= NULL);
    if (!p)
        return;
    for (size_t i = 0; i < sizeof many_tenants / sizeof *many_tenants; i++)
        p->many_tenants |= strcmp(receiver, many_tenants[i]) == 0;
    m.relay = (uint32_t)siphash(h->memory.key, e->host.s, e->host.len);
    if (e->queue_id.len)
        memory_count(&h->memory, p, e->queue_id.s, e->queue_id.len, &m);
    else
        pair_add(p, &m);
    if (m.outcome == PAIR_REFUSED || m.outcome == PAIR_THROTTLED)
        keep_evidence(p, e, &v, &w, time);
}

/* ---- lines ---- */

static bool is_odd(const struct heard *h, const struct memory_section *section, int64_t time)
{
    return time > h->now + AHEAD_S || time < section->last_line - BEHIND_S;
}

static void note_line(struct memory_section *section, int64_t time)
{
    int64_t gap = section->last_line ? time - section->last_line : 0;
    if (gap > section->longest_gap)
        section->longest_gap = gap;
    if (time > section->last_line)
        section->last_line = time;
}

void heard_line(struct heard *h, const struct conf_log *log, struct heard_lines *count,
                const char *line, size_t len)
{
    const struct maillog_clock clock = {.now = h->now};
    struct memory_section *section = memory_section(&h->memory, log->name);
    struct maillog_event e;
    int64_t time;
    count->lines++;
    if (!maillog_parse(line, len, &h->scratch, &e))
        return;
    count->known++;
    if (!maillog_time(e.stamp, &clock, &time))
        return;
    if (is_odd(h, section, time)) {
        count->odd++;
        return;
    }
    note_line(section, time);
    if (time < h->since || e.outcome == MAILLOG_NOTHING || e.outcome == MAILLOG_OWN_SIDE)
        return;
    if (!e.attempted || is_our_own(log, &e))
        return;
    if (e.probe && e.outcome == MAILLOG_ACCEPTED)
        return; /* an address was asked about: no mail was taken */
    count_event(h, log, section, count, &e, time);
}

/* ---- states ---- */

static bool is_refusing(const struct pair *p)
{
    return p->state == PAIR_IS_REFUSED || p->state == PAIR_PARTLY_REFUSED;
}

/*
 * A stranger's server may say anything: it takes two that refuse the same address before that is
 * told, and then as a warning.
 */
static void weigh_strangers(struct heard *h, struct pair *p)
{
    size_t alike = 0;
    for (size_t i = 0; i < h->memory.pair_count; i++) {
        const struct pair *other = h->memory.pairs[i];
        alike += !other->in_table && is_refusing(other) && ip_cmp(&other->own, &p->own) == 0;
    }
    p->told = alike >= OUTSIDE;
}

void heard_judge(struct heard *h, const struct conf *conf)
{
    for (size_t i = 0; i < h->memory.pair_count; i++) {
        struct pair *p = h->memory.pairs[i];
        const struct conf_receiver *r = log_rules_of(conf, p->receiver, p->in_table);
        const struct pair_rules rules = {conf->confirm_gap_ms / 1000, r->refused_min,
                                         r->refused_share, r->throttled_min, r->throttled_share};
        pair_judge(p, h->now, &rules);
    }
    for (size_t i = 0; i < h->memory.pair_count; i++) {
        struct pair *p = h->memory.pairs[i];
        p->told = true;
        if (!p->in_table && is_refusing(p))
            weigh_strangers(h, p);
    }
}
