/* SPDX-License-Identifier: ISC */
/* Finds where lines from a given time begin in a plain file, without reading what comes before. */
#ifndef INPUT_SINCE_H
#define INPUT_SINCE_H

#include "logfile.h"
#include "repmon/input.h"

/*
 * The beginning of a line at or after `from` (itself one) before which no line is as young as
 * `since`, provided lines are at most SINCE_SLACK_S out of order (late lines, and the hour that
 * local time repeats). By bisection; `from` if the file has no usable times.
 */
#define SINCE_SLACK_S 7200
uint64_t since_offset(struct logfile *f, uint64_t from, int64_t since, input_time_fn *time_of,
                      void *ctx);

#endif
