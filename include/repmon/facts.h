/* SPDX-License-Identifier: ISC */
/* Small facts by key, as the state holds them and as a run changes them. Plain data. */
#ifndef REPMON_FACTS_H
#define REPMON_FACTS_H

#include <stdbool.h>
#include <stddef.h>

struct fact {
    char *key;   /* owned */
    char *value; /* owned; NULL: it is to be removed */
};

struct fact_set {
    struct fact *items; /* owned */
    size_t count, cap;
};

void facts_fini(struct fact_set *f);

/* At the end, whatever is there: for facts that come sorted by key. */
void facts_append(struct fact_set *f, const char *key, const char *value);
/* The value of a key of facts that came sorted; NULL: none. */
const char *facts_sorted(const struct fact_set *f, const char *key);

/* Sets or, with NULL, removes: edits, in the order of their keys' first setting. */
void facts_set(struct fact_set *f, const char *key, const char *value);
/* The edit of a key; NULL: it was not touched. */
const struct fact *facts_edit(const struct fact_set *f, const char *key);

#endif
