/* SPDX-License-Identifier: ISC */
/* What is due in this run, and where to begin. Pure. */
#ifndef RUN_PLAN_H
#define RUN_PLAN_H

#include "lists.h"
#include "snapshot.h"

/* When the cells of one list are asked. */
struct plan_list {
    bool rests;       /* no cell is due: the list is no part of this run */
    size_t rows;      /* that it is about, from the first: those of this shard, or all */
    size_t start_row; /* the cell asked longest ago */
    uint8_t *due;     /* owned: a bit a row; NULL: all are due */
    uint8_t *known;   /* owned: a bit a row, proven at any time; NULL: not wanted */
    uint64_t used;    /* questions of earlier runs of this UTC day */
};

struct plan {
    struct plan_list *lists; /* owned, one a column */
    size_t count;
};

struct plan_in {
    const struct run_lists *lists;
    const struct snapshot *snapshot;
    const struct inventory *inventory; /* with the ids of the state */
    bool all;                          /* intervals are ignored */
    time_t now;
};

struct plan plan_make(const struct plan_in *in);
void plan_fini(struct plan *p);

bool plan_is_due(const struct plan *p, size_t row, size_t column);
bool plan_is_known(const struct plan *p, size_t row, size_t column);

#endif
