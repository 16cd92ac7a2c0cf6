/* SPDX-License-Identifier: ISC */
/*
 * What sources bring back besides answers: facts, numbers, TTLs. Committed with what was judged, so
 * that both are durable together or not at all.
 */
#ifndef RUN_LEARNED_H
#define RUN_LEARNED_H

#include "lists.h"
#include "plan.h"
#include "snapshot.h"

#include "repmon/judge.h"
#include "repmon/session.h"
#include "repmon/source.h"

struct learned_number {
    size_t column;
    struct source_number n; /* its strings owned */
};

struct learned {
    struct fact_set facts;          /* edits */
    struct learned_number *numbers; /* owned */
    size_t number_count, number_cap;
    uint32_t (*ttl)[2]; /* owned, one a column: of its points in this run: IPv4, IPv6; 0: none */
};

/* What sources may ask of earlier runs, and where they put what they learn. All borrowed. */
struct learning {
    const struct run_lists *lists;
    const struct snapshot *snapshot;
    const struct plan *plan;
    const struct inventory *inventory;
    const struct session *session; /* its results is there once the sources are open */
    const struct judge *judge;
    time_t now;
    struct learned *out;
};

struct source_env learned_hooks(struct learning *l);
void learned_init(struct learned *l, size_t columns);
void learned_fini(struct learned *l);

#endif
