/* SPDX-License-Identifier: ISC */
#include "repmon/hash.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

#define HASH_FIRST 64 /* slots; a power of two */
#define FNV_BASIS  UINT64_C(14695981039346656037)
#define FNV_PRIME  UINT64_C(1099511628211)

void hash_fini(struct hash *h)
{
    free(h->slots);
    *h = (struct hash){0};
}

static void hash_put(struct hash *h, struct hash_slot slot)
{
    size_t at = slot.hash & (h->size - 1);
    while (h->slots[at].number)
        at = (at + 1) & (h->size - 1);
    h->slots[at] = slot;
}

void hash_reserve(struct hash *h, size_t rows)
{
    struct hash old = *h;
    if (rows * 2 <= old.size)
        return;
    h->size = old.size ? old.size : HASH_FIRST;
    while (h->size < rows * 2)
        h->size *= 2;
    h->slots = mem_array(h->size, sizeof *h->slots);
    for (size_t i = 0; i < old.size; i++)
        if (old.slots[i].number)
            hash_put(h, old.slots[i]);
    free(old.slots);
}

void hash_add(struct hash *h, uint64_t key, size_t row)
{
    hash_reserve(h, ++h->count);
    hash_put(h, (struct hash_slot){hash_mix(key), (uint32_t)row + 1});
}

uint64_t hash_bytes(uint64_t seed, const void *data, size_t len)
{
    const unsigned char *p = data;
    uint64_t h = FNV_BASIS ^ seed;
    for (size_t i = 0; i < len; i++)
        h = (h ^ p[i]) * FNV_PRIME;
    return h;
}

uint64_t hash_text(uint64_t seed, const char *text)
{
    uint64_t h = FNV_BASIS ^ seed;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * FNV_PRIME;
    return h;
}
