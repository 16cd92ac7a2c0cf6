/* SPDX-License-Identifier: ISC */
/* A report on standard output: the format by its name, colour and width by the terminal. */
#ifndef REPMON_CMD_OUTPUT_H
#define REPMON_CMD_OUTPUT_H

#include "repmon/render.h"

/* The renderer of that name; ERR_USAGE that lists the names otherwise. */
const struct renderer *output_format(const char *name, struct error *err);

/* Columns of the terminal for tables; 0 when stdout is none: then a row stays one line. */
unsigned output_table_width(void);

/* Fills width and colour; the rest of *options stays as it is. */
void output_terminal(struct render_options *options);

/* Writes all of it to standard output at once, past stdio's buffer, so that a failure is known. */
bool output_write(const char *text, size_t len, struct error *err);

#endif
