/* SPDX-License-Identifier: ISC */
#include "run_state.h"

#include <stdlib.h>
#include <string.h>

static int by_target(const void *a, const void *b)
{
    const struct change *x = *(const struct change *const *)a;
    const struct change *y = *(const struct change *const *)b;
    return (x->target > y->target) - (x->target < y->target);
}

static int by_cell(const void *a, const void *b)
{
    const struct change *x = *(const struct change *const *)a;
    const struct change *y = *(const struct change *const *)b;
    int order = by_target(a, b);
    if (order == 0)
        order = strcmp(x->source, y->source);
    return order ? order : strcmp(x->list, y->list);
}

struct named run_named(const struct run *r)
{
    struct named n = {.items = mem_array(r->change_count, sizeof *n.items)};
    for (size_t i = 0; i < r->change_count; i++) {
        if (!r->changes[i].of_list)
            n.items[n.count++] = &r->changes[i];
    }
    if (n.count)
        qsort(n.items, n.count, sizeof *n.items, by_cell);
    return n;
}

bool run_names_cell(const struct named *n, const struct belief *b)
{
    const struct change wanted = {.target = b->target, .source = b->source, .list = b->list};
    const struct change *key = &wanted;
    return n->count && bsearch(&key, n->items, n->count, sizeof key, by_cell);
}

/* Lists on which something ends now; the changes are the run's. */
struct ends {
    const struct change **items; /* owned */
    size_t count;
};

static bool ends_on(const struct ends *e, const char *source, const char *list)
{
    for (size_t i = e->count; i > 0; i--) { /* changes come list by list */
        if (source_equal(e->items[i - 1]->source, source) &&
            strcmp(e->items[i - 1]->list, list) == 0)
            return true;
    }
    return false;
}

static struct ends ends_of(const struct run *r)
{
    struct ends e = {.items = mem_array(r->change_count, sizeof *e.items)};
    for (size_t i = 0; i < r->change_count; i++) {
        const struct change *c = &r->changes[i];
        bool over = !c->of_list && c->to <= LEVEL_OK && c->from > LEVEL_OK;
        if (over && !ends_on(&e, c->source, c->list))
            e.items[e.count++] = c;
    }
    return e;
}

/* Open, not told by this digest, but of an address that it names. */
static bool is_of_named(const struct named *n, const struct belief *b)
{
    const struct change wanted = {.target = b->target, .source = b->source, .list = b->list};
    const struct change *key = &wanted;
    return bsearch(&key, n->items, n->count, sizeof key, by_target) != NULL;
}

static const char *code_names(struct run *r, const struct verdict *v)
{
    struct buf text;
    buf_init(&text, 512);
    for (size_t i = 0; i < v->code_count; i++)
        buf_fmt(&text, "%s%s", i ? ", " : "", v->codes[i].name);
    return describer_keep(&r->describer, buf_take(&text));
}

static bool same_words(const struct message_open *a, const struct message_open *b)
{
    return source_equal(a->source, b->source) && strcmp(a->list, b->list) == 0 &&
           a->level == b->level && a->since == b->since && a->acked == b->acked &&
           strcmp(a->state, b->state) == 0 && strcmp(a->codes, b->codes) == 0;
}

/* Neighbours of which the same is said are one line. */
static bool joins_range(struct message_open *items, size_t count, const struct message_open *f)
{
    for (size_t i = count; i > 0; i--) {
        struct message_open *e = &items[i - 1];
        struct ip next = e->range.last;
        if (e->range.prefix != f->range.prefix || !same_words(e, f) ||
            !ip_step(&next, e->range.prefix) || ip_cmp(&next, &f->range.first) != 0)
            continue;
        e->range.last = f->range.last;
        return true;
    }
    return false;
}

/* Only where: the entry of the end says the rest. */
static void add_neighbour(struct open_findings *o, const struct belief *b,
                          const struct stored_target *t)
{
    struct message_open f = {.source = b->source,
                             .list = b->list,
                             .range = {.first = t->ip, .last = t->ip, .prefix = t->prefix},
                             .state = "",
                             .codes = ""};
    if (!joins_range(o->neighbours, o->neighbour_count, &f) &&
        o->neighbour_count < LIMIT_DIGEST_OPEN)
        o->neighbours[o->neighbour_count++] = f;
}

void run_still_open(struct run *r, struct open_findings *o)
{
    struct named named = run_named(r);
    struct ends ends = ends_of(r);
    for (size_t i = 0; i < r->reminded.count; i++) {
        const struct belief *b = &r->reminded.items[i];
        size_t column = ask_find(&r->ask, b->source, b->list);
        const struct stored_target *t = stored_targets_by_id(&r->watch.targets, b->target);
        if (column == ASK_NO_COLUMN || !t || !judge_is_finding(&r->judge, column, b) ||
            named.count == 0 || run_names_cell(&named, b))
            continue;
        if (!is_of_named(&named, b)) {
            if (ends_on(&ends, b->source, b->list))
                add_neighbour(o, b, t);
            continue;
        }
        struct verdict v = {.advice = ""};
        ask_explain(&r->ask, column, b->answers, &v);
        struct message_open f = {.source = b->source,
                                 .list = b->list,
                                 .level = v.level,
                                 .range = {.first = t->ip, .last = t->ip, .prefix = t->prefix},
                                 .state = describer_keep(&r->describer, mem_dup(v.state)),
                                 .codes = code_names(r, &v),
                                 .since = b->since,
                                 .acked = judge_is_acked(&r->judge, column, b)};
        if (joins_range(o->items, o->count, &f))
            continue;
        if (o->count < LIMIT_DIGEST_OPEN)
            o->items[o->count++] = f;
        else
            o->more++;
    }
    free(ends.items);
    free(named.items);
}
