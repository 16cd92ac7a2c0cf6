/* SPDX-License-Identifier: ISC */
/*
 * One line on stderr, if that is a terminal, that shows how far a run has got, and erases itself.
 * Silent until started; it makes way for log lines. It knows nothing about what is being done.
 */
#ifndef REPMON_PROGRESS_H
#define REPMON_PROGRESS_H

#include <stdint.h>

/* Shows progress from now on if stderr is a terminal that can erase a line; else does nothing. */
void progress_start(void);

/* At most ten times a second, whatever the caller does. `text` is a few words; done and
 * total count answers; total 0: unknown. */
void progress_update(uint64_t done, uint64_t total, const char *text);

/* Erases the line; nothing is shown any more. */
void progress_stop(void);

#endif
