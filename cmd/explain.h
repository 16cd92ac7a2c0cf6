/* SPDX-License-Identifier: ISC */
/* What `repmon explain` prints about a stream that was read to its end. */
#ifndef REPMON_CMD_EXPLAIN_H
#define REPMON_CMD_EXPLAIN_H

#include "repmon/explain.h"

#include <stdbool.h>

/* `why`: with the row that fits and the words that matched. */
void explain_print_text(const struct explain_stream *stream, bool color, bool why);
/* One object a line (contract section 4); of a log with count, first_line and last_line. */
void explain_print_json(const struct explain_stream *stream, bool why);

#endif
