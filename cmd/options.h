/* SPDX-License-Identifier: ISC */
/*
 * Option tables: one row per option, from which parsing and help both come. A thin coat over
 * getopt_long(); it knows nothing of commands.
 */
#ifndef REPMON_CMD_OPTIONS_H
#define REPMON_CMD_OPTIONS_H

#include "repmon/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct option_row {
    char letter;      /* 0: none */
    const char *name; /* long name */
    const char *arg;  /* "FILE"; NULL: takes none */
    const char *help; /* one sentence, no full stop */
};

/* Rows that share one handler. */
struct option_group {
    const struct option_row *rows; /* borrowed */
    size_t count;
    /* Called for each option given; false with *err set ends the parsing. `value` may be NULL. */
    bool (*set)(void *data, size_t row, const char *value, struct error *err);
    void *data; /* borrowed */
};

/*
 * Parses argv from argv[1] on; the first group with a name wins. With `stop` it ends at the first
 * word that is no option, else words are moved to the end of argv. Returns the index of the first
 * word, or -1 with *err (ERR_USAGE) set.
 */
int options_parse(const struct option_group *groups, size_t count, int argc, char **argv, bool stop,
                  struct error *err);

/* "  -c, --config FILE  the configuration …", aligned and wrapped at 78 columns. */
void options_help(FILE *out, const struct option_group *group);

/* Columns for text: never wider than is easy to read, or than the terminal. */
unsigned help_width(FILE *out);

/* Text at `indent`, wrapped at 78 columns; the cursor is at column `at`. */
void help_words(FILE *out, unsigned at, unsigned indent, const char *text);

#endif
