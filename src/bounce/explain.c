/* SPDX-License-Identifier: ISC */
#include "explain_parts.h"
#include "repmon/data.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *explain_kind_word(enum explain_kind kind)
{
    static const char *const words[] = {"unknown",     "ip-list", "network", "throttle",
                                        "domain",      "content", "tenant",  "recipient-list",
                                        "their-fault", "mailbox"};
    return kind < EXPLAIN_KIND_COUNT ? words[kind] : "unknown";
}

const char *explain_confidence_word(enum explain_confidence confidence)
{
    static const char *const words[] = {"low", "medium", "high"};
    return confidence < EXPLAIN_CONFIDENCE_COUNT ? words[confidence] : "low";
}

struct explain *explain_new(const char *json, size_t len, const struct explain_zone *zones,
                            size_t zone_count, struct error *err)
{
    struct explain *e = mem_alloc(sizeof *e);
    if (!json) {
        json = (const char *)data_bounces;
        len = data_bounces_len;
    }
    e->zones = zones;
    e->zone_count = zone_count;
    e->words = filter_new();
    e->gate = filter_new();
    buf_init(&e->text, 2 * EXPLAIN_LINE_MAX);
    buf_init(&e->squeezed, 2 * EXPLAIN_LINE_MAX);
    if (match_setup(e, err) && explain_load(e, json, len, err))
        return e;
    explain_free(e);
    return NULL;
}

void explain_free(struct explain *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < e->row_count; i++) {
        match_free_code(e->rows[i].regex);
        match_free_code(e->rows[i].squeezed);
        match_free_code(e->rows[i].status);
    }
    for (size_t i = 0; i < e->operator_count; i++) {
        free(e->operators[i].hosts);
        free(e->operators[i].marks);
        match_free_code(e->operators[i].code);
    }
    for (size_t z = 0; e->zone_operators && z < e->zone_count; z++)
        free(e->zone_operators[z]);
    free(e->zone_operators);
    free(e->operators);
    free(e->rows);
    filter_free(e->words);
    filter_free(e->gate);
    match_teardown(e);
    buf_fini(&e->text);
    buf_fini(&e->squeezed);
    json_decref(e->root);
    free(e);
}

/* ---- the parts of a verdict ---- */

static void copy(char *out, size_t size, const char *s)
{
    size_t n = strlen(s);
    if (n >= size)
        n = size - 1;
    memcpy(out, s, n);
    out[n] = '\0';
}

static bool host_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

/* Whether the zone stands in the text as a whole name, or below a key or a reversed address. */
static bool names_zone(const char *text, const char *zone)
{
    size_t n = strlen(zone);
    for (const char *p = text; (p = strcasestr(p, zone)); p++) /* the text ends with a NUL */
        if ((p == text || !host_char(p[-1])) && !host_char(p[n]) &&
            !(p[n] == '.' && host_char(p[n + 1])))
            return true;
    return false;
}

/* The longest zone named: "sbl.spamhaus.org" before "spamhaus.org". */
static const struct explain_zone *zone_named(const struct explain *e, const char *text,
                                             const struct word_set *found, size_t *index)
{
    const struct explain_zone *best = NULL;
    for (size_t z = 0; z < e->zone_count; z++) {
        if (!word_set_has(found, (unsigned)(e->row_count + z)) ||
            !names_zone(text, e->zones[z].zone))
            continue;
        if (!best || strlen(e->zones[z].zone) > strlen(best->zone)) {
            best = &e->zones[z];
            *index = z;
        }
    }
    return best;
}

static const struct explain_zone *zone_of(const struct explain *e, const char *name)
{
    for (size_t z = 0; z < e->zone_count; z++)
        if (name[0] && strcasecmp(e->zones[z].zone, name) == 0)
            return &e->zones[z];
    return NULL;
}

static const struct explain_operator *operator_of(const struct explain *e, const char *name)
{
    for (size_t i = 0; i < e->operator_count; i++)
        if (strcmp(e->operators[i].name, name) == 0)
            return &e->operators[i];
    return NULL;
}

/* {ip} and {code} filled in; what can't be filled is cut off with its query. */
static void fill_url(const char *url, const struct explain_verdict *v, char *out, size_t size)
{
    char ip[IP_TEXT_MAX] = "";
    struct buf b;
    buf_init(&b, size - 1);
    if (v->ip.family)
        ip_format(&v->ip, ip);
    for (const char *p = url; *p; p++) {
        bool is_ip = strncmp(p, "{ip}", 4) == 0, is_code = strncmp(p, "{code}", 6) == 0;
        const char *value = is_ip ? ip : v->code;
        if (!is_ip && !is_code) {
            buf_char(&b, *p);
        } else if (*value) {
            buf_str(&b, value);
            p += is_ip ? 3 : 5;
        } else {
            const char *query = memchr(buf_text(&b), '?', b.len);
            if (query)
                b.len = (size_t)(query - b.data);
            break;
        }
    }
    if (b.data)
        b.data[b.len] = '\0';
    copy(out, size, buf_text(&b));
    buf_fini(&b);
}

