/* SPDX-License-Identifier: ISC */
#include "taken.h"

#include "repmon/buf.h"

#include <stdlib.h>

#define SIZE_FIRST 1024 /* a power of two */

void taken_fini(struct taken *t)
{
    free(t->slots);
    *t = (struct taken){0};
}

/* The slot of the hash, or the free one where it belongs. */
static struct taken_item *taken_slot_of(const struct taken *t, uint64_t hash)
{
    size_t at = hash & (t->size - 1);
    while (t->slots[at].hash != 0 && t->slots[at].hash != hash)
        at = (at + 1) & (t->size - 1);
    return &t->slots[at];
}

static void taken_resize(struct taken *t, size_t size, int64_t first)
{
    struct taken next = {.slots = mem_array(size, sizeof *next.slots), .size = size};
    for (size_t i = 0; i < t->size; i++) {
        const struct taken_item *item = &t->slots[i];
        if (item->hash == 0 || item->day < first)
            continue;
        *taken_slot_of(&next, item->hash) = *item;
        next.count++;
    }
    free(t->slots);
    *t = next;
}

struct taken_item *taken_find(const struct taken *t, uint64_t hash)
{
    if (t->size == 0)
        return NULL;
    struct taken_item *slot = taken_slot_of(t, hash ? hash : 1);
    return slot->hash ? slot : NULL;
}

void taken_add(struct taken *t, uint64_t hash, int64_t day)
{
    if (t->count * 2 >= t->size)
        taken_resize(t, t->size ? t->size * 2 : SIZE_FIRST, INT64_MIN);
    struct taken_item *slot = taken_slot_of(t, hash ? hash : 1);
    t->count += slot->hash == 0;
    *slot = (struct taken_item){hash ? hash : 1, day};
}

void taken_forget(struct taken *t, int64_t first)
{
    if (t->size > 0)
        taken_resize(t, t->size, first);
}
