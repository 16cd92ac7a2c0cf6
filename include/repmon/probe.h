/* SPDX-License-Identifier: ISC */
/*
 * Sends the queries: takes requests from the sources' queues while there is room, keeps each queue
 * to its rate, and gives every request exactly one reply. What it learns goes into the results; it
 * judges nothing.
 */
#ifndef REPMON_PROBE_H
#define REPMON_PROBE_H

#include "repmon/dns.h"
#include "repmon/source.h"

/* A source at work; both borrowed. */
struct probe_source {
    const struct source *ops;
    void *state;
};

struct probe_options {
    struct loop *loop;             /* borrowed */
    const struct dns_options *dns; /* borrowed */
    const char *ca_file;           /* besides the system's certificates; NULL */
    int64_t deadline_ms;           /* on clock_mono_ms(); 0: none */
    void (*progress)(void *ctx, uint64_t done, uint64_t total, const char *text); /* or NULL */
    void *ctx;
    uint64_t total;   /* for progress: cells to be asked */
    uint64_t targets; /* the same, of one list */
};

struct probe_stats {
    uint64_t sent, again; /* datagrams, and those of them that were repeated */
    unsigned limit; /* questions at once that the resolver in use was kept to; 0: none was seen */
    uint8_t via;    /* its number */
    bool cut;       /* the deadline ended it */
};

/* Runs until every queue is done or the deadline, then calls finish() of every source. False only
 * when nothing could be started (no resolver, a bad ca_file); remote trouble is in the results. A
 * queue holds at most an eighth of the window until it has answered, and again when it falls
 * silent; after eight lost requests in a row it pauses, first for a few seconds, which the run
 * waits out, then for a minute, which it does not.
 */
bool probe_run(const struct probe_options *options, const struct probe_source *sources,
               size_t count, struct probe_stats *stats, struct error *err);

#endif
