/* SPDX-License-Identifier: ISC */
/* What the process does to itself before anything else, and what it checks at its end. */
#ifndef REPMON_CMD_STARTUP_H
#define REPMON_CMD_STARTUP_H

#include "repmon/error.h"

#include <stdbool.h>

/*
 * Closed standard descriptors become /dev/null (stdout one that refuses writing, so that a lost
 * report is noticed), SIGPIPE is ignored, files are born private, and memory that may hold keys
 * can't be dumped or traced.
 */
void startup(void);

/*
 * After `seconds` the process writes `text` (static) to `fd` and exits with 3, wherever it hangs;
 * alarm(0) takes that back.
 */
void startup_alarm(unsigned seconds, int fd, const char *text);

/*
 * Flushes stdout; false with ERR_IO when anything written to it was lost. The error has no text
 * when the reader is gone (`| head`): there is nothing to report.
 */
bool finish_output(struct error *err);

#endif
