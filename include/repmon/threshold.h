/* SPDX-License-Identifier: ISC */
/*
 * Threshold ranges of the Monitoring Plugins guidelines, "[@]start:end": "10" alerts outside
 * 0 to 10, "10:" below 10, "~:10" above 10, "10:20" outside, "@10:20" inside; bounds inclusive.
 */
#ifndef REPMON_THRESHOLD_H
#define REPMON_THRESHOLD_H

#include "repmon/error.h"

#include <stdbool.h>

#define THRESHOLD_TEXT_MAX 32

struct threshold {
    double start, end;             /* -INFINITY and INFINITY where open */
    bool inside;                   /* "@": alert inside, else outside */
    char text[THRESHOLD_TEXT_MAX]; /* as given, for performance data */
};

/* Strict: plain decimal numbers, start not above end, at most THRESHOLD_TEXT_MAX - 1 bytes. */
bool threshold_parse(const char *s, struct threshold *out, struct error *err);
bool threshold_alerts(const struct threshold *range, double value);

#endif
