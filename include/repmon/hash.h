/* SPDX-License-Identifier: ISC */
/*
 * Finds rows of the caller's array by a hash of their content: open addressing, at most half full,
 * growing by itself. It stores only row numbers: the caller hashes, compares, and adds each row
 * once. Single rows can't be removed.
 *
 *     for (size_t step = 0, row; (row = hash_next(&index, key, &step)) != HASH_NONE;)
 *         if (same(&items[row], wanted))
 *             return row;
 *     hash_add(&index, key, count);
 *
 * Any 64 bits will do as a key; the caller distinguishes rows with equal keys. Where strangers
 * choose the texts and there may be very many, use siphash.h instead of hash_text(), so that
 * nobody can provoke collisions.
 */
#ifndef REPMON_HASH_H
#define REPMON_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_NONE SIZE_MAX

struct hash_slot {
    uint32_t hash, number; /* of the row + 1; 0: free */
};

struct hash {
    struct hash_slot *slots; /* owned */
    size_t size, count;      /* of slots, a power of two or 0; of rows */
};

/* Zero is an empty index; this makes it so again. */
void hash_fini(struct hash *h);

/* Makes room for so many rows at once. */
void hash_reserve(struct hash *h, size_t rows);

void hash_add(struct hash *h, uint64_t key, size_t row);

static inline uint32_t hash_mix(uint64_t key)
{
    return (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/* The next row that was added with this key, from *step = 0 on; HASH_NONE: there is no other. */
static inline size_t hash_next(const struct hash *h, uint64_t key, size_t *step)
{
    uint32_t hash = hash_mix(key);
    while (h->size > 0) {
        const struct hash_slot *slot = &h->slots[(hash + (*step)++) & (h->size - 1)];
        if (slot->number == 0)
            return HASH_NONE;
        if (slot->hash == hash)
            return slot->number - 1;
    }
    return HASH_NONE;
}

/* FNV-1a; `seed` is whatever else belongs to the key. */
uint64_t hash_bytes(uint64_t seed, const void *data, size_t len);
uint64_t hash_text(uint64_t seed, const char *text);

#endif
