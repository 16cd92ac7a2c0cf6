/* SPDX-License-Identifier: ISC */
/* A check, shared by check_run.c, the chain of its steps, check_resolve.c, which finds out what the
 * words of the command line stand for, and check_report.c, which shows the results. */
#ifndef CHECK_PARTS_H
#define CHECK_PARTS_H

#include "repmon/check_run.h"

#include "repmon/loop.h"
#include "repmon/session.h"

/* The report and everything it borrows from. */
struct check {
    struct report report;
    struct session session;
    struct inventory inventory;
    struct report_list *lists; /* owned, parallel to the columns */
    struct buf url;            /* of the last result */
    struct buf heard;          /* who answered */
    struct verdict verdict;    /* of the last result */
    struct advice advice;      /* of the last result */
    char trouble[640];         /* of a name */
    struct loop *loop;         /* owned, until the report */
    time_t now;
    int64_t started_ms, deadline_ms; /* on clock_mono_ms() */
    bool cut;                        /* the deadline or a signal cut the questions short */
};

/* Blocks, domains and host names become the inventory. */
bool check_resolve(const struct check_options *o, struct check *c, struct error *err);

/* Fills c->report, which borrows the rest of *c. */
void check_report(const struct check_options *o, struct check *c);

#endif
