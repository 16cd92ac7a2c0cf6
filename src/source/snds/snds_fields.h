/* SPDX-License-Identifier: ISC */
/*
 * Between the readers of CSV and JSON and the reports: which column is which, and a row as its
 * fields in the order of the CSV without a header. Private to source/snds/.
 */
#ifndef REPMON_SOURCE_SNDS_FIELDS_H
#define REPMON_SOURCE_SNDS_FIELDS_H

#include "snds_report.h"

#define SNDS_DATA_COLUMNS   14
#define SNDS_STATUS_COLUMNS 4
#define SNDS_COLUMNS_MAX    32   /* of a report with a header of its own */
#define SNDS_FIELD_MAX      4096 /* anything longer is not a field but a stray quote */

/* One of the two reports: its columns in the order they have without a header. */
struct snds_columns {
    size_t count;
    size_t least; /* fewest without a header: fewer are another format */
    /* Names of each in headings and JSON, best first, lower case without blanks and signs. */
    const char *const (*names)[6];
    const bool *needed; /* a header without them is another format */
};
extern const struct snds_columns snds_data_columns, snds_status_columns;

/* where each column is in the rows of one report, counted from 1; 0: nowhere. */
struct snds_layout {
    size_t at[SNDS_DATA_COLUMNS];
    size_t count; /* fields of a row; one more at the end is an unquoted comma of the last column */
    size_t least;
    bool header; /* the first row was one of headings */
};

/*
 * The layout that the first row of a report shows: by its names if it is a row of headings, else
 * the default order. False with err: headings that lack a needed column or name one twice.
 */
bool snds_layout_read(const struct snds_columns *columns, const char *const *fields, size_t count,
                      struct snds_layout *out, struct error *err);

/* Whether a name of a heading or a key is `known`, a word of the tables. */
bool snds_name_is(const char *name, const char *known);

/* One row. All borrowed until take() returns. */
struct snds_record {
    size_t number;             /* in the report, from 1, headings counted */
    const char *const *fields; /* those of the columns; "" for one that is not there */
    const char *const *all;    /* the row as it came */
    size_t count;              /* of `all` */
};

struct snds_taker {
    const struct snds_columns *columns; /* borrowed */
    /* False with err: the report is bad. */
    bool (*take)(void *ctx, const struct snds_record *record, struct error *err);
    void *ctx;
};

/* Both hand over every row except headings, in order. False with err: not read to the end. */
bool snds_csv_read(const struct snds_body *body, const struct snds_taker *taker, struct error *err);
bool snds_json_read(const struct snds_body *body, const struct snds_taker *taker,
                    struct error *err);

#endif
