/* SPDX-License-Identifier: ISC */
/*
 * One run of the cron job: inventory, ask what is due, judge, commit once, deliver. It can be
 * killed at any moment without losing or inventing anything.
 */
#ifndef REPMON_RUN_H
#define REPMON_RUN_H

#include "repmon/buf.h"
#include "repmon/channel.h"
#include "repmon/conf.h"
#include "repmon/error.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run_options {
    const struct conf *conf; /* borrowed */
    bool all;                /* intervals are ignored */
    bool dry_run;            /* nothing is written or sent; `text` is what would be told */
    bool accept_inventory;
    void (*progress)(void *ctx, uint64_t done, uint64_t total, const char *text); /* or NULL */
    void *ctx;
    channel_print print; /* for the channel stdout; NULL: it waits */
};

struct run_result {
    bool proved;           /* at least one answer was proven */
    size_t changes;        /* what was new */
    bool untold;           /* something was new, and no channel took it */
    size_t targets, lists; /* of this run; 0 when it failed before it asked */
    size_t unproven;       /* lists of them that could not be queried or trusted */
    struct buf text;       /* the digest for stdout: dry run, or no other channel took it */
};

/*
 * The caller holds store_lock(). False: nothing was committed, or what followed the commit (the
 * outbox, the textfile) could not be written; see errors. result is filled in any case; free it
 * with run_result_fini(). When nothing could be asked the run is committed all the same, and
 * result->proved is false.
 */
bool run_once(const struct run_options *options, struct run_result *result, struct errors *errors);
void run_result_fini(struct run_result *result);

#endif
