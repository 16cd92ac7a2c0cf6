/* SPDX-License-Identifier: ISC */
/* Calendar days as numbers, YYYYMMDD, without a zone: those that operators report by. */
#ifndef REPMON_DAY_H
#define REPMON_DAY_H

#include <stdbool.h>
#include <stdint.h>

/* The day of that time in UTC, and the one `days` later (or earlier). */
int32_t day_of(int64_t seconds);
int32_t day_add(int32_t day, int days);
/* Days from a to b. */
int day_between(int32_t a, int32_t b);
bool day_valid(int32_t day);

/* Days since 1970-01-01, and back. */
int64_t day_number(int32_t day);
int32_t day_from_number(int64_t days);

#endif