static enum explain_confidence lower(enum explain_confidence c)
{
    return c > EXPLAIN_LOW ? c - 1 : EXPLAIN_LOW;
}

/* Who refused: the row says it, but within a family (the two Microsofts) the host name decides. */
static void settle_operator(const struct explain *e, const struct explain_row *r,
                            const struct explain_operator *host, struct explain_verdict *v)
{
    const struct explain_operator *o = operator_of(e, r->operator);
    if (o && o->family[0] && host && host != o && strcmp(host->family, o->family) == 0 &&
        r->kind != EXPLAIN_TENANT) {
        o = host;
        const struct explain_default *d = &host->defaults[r->kind];
        if (d->given && !r->either && !r->list[0]) {
            v->meaning = d->meaning[0] ? d->meaning : v->meaning;
            v->advice = d->advice;
            copy(v->url, sizeof v->url, d->url);
            v->confidence = EXPLAIN_MEDIUM;
        }
    }
    if (r->either)
        v->confidence = host && o == host ? EXPLAIN_HIGH : lower(v->confidence);
    if (!o && !r->operator[0])
        o = host;
    v->operator= o ? o->name : "unknown";
    v->title = o ? o->title : "";
    v->lists = o && o->lists;
}

static void settle_zone(const struct explain *e, const struct explain_zone *z, size_t index,
                        struct explain_verdict *v)
{
    copy(v->list, sizeof v->list, z->zone);
    const struct explain_operator *o = operator_of(e, e->zone_operators[index]);
    v->operator= o ? o->name : e->zone_operators[index];
    v->title = o ? o->title : z->operator[0] ? z->operator: z->zone;
    v->lists = true;
    if (z->closed) {
        v->kind = EXPLAIN_THEIR_FAULT;
        v->meaning = "The receiver uses a DNS list that has closed; what it answers means nothing.";
        v->advice = "Nothing to delist. Tell the receiver's postmaster by another way that the "
                    "list is closed and must leave the configuration.";
        return;
    }
    if (z->domain) {
        v->kind = EXPLAIN_DOMAIN;
        v->meaning = "A domain (sender, HELO or a link) is on a list of domains, not your address.";
        v->advice = "Look the domain up at the list that the text names and cure the cause there. "
                    "Delisting the address would change nothing.";
        return;
    }
    if (z->advice[0])
        v->advice = z->advice;
    copy(v->url, sizeof v->url, z->url);
}

/* ---- matching ---- */

struct attempt {
    const char *text;
    size_t len;
    const struct text_facts *facts;
    const struct explain_operator *host;
    struct word_set found;
    bool squeezed;
};

static bool row_applies(struct explain *e, struct explain_row *r, const struct attempt *a)
{
    char class = a->facts->reply ? (char)('0' + a->facts->reply / 100) : a->facts->status[0];
    if (r->reply && class && class != r->reply)
        return false;
    if (r->status && a->facts->status[0] &&
        !match_run(e, r->status, a->facts->status, strlen(a->facts->status)))
        return false;
    return !(r->status && !r->regex && !a->facts->status[0]);
}

static bool row_matches(struct explain *e, struct explain_row *r, const struct attempt *a,
                        void **code)
{
    *code = NULL;
    if (!r->regex)
        return !a->squeezed;
    if (a->squeezed && !r->squeezed && !match_compile(r->pattern, true, &r->squeezed, NULL))
        return false;
    *code = a->squeezed ? r->squeezed : r->regex;
    return match_run(e, *code, a->text, a->len);
}

static void read_groups(struct explain *e, const struct explain_row *r, const struct attempt *a,
                        void *code, struct explain_verdict *v)
{
    char piece[IP_TEXT_MAX + 64];
    bool said = code && match_group(e, code, "ip", piece, sizeof piece);
    if (said)
        text_ip(piece, strlen(piece), &v->ip);
    if (!code || !match_group(e, code, "code", v->code, sizeof v->code))
        copy(v->code, sizeof v->code, r->code);
    char zone[sizeof v->list];
    if (code && match_group(e, code, "zone", zone, sizeof zone))
        for (size_t i = 0; i == 0 || zone[i - 1]; i++)
            v->list[i] = (char)(zone[i] >= 'A' && zone[i] <= 'Z' ? zone[i] + 32 : zone[i]);
    /* A mask in the brackets ("[IP]") means that the text tells no address. */
    bool masked = said && v->ip.family == 0;
    if (said && text_before_reply(a->text, a->len, a->facts, &v->ip))
        v->ip = (struct ip){0};
    if (v->ip.family == 0 && !masked && r->kind != EXPLAIN_MAILBOX &&
        r->kind != EXPLAIN_THEIR_FAULT)
        text_address(a->text, a->len, a->facts, &v->ip);
}

