/* SPDX-License-Identifier: ISC */
#include "explain_parts.h"

#include "ascii.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

const char *explain_kind_word(enum explain_kind kind)
{
    static const char *const words[] = {
        "unknown", "ip-list", "network", "rdns",           "throttle",    "greylist", "limit",
        "domain",  "content", "tenant",  "recipient-list", "their-fault", "mailbox"};
    return kind < EXPLAIN_KIND_COUNT ? words[kind] : "unknown";
}

const char *explain_confidence_word(enum explain_confidence confidence)
{
    static const char *const words[] = {"low", "medium", "high"};
    return confidence < EXPLAIN_CONFIDENCE_COUNT ? words[confidence] : "low";
}

struct explain *explain_new(const struct explain_setup *setup, struct error *err)
{
    struct explain *e = mem_alloc(sizeof *e);
    e->zones = setup->zones;
    e->zone_count = setup->zone_count;
    e->words = filter_new();
    e->gate = filter_new();
    e->kept = mem_array(EXPLAIN_CACHE, sizeof *e->kept);
    e->hosts = mem_array(EXPLAIN_HOSTS, sizeof *e->hosts);
    buf_init(&e->text, 2 * EXPLAIN_LINE_MAX);
    buf_init(&e->squeezed, 2 * EXPLAIN_LINE_MAX);
    buf_init(&e->scratch, 2 * EXPLAIN_LINE_MAX);
    if (match_setup(e, err) && explain_load(e, setup, err))
        return e;
    explain_free(e);
    return NULL;
}

void explain_rest(struct explain *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < e->row_count; i++) {
        match_free_code(e->rows[i].regex);
        match_free_code(e->rows[i].squeezed);
        e->rows[i].regex = e->rows[i].squeezed = NULL;
    }
}

void explain_free(struct explain *e)
{
    if (!e)
        return;
    explain_rest(e);
    for (size_t i = 0; i < e->row_count; i++)
        match_free_code(e->rows[i].status);
    for (size_t i = 0; i < e->operator_count; i++) {
        free(e->operators[i].hosts);
        free(e->operators[i].marks);
        free(e->operators[i].aliases);
        match_free_code(e->operators[i].code);
    }
    for (size_t z = 0; e->zone_operators && z < e->zone_count; z++)
        free(e->zone_operators[z]);
    free(e->zone_operators);
    free(e->operators);
    free(e->rows);
    free(e->kept);
    free(e->hosts);
    filter_free(e->words);
    filter_free(e->gate);
    match_teardown(e);
    buf_fini(&e->text);
    buf_fini(&e->squeezed);
    buf_fini(&e->scratch);
    json_decref(e->root);
    json_decref(e->extra);
    free(e);
}

const struct explain_operator *explain_operator_of(const struct explain *e, const char *name)
{
    for (size_t i = 0; i < e->operator_count; i++) {
        const struct explain_operator *o = &e->operators[i];
        if (strcmp(o->name, name) == 0)
            return o;
        for (size_t a = 0; a < o->alias_count; a++)
            if (strcmp(o->aliases[a], name) == 0)
                return o;
    }
    return NULL;
}

const char *explain_operator_name(const struct explain_operator *o)
{
    return o->vague ? o->as : o->name;
}

const char *explain_operator_title(const struct explain_operator *o)
{
    return o->title;
}

const struct explain_operator *explain_host(struct explain *e, struct maillog_piece host)
{
    struct explain_kept_host *slot = NULL;
    if (host.len > 0 && host.len < sizeof slot->name) {
        uint64_t key = cache_key(host.s, host.len, 1);
        slot = &e->hosts[(key ^ key >> 32) & (EXPLAIN_HOSTS - 1)];
        if (strncmp(slot->name, host.s, host.len) == 0 && slot->name[host.len] == '\0')
            return slot->operator;
    }
    const struct explain_operator *o = hosts_of(e->operators, e->operator_count, host.s, host.len);
    if (slot) {
        memcpy(slot->name, host.s, host.len);
        slot->name[host.len] = '\0';
        slot->operator= o;
    }
    return o;
}

