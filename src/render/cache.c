/* SPDX-License-Identifier: ISC */
#include "cache.h"

#include <stdlib.h>

#define CACHE_ENTRIES 32768      /* one per kind of equal results; a run knows a few per list */
#define CACHE_TEXT    (8u << 20) /* bytes of rendered results */

void cache_init(struct cache *m)
{
    *m = (struct cache){.size = 256};
    m->slots = mem_array(m->size, sizeof *m->slots);
    buf_init(&m->text, CACHE_TEXT);
}

void cache_fini(struct cache *m)
{
    free(m->slots);
    buf_fini(&m->text);
}

static uint64_t cache_key_of(size_t list, uint32_t class)
{
    return (uint64_t)list << 32 | class;
}

/* The slot of the key, or the free one where it would go. */
static struct cache_entry *cache_slot(struct cache_entry *slots, size_t size, uint64_t key)
{
    uint64_t hash = key * 0x9e3779b97f4a7c15u;
    size_t i = (size_t)(hash >> 32) & (size - 1);
    while (slots[i].key != 0 && slots[i].key != key)
        i = (i + 1) & (size - 1);
    return &slots[i];
}

static void cache_grow(struct cache *m)
{
    size_t size = m->size * 2;
    struct cache_entry *slots = mem_array(size, sizeof *slots);
    for (size_t i = 0; i < m->size; i++) {
        if (m->slots[i].key)
            *cache_slot(slots, size, m->slots[i].key) = m->slots[i];
    }
    free(m->slots);
    m->slots = slots;
    m->size = size;
}

struct cache_entry *cache_find(struct cache *m, size_t list, uint32_t class)
{
    if (class == 0)
        return NULL;
    struct cache_entry *entry = cache_slot(m->slots, m->size, cache_key_of(list, class));
    return entry->key ? entry : NULL;
}

struct cache_entry *cache_add(struct cache *m, size_t list, uint32_t class)
{
    if (class == 0 || m->used >= CACHE_ENTRIES)
        return NULL;
    if (m->used * 2 >= m->size)
        cache_grow(m);
    struct cache_entry *entry = cache_slot(m->slots, m->size, cache_key_of(list, class));
    if (!entry->key) {
        *entry = (struct cache_entry){.key = cache_key_of(list, class)};
        m->used++;
    }
    return entry;
}

void cache_text(struct cache *m, struct cache_entry *entry, const char *text, size_t len)
{
    if (len > m->text.max - m->text.len)
        return;
    entry->offset = (uint32_t)m->text.len;
    entry->len = (uint32_t)len;
    entry->has_text = buf_add(&m->text, text, len);
}

struct tally cache_target_tally(struct cache *m, const struct report *r, size_t i)
{
    struct tally tally = {0};
    struct result result;
    for (size_t j = 0; j < r->list_count; j++) {
        uint32_t class = r->result_class ? r->result_class(r, i, j) : 0;
        struct cache_entry *entry = cache_find(m, j, class);
        struct share share;
        if (entry) {
            share = entry->share;
        } else {
            if (!r->result(r, i, j, &result))
                continue;
            share = report_share(r, &result);
            entry = cache_add(m, j, class);
            if (entry)
                entry->share = share;
        }
        tally_add(&tally, share);
    }
    return tally;
}
