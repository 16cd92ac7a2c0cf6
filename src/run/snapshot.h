/* SPDX-License-Identifier: ISC */
/*
 * What the state held when the run began: everything that a run wants to know of earlier ones.
 * load.c reads it; from then on to the commit nothing is read from the state.
 */
#ifndef RUN_SNAPSHOT_H
#define RUN_SNAPSHOT_H

#include "repmon/facts.h"
#include "repmon/proofs.h"
#include "repmon/resolve.h"
#include "repmon/stored.h"

/* A list's positive test points, as the state names them. */
#define SNAPSHOT_TTL_IP4 "4+"
#define SNAPSHOT_TTL_IP6 "6+"

/* The fact that says which shard the last run was: "2/5". */
#define SNAPSHOT_SHARD "shard"

/* What is known of one list. */
struct snapshot_list {
    const char *source, *list; /* borrowed from snapshot.names */
    struct proofs proofs;
    uint32_t ttl[2]; /* highest TTL of its positive points of these days: IPv4, IPv6; 0: none */
    uint64_t used;   /* questions of earlier runs of this UTC day */
};

struct snapshot {
    int64_t run;     /* id that this run will have */
    bool is_new;     /* no run was ever committed */
    bool first_ever; /* none that was completed proved anything */
    bool looked;     /* one was completed */
    bool has_last;
    struct stored_run last; /* the newest run */
    struct resolve_known known;
    struct stored_beliefs beliefs;
    struct stored_list_beliefs list_beliefs;
    struct stored_list *names; /* owned: every list that the state knows */
    struct snapshot_list *lists;
    size_t list_count;
    struct fact_set facts; /* sorted by key */
    struct stored_samples samples;
    struct stored_listeners listeners;
};

void snapshot_fini(struct snapshot *s);

/* NULL: the state does not know the list. */
const struct snapshot_list *snapshot_list(const struct snapshot *s, const char *source,
                                          const char *list);
const struct list_belief *snapshot_list_belief(const struct snapshot *s, const char *source,
                                               const char *list);
struct shard snapshot_shard(const struct snapshot *s);
/* NULL: there is none. */
const char *snapshot_fact(const struct snapshot *s, const char *key);

#endif