/* Compiled patterns load whole vectors, so the bytes just past the text must be initialised. */
static void explain_pad(struct buf *b)
{
    static const char zeros[64];
    size_t len = b->len;
    if (buf_add(b, zeros, sizeof zeros))
        b->len = len;
}

/* Patterns look at a window around the reply: a refusal is a few hundred bytes, and hostile text
 * must not make them look at 64 KiB again and again. */
#define CWND_BEFORE 1536

static void explain_set_window(struct explain_attempt *a, struct text_facts *facts)
{
    size_t start = facts->reply_at > CWND_BEFORE ? facts->reply_at - CWND_BEFORE : 0;
    a->text += start;
    a->len -= start;
    facts->reply_at -= start;
    a->cut = a->len > EXPLAIN_REPLY_MAX;
    if (a->cut)
        a->len = EXPLAIN_REPLY_MAX;
}

static const struct explain_verdict nothing = {.operator= "unknown",
                                               .title = "",
                                               .receiver = "",
                                               .quotes = "",
                                               .meaning = "",
                                               .advice = "",
                                               .id = "",
                                               .file = ""};

static void explain_unknown(const struct explain_attempt *a, struct explain_verdict *out)
{
    out->operator= a->host ? explain_operator_name(a->host) : "unknown";
    out->title = a->host ? a->host->title : "";
    out->meaning = "This text is not known.";
    out->advice = "Look at what the receiver wrote, and ask its postmaster by other means. Whether "
                  "it is a listing is not known.";
    out->cut = a->cut;
    struct text_addresses found;
    text_address(a->text, a->len, a->facts, &a->host_ip, &found);
    out->own_ip = !found.ip.family && a->own_ip.family && !settle_is_private(&a->own_ip);
    out->ip = out->own_ip ? a->own_ip : found.ip;
    out->range = found.range;
}

/* A row found for the same words before is tried first, and usually no other is needed. */
static int explain_find_row(struct explain *e, struct explain_attempt *a,
                            struct explain_verdict *out)
{
    uint64_t key = cache_key(a->text, a->len, (uint64_t)(uintptr_t)a->host + a->told);
    key = key * 31 + (uint64_t)a->facts->reply;
    for (const char *p = a->facts->status; *p; p++)
        key = key * 31 + (unsigned char)*p;
    struct explain_kept *kept = &e->kept[(key ^ key >> 32) & (EXPLAIN_CACHE - 1)];
    bool known = kept->key == key;
    if (known && kept->row < 0)
        return -1;
    if (known) {
        size_t row = (size_t)kept->row;
        word_set_add(&a->found, (unsigned)row);
        word_set_add(&a->found, (unsigned)(e->row_count + (size_t)kept->zone));
        if (verdict_find(e, a, row, row + 1, out) >= 0)
            return (int)row;
        memset(&a->found, 0, sizeof a->found);
    }
    filter_scan(e->words, a->text, a->len, &a->found);
    int row = verdict_find(e, a, 0, e->row_count, out);
    *kept = (struct explain_kept){key, row, (int32_t)a->zone};
    return row;
}

static bool explain_judge(struct explain *e, struct explain_attempt *a, bool broken,
                          struct explain_verdict *out)
{
    if (explain_find_row(e, a, out) >= 0)
        return true;
    if (broken) {
        buf_clear(&e->squeezed);
        text_squeeze(a->text, a->len, &e->squeezed);
        explain_pad(&e->squeezed);
        struct explain_attempt b = *a;
        b.text = buf_text(&e->squeezed);
        b.len = e->squeezed.len;
        b.squeezed = true;
        memset(&b.found, 0xff, sizeof b.found); /* all rows: the word filter needs the blanks */
        if (verdict_find(e, &b, 0, e->row_count, out) >= 0)
            return true;
    }
    explain_unknown(a, out);
    return false;
}

