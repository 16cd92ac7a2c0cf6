/* SPDX-License-Identifier: ISC */
/*
 * The days of a domain as they are judged: shares in percent, and what they add up to. A day is
 * judged by what was reported first, unless it is the newest: a revision of an older one changes
 * the history and alerts nobody. Pure.
 */
#ifndef POSTMASTER_DAYS_H
#define POSTMASTER_DAYS_H

#include "postmaster_request.h"

#include "repmon/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POSTMASTER_KEPT 14 /* days: twice as many as are judged */

/* What a query said of one day; NAN: no row. */
struct postmaster_day {
    int32_t day;
    double values[POSTMASTER_METRICS];
};
struct postmaster_day postmaster_day_empty(int32_t day);

/* The series that are judged. */
enum postmaster_series {
    SERIES_SPAM = 0,
    SERIES_REASON, /* + reason */
    POSTMASTER_SERIES = SERIES_REASON + POSTMASTER_REASONS
};

/* Newest first. Zero is empty. */
struct postmaster_days {
    int32_t day[POSTMASTER_KEPT];
    double share[POSTMASTER_KEPT][POSTMASTER_SERIES]; /* percent; NAN: no data */
    size_t count;
};

/* As it is stored: "20261122 0.34 2.1 - 0 -;…". Any other text, or NULL, gives no days. */
void postmaster_days_parse(const char *text, struct postmaster_days *out);
void postmaster_days_format(const struct postmaster_days *d, struct buf *out);

/* Adds what a query said, in any order of days. */
void postmaster_days_merge(struct postmaster_days *d, const struct postmaster_day *days,
                           size_t count);

/* Whether there is a number of mail refused, or put off, on that day. */
bool postmaster_has_delivery(const struct postmaster_day *day);

/*
 * The spam rate that holds: reached on 3 of the last 7 days with data, and on one of the last two;
 * 0 while there are fewer than three.
 */
double postmaster_spam(const struct postmaster_days *d);

/*
 * How bad refusals for a reason are: 0 not, 1 warning (0.1 % on two days, or 1 % on one), 2
 * critical (1 % on two days), of the last 7 days with data; 0 after two days below 0.1 %.
 */
int postmaster_refusals(const struct postmaster_days *d, enum postmaster_reason reason);

#endif
