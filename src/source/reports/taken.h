/* SPDX-License-Identifier: ISC */
/*
 * What was taken, by keyed hashes: names of messages, so that none is opened twice, and the keys of
 * reports, so that none counts twice, whichever way it comes. Nothing can be read back from them.
 */
#ifndef SOURCE_REPORTS_TAKEN_H
#define SOURCE_REPORTS_TAKEN_H

#include "repmon/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct taken_item {
    uint64_t hash;
    int64_t day; /* of a report; for a name, the day it was last seen */
};

struct taken {
    struct taken_item *items; /* owned, in the order they came */
    size_t count, cap;
    struct hash index;
};

void taken_fini(struct taken *t);
/* The item, or NULL. Borrowed until the next is added. */
struct taken_item *taken_find(const struct taken *t, uint64_t hash);
void taken_add(struct taken *t, uint64_t hash, int64_t day);
/* Forgets items of days before `first`. */
void taken_forget(struct taken *t, int64_t first);

#endif
