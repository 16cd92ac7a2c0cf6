/* SPDX-License-Identifier: ISC */
/* The only source of time. Tests move it with libfaketime; nothing else calls time(). */
#ifndef REPMON_CLOCK_H
#define REPMON_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Milliseconds that only go forward, from an arbitrary start. For waiting and measuring. */
int64_t clock_mono_ms(void);

/* Microseconds of the same clock, for round trips. */
int64_t clock_mono_us(void);

/* Seconds since boot, suspended time included (CLOCK_BOOTTIME); -1 where the kernel has none. */
int64_t clock_boot_s(void);

/* The wall clock, seconds since 1970 UTC. */
time_t clock_wall(void);

/* "2026-11-21T06:00:00Z"; out holds at least 21 bytes. */
void clock_format_utc(time_t t, char *out, size_t size);

/* "2026-11-21 07:00 +0100", for people; out holds at least 23 bytes. */
void clock_format_local(time_t t, char *out, size_t size);

/* Local time is that of this zone until clock_restore_zone() gets what was returned (owned, NULL:
 * no TZ was set). */
char *clock_use_zone(const char *zone);
void clock_restore_zone(char *before);

/* Seconds since 1970 of a time in UTC, as timegm() but without its cost; months from 0 to 11. */
int64_t clock_from_utc(const struct tm *tm);

/*
 * Seconds since 1970 of a local time. One that occurs twice, when clocks are set back, is the one
 * that is nearer to `near`. tm_isdst is not looked at. Results are cached.
 */
int64_t clock_from_local(const struct tm *wall, int64_t near);

/* "3 h", "2 days", "45 s": the age of something, rounded down, never negative. */
void clock_format_age(int64_t seconds, char *out, size_t size);

/* "500ms" "10s" "5m" "2h" "7d" (and "0"): milliseconds; false for anything else or overflow. */
bool duration_parse(const char *s, int64_t *ms);
void duration_format(int64_t ms, char *out, size_t size);

#endif
