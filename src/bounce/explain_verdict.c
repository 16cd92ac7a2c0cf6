/* SPDX-License-Identifier: ISC */
/* Rows against a text: which one fits first, and what it captures. */
#include "explain_parts.h"

#include <string.h>

/* Whether the row belongs to a receiver other than the one contacted. */
static bool explain_of_another(const struct explain_row *r, const struct explain_attempt *a)
{
    if (!r->who || r->anywhere || r->who->lists || (!a->host && !a->told))
        return false;
    return r->who != a->host &&
           !(a->host && r->who->family[0] && strcmp(r->who->family, a->host->family) == 0);
}

/* A receiver of the table uses its own words. A stranger may pass on another's: they show what the
 * refusal is about, not who refused. */
static bool explain_of_receiver(const struct explain_row *r, const struct explain_attempt *a)
{
    if (explain_of_another(r, a))
        return !a->host && !r->at_host;
    if (r->at_host && r->who && r->who->lists) /* a list's operator has hosts of its own, too */
        return r->who == a->host;
    return !r->at_host || a->host;
}

static bool explain_applies(struct explain *e, struct explain_row *r,
                            const struct explain_attempt *a)
{
    char class = a->facts->reply ? (char)('0' + a->facts->reply / 100) : a->facts->status[0];
    bool vague = r->confidence == EXPLAIN_LOW; /* a vague row needs a real reply */
    if (!explain_of_receiver(r, a) || (r->reply && class != r->reply && (class || vague)))
        return false;
    if (r->status && a->facts->status[0] &&
        !match_run(e, r->status, a->facts->status, strlen(a->facts->status)))
        return false;
    return !(r->status && !r->pattern[0] && !a->facts->status[0]);
}

/* Where the row looks in the text. */
static struct maillog_piece explain_part(const struct explain_row *r,
                                         const struct explain_attempt *a)
{
    size_t from = r->generic ? a->reason : 0;
    return (struct maillog_piece){a->text + from, a->len - from};
}

static bool explain_matches(struct explain *e, struct explain_row *r,
                            const struct explain_attempt *a, void **code)
{
    *code = NULL;
    if (!r->pattern[0])
        return !a->squeezed && !(r->generic && a->reason);
    void **slot = a->squeezed ? &r->squeezed : &r->regex;
    if (!*slot && !match_compile(r->pattern, a->squeezed, slot, NULL))
        return false;
    *code = *slot;
    struct maillog_piece part = explain_part(r, a);
    return match_run(e, *code, part.s, part.len);
}

static void explain_read_words(struct explain *e, const struct explain_row *r,
                               const struct explain_attempt *a, struct explain_verdict *v)
{
    size_t start, end;
    match_span(e, &start, &end);
    if (end - start >= sizeof v->words)
        end = start + sizeof v->words - 1;
    memcpy(v->words, explain_part(r, a).s + start, end - start);
    v->words[end - start] = '\0';
}

static void explain_read_groups(struct explain *e, const struct explain_row *r,
                                const struct explain_attempt *a, void *code,
                                struct explain_verdict *v)
{
    char piece[IP_TEXT_MAX + 64];
    bool said = code && match_group(e, code, "ip", piece, sizeof piece);
    if (said)
        text_ip(piece, strlen(piece), &v->ip);
    if (!code || !match_group(e, code, "code", v->code, sizeof v->code))
        settle_copy(v->code, sizeof v->code, r->code);
    char zone[sizeof v->list];
    if (code && match_group(e, code, "zone", zone, sizeof zone))
        for (size_t i = 0; i == 0 || zone[i - 1]; i++)
            v->list[i] = (char)(zone[i] >= 'A' && zone[i] <= 'Z' ? zone[i] + 32 : zone[i]);
    if (said && (text_no_sender(a->text, a->len, &v->ip) || ip_cmp(&v->ip, &a->host_ip) == 0))
        v->ip = (struct ip){0};
    struct text_addresses found;
    text_address(a->text, a->len, a->facts, &a->host_ip, &found);
    v->range = found.range;
    if (v->range.base.family && ip_cmp(&v->ip, &v->range.base) == 0)
        v->ip = (struct ip){0};
    /* A mask in the brackets ("[IP]") means that the text names no address. */
    if (v->ip.family == 0 && !said && !r->named)
        v->ip = found.ip;
    if (v->ip.family == 0 && a->own_ip.family && !settle_is_private(&a->own_ip)) {
        v->ip = a->own_ip;
        v->own_ip = true;
    }
}

static void explain_settle(struct explain *e, struct explain_row *r,
                           const struct explain_attempt *a, void *code,
                           const struct explain_zone *zone, size_t index, struct explain_verdict *v)
{
    v->id = r->id;
    v->file = r->file;
    v->line = r->line;
    v->kind = r->kind;
    v->meaning = r->meaning;
    v->advice = r->advice;
    v->confidence = r->confidence;
    v->decisive = r->decisive;
    settle_copy(v->list, sizeof v->list, r->list);
    if (code)
        explain_read_words(e, r, a, v);
    explain_read_groups(e, r, a, code, v);
    const struct explain_operator *who = settle_operator(e, r, a, v);
    if (!v->code[0] && who && who->code && match_run(e, who->code, a->text, a->len))
        match_group(e, who->code, "code", v->code, sizeof v->code);
    if (zone)
        settle_zone(e, zone, index, v);
    settle_url(e, r, a, v);
    if (explain_of_another(r, a)) {
        v->operator= "unknown";
        v->title = "";
        v->quotes = r->who->title;
        v->lists = v->decisive = false;
        v->confidence = EXPLAIN_LOW;
    }
    if (r->status && !a->facts->status[0])
        v->confidence = settle_lower(v->confidence);
    if (a->squeezed)
        v->confidence = settle_lower(v->confidence);
}

static int explain_scan(struct explain *e, struct explain_attempt *a, size_t from, size_t to,
                        struct explain_verdict *v)
{
    for (size_t i = from; i < to; i++) {
        struct explain_row *r = &e->rows[i];
        const struct explain_zone *zone = NULL;
        size_t index = 0;
        void *code = NULL;
        if (a->squeezed && (r->generic || r->zones))
            continue;
        if (r->zones)
            zone = settle_zone_named(e, a->text, &a->found, &index);
        bool fits = r->zones ? zone != NULL
                             : word_set_has(&a->found, (unsigned)i) && explain_applies(e, r, a) &&
                                   explain_matches(e, r, a, &code);
        if (!fits)
            continue;
        a->zone = index;
        explain_settle(e, r, a, code, zone, index, v);
        return (int)i;
    }
    return -1;
}

int verdict_find(struct explain *e, struct explain_attempt *a, size_t from, size_t to,
                 struct explain_verdict *v)
{
    int row = explain_scan(e, a, from, to, v);
    if (row >= 0 || !a->reason)
        return row;
    struct explain_attempt whole = *a;
    whole.reason = 0;
    row = explain_scan(e, &whole, from, to, v);
    a->zone = whole.zone;
    return row;
}
