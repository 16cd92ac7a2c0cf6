/* SPDX-License-Identifier: ISC */
/*
 * Between the readers of CSV and JSON and the reports: a row as its fields, in the order of the
 * CSV columns. Private to source/.
 */
#ifndef REPMON_SOURCE_SNDS_FIELDS_H
#define REPMON_SOURCE_SNDS_FIELDS_H

#include "repmon/snds_report.h"

#define SNDS_DATA_COLUMNS   14
#define SNDS_DATA_LEAST     13 /* the last one is left out at times */
#define SNDS_STATUS_COLUMNS 4
#define SNDS_FIELD_MAX      4096 /* longer is no field but a quote that went astray */

/* Takes one row; false with err: the report is bad. */
struct snds_taker {
    bool (*take)(void *ctx, const char *const *fields, size_t count, struct error *err);
    void *ctx;
    size_t columns, least; /* fields beyond `columns` are joined to the last */
};

/* Both hand over every row in order. False with err: not to be read to its end. */
bool snds_csv_read(const struct snds_body *body, const struct snds_taker *taker, struct error *err);
bool snds_json_read(const struct snds_body *body, const struct snds_taker *taker,
                    struct error *err);

#endif
