/* SPDX-License-Identifier: ISC */
/*
 * Threshold ranges of the Monitoring Plugins guidelines, "[@]start:end": "10" alerts outside
 * 0 to 10, "10:" below 10, "~:10" above 10, "10:20" outside, "@10:20" inside; bounds inclusive.
 */
#ifndef REPMON_RANGE_H
#define REPMON_RANGE_H

#include "repmon/error.h"

#include <stdbool.h>

#define RANGE_TEXT_MAX 32

struct range {
    double start, end;         /* -INFINITY and INFINITY where open */
    bool inside;               /* "@": alert inside, else outside */
    char text[RANGE_TEXT_MAX]; /* as given, for performance data */
};

/* Strict: plain decimal numbers, start not above end, at most RANGE_TEXT_MAX - 1 bytes. */
bool range_parse(const char *s, struct range *out, struct error *err);
bool range_alerts(const struct range *range, double value);

#endif
