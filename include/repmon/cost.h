/* SPDX-License-Identifier: ISC */
/* What watching costs: questions a run and a day, list by list. Pure; estimates for people. */
#ifndef REPMON_COST_H
#define REPMON_COST_H

#include "repmon/ask.h"
#include "repmon/inventory.h"

struct cost {
    const char *source;
    const char *list; /* borrowed from the ask */
    uint64_t targets; /* that it can say something about */
    int64_t every_ms; /* least time between two questions of a cell; 0: every run */
    uint64_t a_day;   /* with that many runs */
    uint64_t limit;   /* questions a day that are allowed; ESTIMATE_NO_LIMIT */
};

/* Fills one row for each column of the ask. */
void cost_of(const struct ask *a, const struct inventory *inv, double runs_a_day, struct cost *out);

/* Questions a day for `n` that are asked at every run, but not more often than `every_ms`. */
uint64_t cost_a_day(uint64_t n, double runs_a_day, int64_t every_ms);

#endif
