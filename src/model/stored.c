/* SPDX-License-Identifier: ISC */
#include "repmon/stored.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

/* ---- targets ---- */

static int stored_compare(const struct ip *a, uint8_t a_prefix, const struct ip *b,
                          uint8_t b_prefix)
{
    int order = ip_cmp(a, b);
    return order != 0 ? order : (a_prefix > b_prefix) - (a_prefix < b_prefix);
}

static int stored_by_address(const void *a, const void *b)
{
    const struct stored_target *x = a, *y = b;
    return stored_compare(&x->ip, x->prefix, &y->ip, y->prefix);
}

/* by_id[id] = index + 1 */
static void stored_note_id(struct stored_targets *t, uint32_t id, size_t index)
{
    if (id >= t->by_id_cap) {
        size_t cap = t->by_id_cap ? t->by_id_cap : 64;
        while (cap <= id)
            cap *= 2;
        t->by_id = mem_grow(t->by_id, cap, sizeof *t->by_id);
        memset(t->by_id + t->by_id_cap, 0, (cap - t->by_id_cap) * sizeof *t->by_id);
        t->by_id_cap = cap;
    }
    t->by_id[id] = (uint32_t)index + 1;
    if (id >= t->rows)
        t->rows = id + 1;
}

struct stored_target *stored_targets_append(struct stored_targets *t)
{
    if (t->count == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 64;
        t->items = mem_grow(t->items, t->cap, sizeof *t->items);
    }
    t->items[t->count] = (struct stored_target){0};
    return &t->items[t->count++];
}

void stored_targets_sort(struct stored_targets *t)
{
    /* Ids are given in the order of addresses, so mostly there is nothing to do. */
    for (size_t i = 1; i < t->count; i++) {
        if (stored_by_address(&t->items[i - 1], &t->items[i]) > 0) {
            qsort(t->items, t->count, sizeof *t->items, stored_by_address);
            break;
        }
    }
    t->sorted = t->count;
    for (size_t i = 0; i < t->count; i++)
        stored_note_id(t, t->items[i].id, i);
}

void stored_targets_fini(struct stored_targets *t)
{
    free(t->items);
    free(t->by_id);
    text_free(t->texts);
    *t = (struct stored_targets){0};
}

/* Where it is or belongs in the sorted part. */
static size_t stored_place(const struct stored_targets *t, const struct ip *ip, uint8_t prefix)
{
    size_t low = 0, high = t->sorted;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct stored_target *m = &t->items[middle];
        if (stored_compare(&m->ip, m->prefix, ip, prefix) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct stored_target *stored_find(const struct stored_targets *t, const struct ip *ip,
                                         uint8_t prefix)
{
    size_t i = stored_place(t, ip, prefix);
    if (i < t->sorted && stored_compare(&t->items[i].ip, t->items[i].prefix, ip, prefix) == 0)
        return &t->items[i];
    return NULL;
}

const struct stored_target *stored_targets_find(const struct stored_targets *t, const struct ip *ip,
                                                uint8_t prefix)
{
    return stored_find(t, ip, prefix);
}

const struct stored_target *stored_targets_by_id(const struct stored_targets *t, uint32_t id)
{
    if (id >= t->by_id_cap || t->by_id[id] == 0)
        return NULL;
    return &t->items[t->by_id[id] - 1];
}

uint32_t stored_targets_put(struct stored_targets *t, const struct ip *ip, uint8_t prefix,
                            uint8_t flags, const char *label, time_t now)
{
    struct stored_target *known = stored_find(t, ip, prefix);
    if (known) {
        if (known->flags != flags || strcmp(known->label, label) != 0) {
            known->flags = flags;
            known->label = text_keep(&t->texts, label);
            known->dirty = true;
        }
        known->seen = true;
        return known->id;
    }
    while (t->next_free < t->by_id_cap && t->by_id[t->next_free] != 0)
        t->next_free++;
    struct stored_target *fresh = stored_targets_append(t);
    *fresh = (struct stored_target){.id = t->next_free,
                                    .ip = *ip,
                                    .prefix = prefix,
                                    .flags = flags,
                                    .seen = true,
                                    .dirty = true,
                                    .label = text_keep(&t->texts, label),
                                    .added = now};
    stored_note_id(t, fresh->id, t->count - 1);
    return fresh->id;
}

void stored_origins_fini(struct stored_origins *o)
{
    for (size_t i = 0; i < o->count; i++) {
        free(o->items[i].key);
        free(o->items[i].blocks);
    }
    free(o->items);
    *o = (struct stored_origins){0};
}

/* ---- lists ---- */

void stored_lists_free(struct stored_list *lists, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(lists[i].source);
        free(lists[i].list);
    }
    free(lists);
}
