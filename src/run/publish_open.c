/* SPDX-License-Identifier: ISC */
#include "publish.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

/* Lists on which something ends now; the changes are the decision's. */
struct ends {
    const struct change **items; /* owned */
    size_t count;
};

static bool publish_ends_on(const struct ends *e, const char *source, const char *list)
{
    for (size_t i = e->count; i > 0; i--) { /* changes come list by list */
        if (source_equal(e->items[i - 1]->source, source) &&
            strcmp(e->items[i - 1]->list, list) == 0)
            return true;
    }
    return false;
}

static struct ends publish_ends_of(const struct decision *d)
{
    struct ends e = {.items = mem_array(d->change_count, sizeof *e.items)};
    for (size_t i = 0; i < d->change_count; i++) {
        const struct change *c = &d->changes[i];
        bool over = !c->of_list && c->to <= LEVEL_OK && c->from > LEVEL_OK;
        if (over && !publish_ends_on(&e, c->source, c->list))
            e.items[e.count++] = c;
    }
    return e;
}

static const char *publish_code_names(struct stored_text **texts, const struct verdict *v)
{
    struct buf text;
    buf_init(&text, 512);
    for (size_t i = 0; i < v->code_count; i++)
        buf_fmt(&text, "%s%s", i ? ", " : "", v->codes[i].name);
    const char *kept = text_keep(texts, buf_text(&text));
    buf_fini(&text);
    return kept;
}

static bool publish_same_words(const struct message_open *a, const struct message_open *b)
{
    return source_equal(a->source, b->source) && strcmp(a->list, b->list) == 0 &&
           a->level == b->level && a->since == b->since && a->acked == b->acked &&
           strcmp(a->state, b->state) == 0 && strcmp(a->codes, b->codes) == 0;
}

/* Adjacent addresses with the same finding become one line. */
static bool publish_joins_range(struct message_open *items, size_t count,
                                const struct message_open *f)
{
    for (size_t i = count; i > 0; i--) {
        struct message_open *e = &items[i - 1];
        struct ip next = e->range.last;
        if (e->range.prefix != f->range.prefix || !publish_same_words(e, f) ||
            !ip_step(&next, e->range.prefix) || ip_cmp(&next, &f->range.first) != 0)
            continue;
        e->range.last = f->range.last;
        return true;
    }
    return false;
}

/* Only where: the entry of the end says the rest. */
static void publish_add_neighbour(struct publish_open *o, const struct belief *b,
                                  const struct stored_target *t)
{
    struct message_open f = {.source = b->source,
                             .list = b->list,
                             .range = {.first = t->ip, .last = t->ip, .prefix = t->prefix},
                             .state = "",
                             .codes = ""};
    if (!publish_joins_range(o->neighbours, o->neighbour_count, &f) &&
        o->neighbour_count < LIMIT_DIGEST_OPEN)
        o->neighbours[o->neighbour_count++] = f;
}

/* The worst first; what is alike stays in its order, and the last is left out if room is short. */
static void publish_insert_open(struct publish_open *o, const struct message_open *f)
{
    size_t at = o->count;
    while (at > 0 && o->items[at - 1].level < f->level)
        at--;
    bool full = o->count == LIMIT_DIGEST_OPEN;
    o->more += full;
    if (at == LIMIT_DIGEST_OPEN)
        return;
    size_t moved = o->count - at - full;
    memmove(o->items + at + 1, o->items + at, moved * sizeof *o->items);
    o->items[at] = *f;
    o->count += !full;
}

/* One finding that is open: where it goes. */
static void publish_add_open(const struct publish_in *in, struct publish_open *o,
                             const struct belief *b, const struct stored_target *t,
                             struct stored_text **texts)
{
    size_t column = run_lists_find(in->decided->lists, b->source, b->list);
    struct verdict v = {.advice = ""};
    session_explain(in->session, column, b->answers, &v);
    struct message_open f = {.source = b->source,
                             .list = b->list,
                             .level = v.level,
                             .range = {.first = t->ip, .last = t->ip, .prefix = t->prefix},
                             .state = text_keep(texts, v.state),
                             .codes = publish_code_names(texts, &v),
                             .since = b->since,
                             .acked = judge_is_acked(&in->decision->judge, column, b)};
    if (publish_joins_range(o->items, o->count, &f))
        return;
    publish_insert_open(o, &f);
}

static bool publish_is_open(const struct publish_in *in, const struct belief *b)
{
    size_t column = run_lists_find(in->decided->lists, b->source, b->list);
    return column != RUN_NO_LIST && judge_is_finding(&in->decision->judge, column, b);
}

void publish_open(const struct publish_in *in, struct publish_open *out, struct stored_text **texts)
{
    const struct decision *d = in->decision;
    struct decide_named named = decide_named(d);
    struct ends ends = publish_ends_of(d);
    for (size_t i = 0; named.count && i < d->belief_count; i++) {
        const struct belief *b = &d->beliefs[i].belief;
        const struct stored_target *t =
            stored_targets_by_id(&in->decided->watch->targets, b->target);
        if (!t || !publish_is_open(in, b) || decide_names_cell(&named, b))
            continue;
        if (decide_names_target(&named, b))
            publish_add_open(in, out, b, t, texts);
        else if (publish_ends_on(&ends, b->source, b->list))
            publish_add_neighbour(out, b, t);
    }
    free(ends.items);
    free(named.items);
}
