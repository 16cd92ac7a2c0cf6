/* SPDX-License-Identifier: ISC */
/* Calendar days as numbers, YYYYMMDD, without a time zone: the days of operators' reports. */
#ifndef REPMON_DAY_H
#define REPMON_DAY_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* The day of that time in UTC, and the one `days` later (or earlier). */
int32_t day_of(int64_t seconds);
int32_t day_add(int32_t day, int days);
/* Days from a to b. */
int day_between(int32_t a, int32_t b);
bool day_valid(int32_t day);

/* Days since 1970-01-01, and back. */
int64_t day_number(int32_t day);
int32_t day_from_number(int64_t days);

/* What a written moment may look like; all of it must. */
enum date_shape {
    DATE_DAY = 1,    /* "2026-11-01" */
    DATE_MINUTE = 2, /* "2026-11-01 06:00", also with a T */
    DATE_UTC = 4,    /* "2026-11-01T06:00:00Z" */
};

/* A day that exists, from 1970 on, with its time; tm_isdst is -1, so that mktime() looks at the
 * zone and timegm() does not. False for any other text. */
bool date_parse(const char *s, unsigned shapes, struct tm *out);

#endif
