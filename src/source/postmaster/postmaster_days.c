/* SPDX-License-Identifier: ISC */
#include "postmaster_days.h"

#include "repmon/day.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOKED_AT     7
#define SPAM_DAYS     3
#define LEAST_REFUSED 10  /* messages for a reason on a day; fewer are chance */
#define WARNING       0.1 /* percent of all mail */
#define CRITICAL      1.0
#define SLACK         1e-9 /* Google's floats: 0.001 is 0.1 % */

struct postmaster_day postmaster_day_empty(int32_t day)
{
    struct postmaster_day d = {.day = day};
    for (size_t i = 0; i < POSTMASTER_METRICS; i++)
        d.values[i] = NAN;
    return d;
}

bool postmaster_has_delivery(const struct postmaster_day *day)
{
    if (!isnan(day->values[METRIC_ERRORS]))
        return true;
    for (size_t i = 0; i < POSTMASTER_REASONS; i++)
        if (!isnan(day->values[METRIC_REASON_SHARE + i]))
            return true;
    return false;
}

/* ---- a day as it is judged ---- */

/* Messages refused for a reason; where only the total is counted, the reason's share of it. */
static double postmaster_refused(const struct postmaster_day *day, enum postmaster_reason reason)
{
    double count = day->values[METRIC_REASON_COUNT + reason];
    double share = day->values[METRIC_REASON_SHARE + reason];
    double all = day->values[METRIC_ERRORS], refused = day->values[METRIC_REFUSED];
    if (!isnan(count) || isnan(refused) || isnan(all) || all <= 0)
        return count;
    return refused * share / all;
}

/* The share of a reason in percent. If all errors together are below the limit, so is each one. */
static double postmaster_share(const struct postmaster_day *day, enum postmaster_reason reason)
{
    double share = day->values[METRIC_REASON_SHARE + reason] * 100;
    double all = day->values[METRIC_ERRORS] * 100;
    if (isnan(share))
        return all + SLACK < WARNING ? 0 : NAN; /* false for NAN */
    if (share + SLACK >= WARNING && !(postmaster_refused(day, reason) >= LEAST_REFUSED))
        return 0;
    return share;
}

static void postmaster_judge_day(const struct postmaster_day *day,
                                 double out[static POSTMASTER_SERIES])
{
    out[SERIES_SPAM] = day->values[METRIC_SPAM] * 100;
    for (size_t i = 0; i < POSTMASTER_REASONS; i++)
        out[SERIES_REASON + i] = postmaster_share(day, (enum postmaster_reason)i);
}

/* ---- the days ---- */

/* The index of a day, inserted if new; POSTMASTER_KEPT: it is older than all that are kept. */
static size_t postmaster_place(struct postmaster_days *d, int32_t day)
{
    size_t at = 0;
    while (at < d->count && d->day[at] > day)
        at++;
    if (at == POSTMASTER_KEPT || (at < d->count && d->day[at] == day))
        return at;
    size_t moved = d->count - at;
    if (d->count == POSTMASTER_KEPT)
        moved--;
    else
        d->count++;
    memmove(&d->day[at + 1], &d->day[at], moved * sizeof *d->day);
    memmove(&d->share[at + 1], &d->share[at], moved * sizeof *d->share);
    d->day[at] = day;
    for (size_t i = 0; i < POSTMASTER_SERIES; i++)
        d->share[at][i] = NAN;
    return at;
}

void postmaster_days_merge(struct postmaster_days *d, const struct postmaster_day *days,
                           size_t count)
{
    int32_t newest = d->count ? d->day[0] : 0;
    for (size_t i = 0; i < count; i++)
        newest = days[i].day > newest ? days[i].day : newest;
    for (size_t i = 0; i < count; i++) {
        double now[POSTMASTER_SERIES];
        size_t at = postmaster_place(d, days[i].day);
        postmaster_judge_day(&days[i], now);
        for (size_t k = 0; at < POSTMASTER_KEPT && k < POSTMASTER_SERIES; k++) {
            bool first = isnan(d->share[at][k]);
            if (!isnan(now[k]) && (first || days[i].day == newest))
                d->share[at][k] = now[k];
        }
    }
}

static bool postmaster_parse_share(const char **text, double *out)
{
    char *end;
    if (**text != ' ')
        return false;
    ++*text;
    if (**text == '-') {
        ++*text;
        *out = NAN;
        return true;
    }
    *out = strtod(*text, &end);
    bool ok = end != *text && *out >= 0 && *out <= 101;
    *text = end;
    return ok;
}

void postmaster_days_parse(const char *text, struct postmaster_days *out)
{
    *out = (struct postmaster_days){0};
    while (text && *text) {
        char *end;
        double shares[POSTMASTER_SERIES];
        long day = strtol(text, &end, 10);
        bool ok = day > 0 && day <= 99991231 && day_valid((int32_t)day);
        text = end;
        for (size_t i = 0; ok && i < POSTMASTER_SERIES; i++)
            ok = postmaster_parse_share(&text, &shares[i]);
        if (!ok)
            return;
        size_t at = postmaster_place(out, (int32_t)day);
        if (at < POSTMASTER_KEPT)
            memcpy(out->share[at], shares, sizeof shares);
        text += *text == ';';
    }
}

void postmaster_days_format(const struct postmaster_days *d, struct buf *out)
{
    for (size_t i = 0; i < d->count; i++) {
        buf_fmt(out, "%s%d", i ? ";" : "", (int)d->day[i]);
        for (size_t k = 0; k < POSTMASTER_SERIES; k++) {
            if (isnan(d->share[i][k]))
                buf_str(out, " -");
            else
                buf_fmt(out, " %.4g", d->share[i][k]);
        }
    }
}

/* ---- what they add up to ---- */

static int postmaster_by_share(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* The highest share reached on `days` of the last seven days with data, unless the newest two are
 * lower; 0: there are too few. */
static double postmaster_reached(const struct postmaster_days *d, size_t series, size_t days)
{
    double last[LOOKED_AT], newest = 0;
    size_t count = 0;
    for (size_t i = 0; i < d->count && count < LOOKED_AT; i++)
        if (!isnan(d->share[i][series]))
            last[count++] = d->share[i][series];
    for (size_t i = 0; i < count && i < 2; i++)
        newest = fmax(newest, last[i]);
    if (count < days)
        return 0;
    qsort(last, count, sizeof *last, postmaster_by_share);
    return fmin(last[days - 1], newest);
}

double postmaster_spam(const struct postmaster_days *d)
{
    return postmaster_reached(d, SERIES_SPAM, SPAM_DAYS);
}

int postmaster_refusals(const struct postmaster_days *d, enum postmaster_reason reason)
{
    double once = postmaster_reached(d, SERIES_REASON + (size_t)reason, 1);
    double twice = postmaster_reached(d, SERIES_REASON + (size_t)reason, 2);
    if (twice + SLACK >= CRITICAL)
        return 2;
    return twice + SLACK >= WARNING || once + SLACK >= CRITICAL;
}
