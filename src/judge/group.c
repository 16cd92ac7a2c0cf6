/* SPDX-License-Identifier: ISC */
#include "repmon/judge.h"

#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A change on its way into an entry. */
struct item {
    const struct change *c; /* borrowed */
    bool by_level;          /* its codes don't separate entries */
    enum level worst;
};

/* Items [begin, end) are one entry. */
struct span {
    const struct item *begin, *end; /* borrowed */
    enum level now;
    enum severity severity;
};

static int group_order(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Good news, or an end: everybody who was told of the incident hears of it. */
static bool group_is_easing(const struct change *c)
{
    bool gone_for_now = c->kind == CHANGE_FLAPPING && !c->of_list && c->to == LEVEL_OK;
    return c->incident == INCIDENT_NONE || c->kind == CHANGE_IMPROVED || c->kind == CHANGE_LAPSED ||
           gone_for_now;
}

/* What min_level compares with. Never UNKNOWN: what can't be weighed must not be filtered. */
static enum level group_weight(const struct change *c)
{
    enum level worst = c->from > c->to ? c->from : c->to;
    if (worst == LEVEL_UNKNOWN)
        worst = LEVEL_WARNING;
    return group_is_easing(c) && c->told.worst > worst ? c->told.worst : worst;
}

/* The same for all changes of one entry. */
static int group_compare_rank(const struct item *a, const struct item *b)
{
    int n = group_order(b->worst, a->worst);
    n = n ? n : group_order(a->c->kind, b->c->kind);
    n = n ? n : strcmp(a->c->list, b->c->list);
    return n ? n : strcmp(a->c->source, b->c->source);
}

static int group_compare_codes(const struct item *a, const struct item *b)
{
    int n = group_order(a->by_level, b->by_level);
    if (n || a->by_level)
        return n;
    n = strcmp(a->c->answers, b->c->answers);
    return n ? n : strcmp(a->c->answers_from, b->c->answers_from);
}

/* Zero when both belong in one entry. */
static int group_compare_key(const struct item *a, const struct item *b)
{
    int n = group_compare_rank(a, b);
    n = n ? n : group_order(a->c->of_list, b->c->of_list);
    n = n ? n : group_order(a->c->unsaid, b->c->unsaid);
    n = n ? n : group_order(a->c->from, b->c->from);
    n = n ? n : group_order(a->c->to, b->c->to);
    if (!n && a->c->of_list)
        n = group_order(a->c->cause, b->c->cause);
    n = n ? n : group_order(a->c->incident, b->c->incident);
    /* It goes to those who were told of the beginning: no entry mixes two audiences. */
    if (!n && group_is_easing(a->c))
        n = memcmp(&a->c->told.channels, &b->c->told.channels, sizeof a->c->told.channels);
    return n ? n : group_compare_codes(a, b);
}

static int group_compare_address(const struct change *a, const struct change *b)
{
    int n = a->of_list ? 0 : ip_cmp(&a->ip, &b->ip);
    n = n ? n : group_order(a->prefix, b->prefix);
    n = n ? n : group_order(a->since, b->since);
    return n ? n : strcmp(a->detail, b->detail);
}

static int group_compare_items(const void *va, const void *vb)
{
    const struct item *a = va, *b = vb;
    int n = group_compare_key(a, b);
    return n ? n : group_compare_address(a->c, b->c);
}

/* What a reader sees first: what is worst now, then the severity, the kind and the list. */
static int group_compare_spans(const void *va, const void *vb)
{
    const struct span *a = va, *b = vb;
    int n = group_order(b->now, a->now);
    n = n ? n : group_order(b->severity, a->severity);
    n = n ? n : group_compare_rank(a->begin, b->begin);
    n = n ? n : group_compare_address(a->begin->c, b->begin->c);
    return n ? n : group_compare_key(a->begin, b->begin);
}

/* Hands `p` over to the entries. */
static void *group_own(struct entries *e, void *p)
{
    if (e->pool_count == e->pool_cap) {
        e->pool_cap = e->pool_cap ? e->pool_cap * 2 : 64;
        e->pool = mem_grow(e->pool, e->pool_cap, sizeof *e->pool);
    }
    e->pool[e->pool_count++] = p;
    return p;
}

static const char *group_own_text(struct entries *e, const char *s)
{
    return s && s[0] ? group_own(e, mem_dup(s)) : "";
}

static bool group_same_address(const struct change *a, const struct change *b)
{
    return a->prefix == b->prefix && ip_cmp(&a->ip, &b->ip) == 0;
}

static bool group_same_64(const struct change *a, const struct change *b)
{
    struct ip x = ip_mask(&a->ip, 64), y = ip_mask(&b->ip, 64);
    return a->ip.family == 6 && a->prefix == 128 && b->prefix == 128 && ip_cmp(&x, &y) == 0;
}

/* The longest run of neighbours from `at`; *targets counts them once each. */
static const struct item *group_next_range(const struct item *at, const struct item *end,
                                           struct ip_range *out, uint32_t *targets)
{
    *out = (struct ip_range){at->c->ip, at->c->ip, at->c->prefix};
    *targets = 1;
    for (at++; at < end; at++) {
        struct ip next = out->last;
        if (group_same_address(at->c, at[-1].c))
            continue;
        if (at->c->prefix != out->prefix || !ip_step(&next, out->prefix) ||
            ip_cmp(&next, &at->c->ip) != 0)
            break;
        out->last = at->c->ip;
        ++*targets;
    }
    return at;
}

/* Scattered addresses of one /64 count as that /64: a list with one host of it will list the
 * next. */
static const struct item *group_next_place(const struct item *at, const struct item *end,
                                           struct ip_range *out, uint32_t *targets)
{
    const struct item *begin = at, *last = at + 1;
    at = group_next_range(at, end, out, targets);
    while (last < end && group_same_64(begin->c, last->c))
        last++;
    if (at >= last)
        return at;
    while (at < last) {
        uint32_t more;
        struct ip_range rest;
        at = group_next_range(at, last, &rest, &more);
        *targets += more;
    }
    out->first = out->last = ip_mask(&begin->c->ip, 64);
    out->prefix = 64;
    return at;
}

static void group_fill_addresses(struct entries *e, const struct span *s, struct entry *out)
{
    struct ip_range ranges[LIMIT_ENTRY_ADDRESSES], range;
    for (const struct item *at = s->begin; at < s->end;) {
        uint32_t targets;
        at = group_next_place(at, s->end, &range, &targets);
        out->count += targets;
        if (out->range_count < LIMIT_ENTRY_ADDRESSES)
            ranges[out->range_count++] = range;
        else
            out->more += targets;
    }
    struct ip_range *copy = group_own(e, mem_array(out->range_count, sizeof *copy));
    memcpy(copy, ranges, out->range_count * sizeof *copy);
    out->ranges = copy;
}

static const struct code *group_own_codes(struct entries *e, const struct describe_ops *ops,
                                          const struct change *c, const char *answers,
                                          size_t *count)
{
    struct code codes[LIMIT_CODES] = {0};
    *count = answers[0] && ops->codes ? ops->codes(ops->ctx, c, answers, codes) : 0;
    if (*count > LIMIT_CODES)
        *count = LIMIT_CODES;
    if (*count == 0)
        return NULL;
    struct code *copy = group_own(e, mem_array(*count, sizeof *copy));
    memcpy(copy, codes, *count * sizeof *copy);
    for (size_t i = 0; i < *count; i++) {
        copy[i].name = group_own_text(e, copy[i].name);
        copy[i].meaning = group_own_text(e, copy[i].meaning);
        copy[i].advice = "";
    }
    return copy;
}

/* A page that one of the hooks knows, or "". */
static const char *group_own_page(struct entries *e, const struct describe_ops *ops,
                                  bool (*page)(void *, const struct change *, struct buf *),
                                  const struct change *c)
{
    struct buf url;
    buf_init(&url, LIMIT_URL);
    bool found = page && page(ops->ctx, c, &url) && !url.failed;
    const char *text = found ? group_own_text(e, buf_text(&url)) : "";
    buf_fini(&url);
    return text;
}

static const char *group_own_sentence(struct entries *e, const struct describe_ops *ops,
                                      const struct change *c, const struct entry *entry)
{
    char who[IP_TEXT_MAX + 16];
    if (c->of_list || !ops->sentence)
        return "";
    if (entry->count == 1)
        ip_format(&c->ip, who);
    else
        snprintf(who, sizeof who, "%u %s", (unsigned)entry->count, entry_noun(entry));
    return group_own_text(e, ops->sentence(ops->ctx, c, who));
}

static void group_describe(struct entries *e, const struct describe_ops *ops,
                           const struct change *c, struct entry *out)
{
    out->codes_from = group_own_codes(e, ops, c, c->answers_from, &out->code_from_count);
    out->codes = group_own_codes(e, ops, c, c->answers, &out->code_count);
    out->state = group_own_text(e, ops->state ? ops->state(ops->ctx, c) : NULL);
    out->headline = group_own_text(e, ops->headline ? ops->headline(ops->ctx, c) : NULL);
    out->sentence = group_own_sentence(e, ops, c, out);
    out->dns_list = ops->dns_list && ops->dns_list(ops->ctx, c);
    out->advice = group_own_text(e, ops->advice ? ops->advice(ops->ctx, c) : NULL);
    struct change shown = *c;
    if (out->count > 1)
        shown.ip = (struct ip){0}; /* the page of one of them would look like the page of all */
    out->url = group_own_page(e, ops, ops->url, &shown);
    out->delist = group_own_page(e, ops, ops->delist, &shown);
}

static const struct change *const *group_own_changes(struct entries *e, const struct span *s)
{
    const struct change **copy =
        group_own(e, mem_array((size_t)(s->end - s->begin), sizeof(struct change *)));
    for (const struct item *at = s->begin; at < s->end; at++)
        copy[at - s->begin] = at->c;
    return copy;
}

static void group_fill(struct entries *e, const struct describe_ops *ops, const struct span *s,
                       struct entry *out)
{
    const struct change *c = s->begin->c;
    *out = (struct entry){
        .kind = c->kind,
        .source = c->source,
        .list = group_own_text(e, c->list),
        .of_list = c->of_list,
        .from = c->from,
        .to = c->to,
        .severity_level = s->begin->worst,
        .severity = s->severity,
        .cause = c->cause,
        .reason = "",
        .label = "",
        .sentence = "",
        .changes = group_own_changes(e, s),
        .change_count = (size_t)(s->end - s->begin),
    };
    for (const struct item *at = s->begin; at < s->end; at++) {
        if (!out->reason[0])
            out->reason = group_own_text(e, at->c->detail);
        if (at->c->since && (!out->since || at->c->since < out->since))
            out->since = at->c->since;
        if (c->of_list)
            out->count += at->c->count;
        if (!group_is_easing(c))
            continue;
        out->told_kinds |= at->c->told.kinds;
        out->told_channels |= at->c->told.channels;
    }
    if (!c->of_list)
        group_fill_addresses(e, s, out);
    if (!c->of_list && out->count == 1)
        out->label = group_own_text(e, c->label);
    group_describe(e, ops, c, out);
}

void group_changes(const struct change *changes, size_t count, const struct describe_ops *ops,
                   struct entries *out)
{
    *out = (struct entries){0};
    if (count == 0)
        return;
    struct item *items = mem_array(count, sizeof *items);
    for (size_t i = 0; i < count; i++)
        items[i] = (struct item){&changes[i], ops->by_level && ops->by_level(ops->ctx, &changes[i]),
                                 group_weight(&changes[i])};
    qsort(items, count, sizeof *items, group_compare_items);

    struct span *spans = mem_array(count, sizeof *spans);
    size_t span_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || group_compare_key(&items[i - 1], &items[i]) != 0)
            spans[span_count++].begin = &items[i];
        spans[span_count - 1].end = &items[i + 1];
    }
    for (size_t i = 0; i < span_count; i++) {
        const struct change *c = spans[i].begin->c;
        spans[i].now = change_level(c->kind, c->of_list, c->to);
        spans[i].severity = ops->severity ? ops->severity(ops->ctx, c) : SEV_OFF;
    }
    qsort(spans, span_count, sizeof *spans, group_compare_spans);

    out->items = mem_array(span_count, sizeof *out->items);
    for (; out->count < span_count; out->count++)
        group_fill(out, ops, &spans[out->count], &out->items[out->count]);
    free(spans);
    free(items);
}

void entries_fini(struct entries *e)
{
    for (size_t i = 0; i < e->pool_count; i++)
        free(e->pool[i]);
    free(e->pool);
    free(e->items);
    *e = (struct entries){0};
}
