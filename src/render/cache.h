/* SPDX-License-Identifier: ISC */
/*
 * Remembers, per (list, class), what equal results have in common: their share in the level and the
 * bytes a renderer wrote for them. It makes the cost of a plain result one look-up, and it is
 * bounded: what does not fit is simply rendered again.
 */
#ifndef REPMON_RENDER_MEMO_H
#define REPMON_RENDER_MEMO_H

#include "repmon/buf.h"
#include "repmon/report.h"

struct cache_entry {
    uint64_t key; /* list and class; 0: free */
    struct share share;
    uint8_t sort;         /* the renderer's own */
    bool has_text;        /* offset and length are set */
    uint32_t offset, len; /* into memo.text */
};

struct cache {
    struct cache_entry *slots; /* owned; open addressing */
    size_t used, size;         /* size: a power of two */
    struct buf text;
};

void cache_init(struct cache *m);
void cache_fini(struct cache *m);

/* The entry of that pair, or NULL. Class 0 has none. Valid until cache_add(). */
struct cache_entry *cache_find(struct cache *m, size_t list, uint32_t class);

/* A new entry, or NULL when class is 0 or the memo is full. */
struct cache_entry *cache_add(struct cache *m, size_t list, uint32_t class);

/* Stores the bytes with the entry if they still fit. */
void cache_text(struct cache *m, struct cache_entry *entry, const char *text, size_t len);

/* The tally of target i's results, each class of them fetched only once. */
struct tally cache_target_tally(struct cache *m, const struct report *r, size_t i);

#endif
