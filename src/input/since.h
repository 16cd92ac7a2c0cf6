/* SPDX-License-Identifier: ISC */
/* Where in a plain file the lines of a time begin, without reading what is before. */
#ifndef INPUT_SINCE_H
#define INPUT_SINCE_H

#include "logfile.h"
#include "repmon/input.h"

/*
 * The beginning of a line at or after `from` (itself one) before which no line is as young as
 * `since`, if lines are at most SINCE_SLACK_S out of order: late lines, and the hour that local
 * time has twice. By bisection; `from` when the file does not tell.
 */
#define SINCE_SLACK_S 7200
uint64_t since_offset(struct logfile *f, uint64_t from, int64_t since, input_time_fn *time_of,
                      void *ctx);

#endif
