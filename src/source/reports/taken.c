/* SPDX-License-Identifier: ISC */
#include "taken.h"

#include "repmon/buf.h"

#include <stdlib.h>

void taken_fini(struct taken *t)
{
    free(t->items);
    hash_fini(&t->index);
    *t = (struct taken){0};
}

struct taken_item *taken_find(const struct taken *t, uint64_t hash)
{
    for (size_t step = 0, i; (i = hash_next(&t->index, hash, &step)) != HASH_NONE;)
        if (t->items[i].hash == hash)
            return &t->items[i];
    return NULL;
}

void taken_add(struct taken *t, uint64_t hash, int64_t day)
{
    struct taken_item *known = taken_find(t, hash);
    if (known) {
        known->day = day;
        return;
    }
    if (t->count == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 256;
        t->items = mem_grow(t->items, t->cap, sizeof *t->items);
    }
    hash_add(&t->index, hash, t->count);
    t->items[t->count++] = (struct taken_item){hash, day};
}

void taken_forget(struct taken *t, int64_t first)
{
    size_t kept = 0;
    hash_fini(&t->index);
    for (size_t i = 0; i < t->count; i++) {
        if (t->items[i].day < first)
            continue;
        t->items[kept] = t->items[i];
        hash_add(&t->index, t->items[kept].hash, kept);
        kept++;
    }
    t->count = kept;
}
