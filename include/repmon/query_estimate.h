/* SPDX-License-Identifier: ISC */
/* What watching costs: queries per run and per day for each list. Pure; estimates for people. */
#ifndef REPMON_QUERY_ESTIMATE_H
#define REPMON_QUERY_ESTIMATE_H

#include "repmon/inventory.h"
#include "repmon/session.h"

struct query_estimate {
    const char *source;
    const char *list; /* borrowed from the ask */
    uint64_t targets; /* that it can say something about */
    int64_t every_ms; /* least time between two questions of a cell; 0: every run */
    uint64_t a_day;   /* with that many runs */
    uint64_t limit;   /* questions a day that are allowed; ESTIMATE_NO_LIMIT */
    uint64_t daily;   /* those that the operator allows; 0: not known */
};

/* Fills one row for each column of the ask. */
void query_estimate_of(const struct session *a, const struct inventory *inv, double runs_a_day,
                       struct query_estimate *out);

/* Questions a day for `n` that are asked at every run, but not more often than `every_ms`. */
uint64_t query_estimate_a_day(uint64_t n, double runs_a_day, int64_t every_ms);

#endif
