/* SPDX-License-Identifier: ISC */
/*
 * The last proven state as a report: what `status`, `check_repmon --state` and the metrics show.
 * Nothing is asked. Beliefs are judged with today's configuration; ages come from the proofs.
 */
#ifndef REPMON_STATUS_REPORT_H
#define REPMON_STATUS_REPORT_H

#include "repmon/conf.h"
#include "repmon/error.h"
#include "repmon/ip.h"
#include "repmon/report.h"

#include <stdio.h>

struct store;

struct status_options {
    const struct conf *conf;    /* borrowed as long as the report lives */
    const struct cidr *targets; /* borrowed: only these */
    size_t target_count;
    const char *const *labels; /* borrowed: and those with these labels; nothing of both: all */
    size_t label_count;
    int64_t max_age_ms; /* older than that since the last completed run: everything is unknown */
    bool all;           /* also what is plainly ok (-v) */
    bool past;          /* and what was: report.past is set */
};

/*
 * Reads the state at conf->state (read-only; a reader needs no write permission). A target of
 * `targets` or `labels` that is not watched is ERR_USAGE; before the first run it is ERR_INPUT.
 * False: *out is NULL; classes as store_open() names them. The report's notes tell the age of the
 * last run, held channels and what waits in the outbox, and a clock in doubt.
 */
bool status_report(const struct status_options *options, struct report **out, struct error *err);
void status_report_free(struct report *report);

/*
 * The metrics of the state as it is now, written to [prometheus] textfile (temporary file in the
 * same directory, fsync, rename, 0644). Does nothing without that key. A failed run calls it too.
 */
bool status_textfile(const struct conf *conf, struct store *store, struct error *err);

/*
 * The page of the state as it is now, to [html] file: written as the metrics are, but with mode and
 * group of the state, because it says as much. Does nothing without that key.
 */
bool status_page(const struct conf *conf, struct store *store, struct error *err);
/* The same to another file, and to a stream. */
bool status_page_to(const struct conf *conf, struct store *store, const char *path,
                    struct error *err);
bool status_page_print(const struct conf *conf, struct store *store, FILE *out, struct error *err);

/* The fact that holds when the credential of a list expires (decide_lists.c makes it). */
void status_expiry_key(const char *source, const char *list, char *out, size_t size);

#endif
