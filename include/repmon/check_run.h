/* SPDX-License-Identifier: ISC */
/*
 * The run behind `repmon check` and `check_repmon`: targets in, a report out. It touches no state,
 * prints nothing, and works with the defaults of conf_init() as well as with a file. Implemented in
 * src/probe/check_run.c; the command line is its only caller.
 */
#ifndef REPMON_CHECK_RUN_H
#define REPMON_CHECK_RUN_H

#include "repmon/conf.h"
#include "repmon/error.h"
#include "repmon/ip.h"
#include "repmon/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Everything is borrowed for the length of check_run(), and `conf` as long as the report lives. */
struct check_options {
    const struct conf *conf; /* never NULL; [targets] is not looked at, but max_targets binds */

    const struct cidr *blocks; /* addresses and blocks, in the order of the command line */
    size_t block_count;
    const char *const *hosts; /* host names: all their A and AAAA; the label is the name */
    size_t host_count;

    const char *const *domains; /* sending domains; of `hosts` those that are configured as one, */
    size_t domain_count;        /* and those that exist without an address, are added to them */

    const char *const *sources; /* words; none: what the configuration has on */
    size_t source_count;
    const char *const *lists; /* DNSBL zones, lower case, no trailing dot: ask these and no other */
    size_t list_count;        /* 0: as configured */

    int64_t deadline_ms; /* 0: conf->deadline_ms. What has not answered then is `timeout` */

    /* Called as often as the probe likes; NULL: not shown. `text` names the phase. */
    void (*progress)(void *ctx, uint64_t done, uint64_t total, const char *text);
    void *ctx;
};

/*
 * Asks now. On true *out is a filled report (result() gives every pair that was asked, also the
 * proven-ok ones); free it with check_report_free(). Remote trouble is in the report, not an error.
 *
 * On false `err` says what is wrong and what to do about it, and *out is NULL:
 * - a zone in `lists` that is a slip of a known one, or no domain name (ERR_USAGE: names the
 *   nearest known one); other unknown ones are queried as the user's own lists, with a note;
 * - one that the catalogue knows as dead or domain-only (ERR_USAGE: with date and reason);
 * - a source in `sources` that is not configured (ERR_CONFIG: names the section it needs);
 * - a host name that does not exist, or has no addresses of its own, or one that could not be
 * looked up (ERR_INPUT: names it); one of which a part is known is not an error: the report's
 * `trouble` says what is missing;
 * - too many targets (ERR_USAGE: names max_targets), no resolver at all (ERR_CONFIG).
 */
bool check_run(const struct check_options *options, struct report **out, struct error *err);

void check_report_free(struct report *report); /* NULL is fine */

#endif
