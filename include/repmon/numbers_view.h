/* SPDX-License-Identifier: ISC */
/* How a source shows the daily numbers of a list in `history --list NAME`. */
#ifndef REPMON_NUMBERS_VIEW_H
#define REPMON_NUMBERS_VIEW_H

#include "repmon/json_out.h"
#include "repmon/stored.h"

#define NUMBERS_CELLS 8

/* Of a row, those after day and address; room for those that are made here. */
struct numbers_cells {
    const char *cells[NUMBERS_CELLS];
    char text[NUMBERS_CELLS][24];
};

struct numbers_view {
    const char *list; /* its name; of an account's list what follows the account's: "/data" */
    const char *title;
    size_t columns, colored; /* day and address are the first two */
    unsigned right;          /* bit set of columns that are aligned to the right */
    const char *heads[NUMBERS_CELLS];
    /* The row as people see it, and its level for the cell `colored`. */
    enum level (*show)(const struct stored_numbers *n, struct numbers_cells *out);
    /* Its members, after day and target. */
    void (*json)(struct json_out *w, const struct stored_numbers *n);
};

/* The next cells: "-" for what was not reported. */
void numbers_show_counts(struct numbers_cells *out, const int64_t values[], size_t count);
void numbers_json_counts(struct json_out *w, const char *const keys[], const int64_t values[],
                         size_t count);

#endif
