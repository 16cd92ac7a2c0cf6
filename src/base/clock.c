/* SPDX-License-Identifier: ISC */
#include "repmon/clock.h"

#include "repmon/day.h"

#include "repmon/buf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t clock_read_us(clockid_t id)
{
    struct timespec ts;
    if (clock_gettime(id, &ts) != 0)
        return -1;
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_mono_us(void)
{
    return clock_read_us(CLOCK_MONOTONIC);
}

int64_t clock_mono_ms(void)
{
    return clock_mono_us() / 1000;
}

int64_t clock_boot_s(void)
{
    int64_t us = clock_read_us(CLOCK_BOOTTIME);
    return us < 0 ? -1 : us / 1000000;
}

time_t clock_wall(void)
{
    return time(NULL);
}

void clock_format_utc(time_t t, char *out, size_t size)
{
    struct tm tm;
    if (!gmtime_r(&t, &tm) || strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        snprintf(out, size, "1970-01-01T00:00:00Z");
}

void clock_format_local(time_t t, char *out, size_t size)
{
    struct tm tm;
    if (!localtime_r(&t, &tm) || strftime(out, size, "%Y-%m-%d %H:%M %z", &tm) == 0)
        snprintf(out, size, "1970-01-01 00:00 +0000");
}

void clock_format_age(int64_t seconds, char *out, size_t size)
{
    if (seconds < 0)
        seconds = 0;
    if (seconds < 120)
        snprintf(out, size, "%" PRId64 " s", seconds);
    else if (seconds < 120 * 60)
        snprintf(out, size, "%" PRId64 " min", seconds / 60);
    else if (seconds < 48 * 3600)
        snprintf(out, size, "%" PRId64 " h", seconds / 3600);
    else
        snprintf(out, size, "%" PRId64 " days", seconds / 86400);
}

static const struct {
    const char *unit;
    int64_t ms;
} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};

bool duration_parse(const char *s, int64_t *ms)
{
    int64_t value = 0;
    const char *p = s;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (value > (INT64_MAX - 9) / 10)
            return false;
        value = value * 10 + (*p - '0');
    }
    if (p == s)
        return false;
    if (*p == '\0' && value == 0) {
        *ms = 0;
        return true;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(p, units[i].unit) == 0) {
            if (value > INT64_MAX / 2 / units[i].ms)
                return false;
            *ms = value * units[i].ms;
            return true;
        }
    }
    return false;
}

void duration_format(int64_t ms, char *out, size_t size)
{
    size_t best = 0;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (ms && ms % units[i].ms == 0)
            best = i;
    }
    if (ms == 0)
        snprintf(out, size, "0");
    else
        snprintf(out, size, "%" PRId64 "%s", ms / units[best].ms, units[best].unit);
}

/* ---- local time ---- */

#define QUARTER_S    900 /* clocks are set at whole quarters of an hour */
#define QUARTERS     64  /* cached; a log goes through them in order */
#define NO_SUCH_TIME INT64_MIN

/* mktime() costs half a microsecond and a look at the zone's file: once per quarter is enough. */
static struct quarter {
    int64_t wall;      /* its beginning, as if it were UTC */
    int64_t begins[2]; /* what it may mean; second: NO_SUCH_TIME unless clocks go back */
    bool known;
} quarters[QUARTERS];

static void clock_forget_quarters(void)
{
    memset(quarters, 0, sizeof quarters);
}

static void clock_work_out_quarter(struct quarter *q, int64_t wall)
{
    time_t begin = (time_t)wall;
    struct tm tm;
    gmtime_r(&begin, &tm);
    struct tm one = tm;
    one.tm_isdst = -1;
    *q = (struct quarter){.wall = wall, .known = true};
    q->begins[0] = mktime(&one);
    struct tm two = tm;
    two.tm_isdst = !one.tm_isdst;
    q->begins[1] = mktime(&two);
    bool same = two.tm_hour == tm.tm_hour && two.tm_min == tm.tm_min;
    if (!same || two.tm_isdst == one.tm_isdst)
        q->begins[1] = NO_SUCH_TIME;
}

int64_t clock_from_utc(const struct tm *tm)
{
    int32_t day = (tm->tm_year + 1900) * 10000 + (tm->tm_mon + 1) * 100 + tm->tm_mday;
    return day_number(day) * 86400 + tm->tm_hour * 3600 + tm->tm_min * 60 + tm->tm_sec;
}

int64_t clock_from_local(const struct tm *wall, int64_t near)
{
    int64_t as_utc = clock_from_utc(wall);
    int64_t into = (as_utc % QUARTER_S + QUARTER_S) % QUARTER_S;
    int64_t begin = as_utc - into;
    struct quarter *q = &quarters[(uint64_t)(begin / QUARTER_S) % QUARTERS];
    if (!q->known || q->wall != begin)
        clock_work_out_quarter(q, begin);
    int64_t first = q->begins[0] + into;
    if (q->begins[1] == NO_SUCH_TIME)
        return first;
    int64_t second = q->begins[1] + into;
    return llabs(second - near) < llabs(first - near) ? second : first;
}

char *clock_use_zone(const char *zone)
{
    const char *before = getenv("TZ");
    char *kept = before ? mem_dup(before) : NULL;
    setenv("TZ", zone, 1);
    tzset();
    clock_forget_quarters();
    return kept;
}

void clock_restore_zone(char *before)
{
    if (before)
        setenv("TZ", before, 1);
    else
        unsetenv("TZ");
    tzset();
    clock_forget_quarters();
    free(before);
}