/* "5.0.0" and the like: what a mail server writes when the reply had no status. */
static bool explain_says_something(const char *status)
{
    size_t n = strlen(status);
    return n > 4 && strcmp(status + n - 4, ".0.0") != 0;
}

static bool explain_reply(struct explain *e, const struct maillog_event *ev, bool broken,
                          const struct explain_operator *neighbour, const char *tag,
                          struct explain_verdict *out)
{
    struct text_facts facts;
    *out = nothing;
    size_t len = ev->text.len < EXPLAIN_LINE_MAX ? ev->text.len : EXPLAIN_LINE_MAX;
    buf_clear(&e->text);
    if (len > 0)
        text_normalise(ev->text.s, len, &e->text);
    explain_pad(&e->text);
    text_facts(buf_text(&e->text), e->text.len, &facts);
    if (ev->code >= 400 && (ev->whole || !facts.reply)) {
        facts.reply = ev->code;
        facts.reply_at = 0;
    }
    if (!facts.status[0] && explain_says_something(ev->status))
        settle_copy(facts.status, sizeof facts.status, ev->status);
    struct explain_attempt a = {.text = buf_text(&e->text),
                                .len = e->text.len,
                                .facts = &facts,
                                .told = ev->host.len > 0,
                                .host_ip = ev->host_ip,
                                .own_ip = ev->own_ip};
    if (a.told)
        a.host = explain_host(e, ev->host);
    else
        a.host = hosts_find(e->operators, e->operator_count, a.text, a.len);
    if (!a.told && !a.host && tag[0]) /* the reply ends with the name of a Microsoft server */
        a.host = explain_operator_of(e, "microsoft");
    if (!a.told && !a.host)
        a.host = neighbour;
    out->receiver = a.host ? a.host->title : tag;
    if (ev->whole)
        facts.reply_at = 0;
    explain_set_window(&a, &facts);
    a.reason = text_reason(a.text, a.len);
    if (facts.status[0])
        settle_copy(out->status, sizeof out->status, facts.status);
    else if (facts.reply)
        snprintf(out->status, sizeof out->status, "%d", facts.reply);
    return explain_judge(e, &a, broken, out);
}

bool explain_event(struct explain *e, const struct maillog_event *ev, struct explain_verdict *out)
{
    const char *tag = ev->host.len || !ev->text.len ? "" : hosts_tag(ev->text.s, ev->text.len);
    return explain_reply(e, ev, false, NULL, tag, out);
}

/* A host name that was broken across lines has a blank in it. */
static void explain_join_host(struct maillog_event *ev, char *host, size_t size)
{
    size_t n = 0;
    if (ev->host.len == 0 || ev->host.len >= size || !memchr(ev->host.s, ' ', ev->host.len))
        return;
    for (size_t i = 0; i < ev->host.len; i++)
        if (ev->host.s[i] != ' ')
            host[n++] = ev->host.s[i];
    ev->host = (struct maillog_piece){host, n};
}

bool explain_text_from(struct explain *e, const char *text, size_t len,
                       const struct explain_operator *neighbour, struct explain_verdict *out)
{
    struct maillog_event ev;
    struct buf line;
    buf_init(&line, 2 * EXPLAIN_LINE_MAX);
    if (len > EXPLAIN_LINE_MAX)
        len = EXPLAIN_LINE_MAX;
    const char *tag = hosts_tag(text, len);
    text_normalise(text, len, &line);
    bool log = maillog_parse(buf_text(&line), line.len, &e->scratch, &ev) &&
               (ev.outcome == MAILLOG_REFUSED || ev.outcome == MAILLOG_DEFERRED);
    if (!log) {
        ev = (struct maillog_event){.text = {buf_text(&line), line.len}};
        maillog_unframe(&ev);
    }
    char host[256];
    explain_join_host(&ev, host, sizeof host);
    bool known = explain_reply(e, &ev, !log, neighbour, tag, out);
    buf_fini(&line);
    return known;
}

bool explain_text(struct explain *e, const char *text, size_t len, struct explain_verdict *out)
{
    return explain_text_from(e, text, len, NULL, out);
}
