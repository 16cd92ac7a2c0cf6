/* SPDX-License-Identifier: ISC */
#include "repmon/stored.h"

#include <stdlib.h>
#include <string.h>

void stored_beliefs_fini(struct stored_beliefs *b)
{
    free(b->items);
    text_free(b->texts);
    *b = (struct stored_beliefs){0};
}

/* In the order of the SQL above: words, not numbers. */
static int stored_beliefs_compare(const struct belief *b, const char *source, const char *list,
                                  uint32_t target)
{
    int order = strcmp(b->source, source);
    if (order == 0)
        order = strcmp(b->list, list);
    return order != 0 ? order : (b->target > target) - (b->target < target);
}

/* First item that is not before (source, list, target). */
static size_t stored_beliefs_place(const struct stored_beliefs *b, const char *source,
                                   const char *list, uint32_t target)
{
    size_t low = 0, high = b->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (stored_beliefs_compare(&b->items[middle], source, list, target) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct belief *stored_beliefs_of_list(const struct stored_beliefs *b, const char *source,
                                            const char *list, size_t *count)
{
    size_t first = stored_beliefs_place(b, source, list, 0);
    size_t behind = stored_beliefs_place(b, source, list, UINT32_MAX);
    if (behind < b->count &&
        stored_beliefs_compare(&b->items[behind], source, list, UINT32_MAX) == 0)
        behind++;
    *count = behind - first;
    return *count ? &b->items[first] : NULL;
}

const struct belief *stored_beliefs_find(const struct stored_beliefs *b, uint32_t target,
                                         const char *source, const char *list)
{
    size_t i = stored_beliefs_place(b, source, list, target);
    return i < b->count && stored_beliefs_compare(&b->items[i], source, list, target) == 0
               ? &b->items[i]
               : NULL;
}

void stored_list_beliefs_fini(struct stored_list_beliefs *b)
{
    free(b->items);
    text_free(b->texts);
    *b = (struct stored_list_beliefs){0};
}

void stored_listeners_fini(struct stored_listeners *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free(l->items[i].channel);
        free(l->items[i].refused);
    }
    free(l->items);
    *l = (struct stored_listeners){0};
}

const struct stored_listener *stored_listeners_find(const struct stored_listeners *l,
                                                    const char *channel)
{
    for (size_t i = 0; i < l->count; i++) {
        if (strcmp(l->items[i].channel, channel) == 0)
            return &l->items[i];
    }
    return NULL;
}

struct channel_bits channel_bits_give(const struct stored_listeners *l, const char *const *channels,
                                      size_t count, uint64_t *bits)
{
    struct channel_bits all = {0};
    for (size_t i = 0; i < count; i++) {
        const struct stored_listener *kept = stored_listeners_find(l, channels[i]);
        bits[i] = kept ? kept->bit : 0;
        all.known |= bits[i];
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t free_bits = ~(all.known | all.fresh);
        if (bits[i])
            continue;
        bits[i] = free_bits & -free_bits; /* the lowest; 0: there is none */
        all.fresh |= bits[i];
    }
    return all;
}

uint64_t channel_bits_now(const struct channel_bits *all, uint64_t bits)
{
    return (bits & all->known) | (bits & ~all->known ? all->fresh : 0);
}