static bool try_rows(struct explain *e, const struct attempt *a, struct explain_verdict *v)
{
    for (size_t i = 0; i < e->row_count; i++) {
        struct explain_row *r = &e->rows[i];
        const struct explain_zone *zone = NULL;
        size_t index = 0;
        void *code = NULL;
        if (a->squeezed && (r->generic || r->zones))
            continue;
        if (r->zones) {
            zone = zone_named(e, a->text, &a->found, &index);
            if (!zone)
                continue;
        } else if (!word_set_has(&a->found, (unsigned)i) || !row_applies(e, r, a) ||
                   !row_matches(e, r, a, &code)) {
            continue;
        }
        v->id = r->id;
        v->kind = r->kind;
        v->meaning = r->meaning;
        v->advice = r->advice;
        v->confidence = r->confidence;
        copy(v->list, sizeof v->list, r->list);
        read_groups(e, r, a, code, v);
        settle_operator(e, r, a->host, v);
        const struct explain_operator *who = operator_of(e, v->operator);
        if (!v->code[0] && who && who->code && match_run(e, who->code, a->text, a->len))
            match_group(e, who->code, "code", v->code, sizeof v->code);
        if (zone)
            settle_zone(e, zone, index, v);
        char *url = mem_dup(v->url[0] ? v->url : r->url);
        const struct explain_zone *named = zone_of(e, v->list);
        if (!url[0] && named) {
            free(url);
            url = mem_dup(named->url);
        }
        fill_url(url, v, v->url, sizeof v->url);
        free(url);
        if (r->status && !a->facts->status[0])
            v->confidence = lower(v->confidence);
        if (a->squeezed)
            v->confidence = lower(v->confidence);
        return true;
    }
    return false;
}

/* Compiled patterns load whole vectors: what they may see behind the text must be set. */
static void pad(struct buf *b)
{
    static const char zeros[64];
    size_t len = b->len;
    if (buf_add(b, zeros, sizeof zeros))
        b->len = len;
}

/* Patterns look at a window around the reply: a refusal is a few hundred bytes, and hostile text
 * must not make them look at 64 KiB again and again. */
#define WINDOW_BEFORE 1536
#define WINDOW        5120

static void set_window(struct attempt *a, struct text_facts *facts)
{
    size_t start = facts->reply_at > WINDOW_BEFORE ? facts->reply_at - WINDOW_BEFORE : 0;
    a->text += start;
    a->len -= start;
    facts->reply_at -= start;
    if (a->len > WINDOW)
        a->len = WINDOW;
}

static const struct explain_verdict nothing = {
    .operator= "unknown", .title = "", .receiver = "", .meaning = "", .advice = "", .id = ""};

bool explain_text_from(struct explain *e, const char *text, size_t len,
                       const struct explain_operator *host, struct explain_verdict *out)
{
    struct text_facts facts;
    *out = nothing;
    if (len > EXPLAIN_LINE_MAX)
        len = EXPLAIN_LINE_MAX;
    buf_clear(&e->text);
    text_normalise(text, len, &e->text);
    pad(&e->text);
    text_facts(buf_text(&e->text), e->text.len, &facts);
    const struct explain_operator *own =
        hosts_find(e->operators, e->operator_count, buf_text(&e->text), e->text.len);
    struct attempt a = {
        .text = buf_text(&e->text), .len = e->text.len, .facts = &facts, .host = own ? own : host};
    out->receiver = a.host ? a.host->title : hosts_tag(text, len);
    set_window(&a, &facts);
    if (facts.status[0])
        copy(out->status, sizeof out->status, facts.status);
    else if (facts.reply)
        snprintf(out->status, sizeof out->status, "%d", facts.reply);
    filter_scan(e->words, a.text, a.len, &a.found);
    if (try_rows(e, &a, out))
        return true;

    buf_clear(&e->squeezed);
    text_squeeze(a.text, a.len, &e->squeezed);
    pad(&e->squeezed);
    struct attempt b = a;
    b.text = buf_text(&e->squeezed);
    b.len = e->squeezed.len;
    b.squeezed = true;
    memset(&b.found, 0xff, sizeof b.found); /* the words have lost their blanks */
    if (try_rows(e, &b, out))
        return true;

    out->operator= a.host ? a.host->name : "unknown";
    out->title = a.host ? a.host->title : "";
    out->meaning = "This text is not known.";
    out->advice = "Look at what the receiver wrote, and ask its postmaster by another way. It is "
                  "not known to be a listing, nor known to be none.";
    return false;
}

bool explain_text(struct explain *e, const char *text, size_t len, struct explain_verdict *out)
{
    return explain_text_from(e, text, len, NULL, out);
}
