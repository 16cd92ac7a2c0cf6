/* SPDX-License-Identifier: ISC */
/* Rows of text in aligned columns, for people. Everything is cleaned once more when it is added;
 * nothing is ever cut off. */
#ifndef REPMON_CMD_TABLE_H
#define REPMON_CMD_TABLE_H

#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS 8
#define TABLE_PAGE    256 /* rows aligned together: a long table streams */

struct table {
    FILE *out; /* borrowed */
    bool color;
    unsigned width; /* of the terminal: wider rows take further, indented lines; 0: none */
    size_t columns;
    unsigned right;           /* bit set of columns that are aligned to the right */
    const char *const *heads; /* borrowed; NULL: none */
    struct table_row {
        char *cells[TABLE_COLUMNS]; /* owned */
        enum level level;           /* colours the cell `colored` */
    } rows[TABLE_PAGE];
    size_t count, colored;
    bool headed;
};

/* One cell for each column; NULL is "". A full page is printed. The last column is not padded. */
void table_row(struct table *t, enum level level, const char *const cells[]);

/* Prints what is left. */
void table_end(struct table *t);

#endif
