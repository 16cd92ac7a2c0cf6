/* SPDX-License-Identifier: ISC */
/* What `repmon explain` prints about a stream that was read to its end. */
#ifndef REPMON_CMD_EXPLAIN_H
#define REPMON_CMD_EXPLAIN_H

#include "command.h"
#include "repmon/explain.h"
#include "repmon/inflate.h"

#include <stdbool.h>

/* `why`: with the row that fits and the words that matched. */
void explain_print_text(const struct explain_stream *stream, bool color, bool why);
/* One object a line (repmon(1), JSON); of a log with count, first_line and last_line. */
void explain_print_json(const struct explain_stream *stream, bool why);

/*
 * Reads to the end, gzip or not. What came before an error was given to the sink; `empty` is what
 * to say of an input without a byte.
 */
bool explain_read(int fd, const char *name, const char *empty, inflate_sink *sink, void *context,
                  struct error *err);

/* `explain --replay LOG…`; an exit code. */
int explain_replay(struct context *ctx, char **paths, size_t count, struct error *err);

#endif
