/* SPDX-License-Identifier: ISC */
/* Whoever was told of a finding is told of its end: what the history says of incidents that end. */
#include "run_state.h"

#include <stdlib.h>
#include <string.h>

static bool is_end(const struct change *c)
{
    return c->kind == CHANGE_DELISTED || c->kind == CHANGE_LAPSED || c->kind == CHANGE_RETIRED ||
           c->kind == CHANGE_IMPROVED;
}

static int compare(const struct change *a, const struct change *b)
{
    if (a->of_list != b->of_list)
        return a->of_list ? 1 : -1;
    if (a->target != b->target)
        return a->target < b->target ? -1 : 1;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    return strcmp(a->list, b->list);
}

static int compare_ends(const void *a, const void *b)
{
    return compare(*(struct change *const *)a, *(struct change *const *)b);
}

static struct change *find(struct change **ends, size_t count, const struct change *said)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(ends[middle], said);
        if (order == 0)
            return ends[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool read_history(struct run *r, struct change **ends, size_t count, time_t since,
                         struct error *err)
{
    struct history_query query = {.since = since};
    struct history_row row;
    struct error failed = {0};
    struct history_iter *it = store_history(r->store, &query, &failed);
    while (it && history_next(it, &row, &failed)) {
        struct change *c = find(ends, count, &row.change);
        if (!c || row.time < c->opened)
            continue;
        c->told_kinds |= 1u << row.change.kind;
        if (row.change.to > c->told)
            c->told = row.change.to;
    }
    history_free(it);
    if (failed.class == ERR_NONE)
        return true;
    *err = failed;
    return false;
}

bool run_recall(struct run *r, struct error *err)
{
    struct change **ends = mem_array(r->change_count, sizeof(struct change *));
    size_t count = 0;
    time_t since = 0;
    for (size_t i = 0; i < r->change_count; i++) {
        struct change *c = &r->changes[i];
        if (c->of_list && c->kind == CHANGE_SIGHTED)
            c->told_kinds = 1u << CHANGE_BLIND | 1u << CHANGE_EXPIRED;
        if (!c->opened || !is_end(c))
            continue;
        ends[count++] = c;
        if (since == 0 || c->opened < since)
            since = c->opened;
    }
    qsort(ends, count, sizeof *ends, compare_ends);
    bool ok = count == 0 || read_history(r, ends, count, since, err);
    free(ends);
    return ok;
}
