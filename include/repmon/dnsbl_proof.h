/* SPDX-License-Identifier: ISC */
/*
 * The table of contract section 8 and nothing else: what a list's three tests prove about an empty
 * answer and about a listing. Pure; one call per list, family and resolver.
 */
#ifndef REPMON_DNSBL_PROOF_H
#define REPMON_DNSBL_PROOF_H

#include "repmon/grid.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stdint.h>

enum point_state {
    POINT_PENDING = 0, /* not asked or not answered yet: proves nothing */
    POINT_ABSENT,      /* the list has no such point */
    POINT_CLEAN,       /* answered: not listed */
    POINT_RIGHT,       /* listed, with the answer the catalogue names */
    POINT_WRONG,       /* listed, with another answer */
    POINT_ERROR,       /* error answer, SERVFAIL, time-out, …: see cause */
    POINT_STATE_COUNT
};

struct point {
    enum point_state state;
    enum cause cause; /* POINT_ERROR: why */
};

struct proof {
    struct standing standing;
    bool not_proven; /* listings count, but are noted "list not proven" */
};

/*
 * `positive`, `negative`, `random` as found through one resolver. Rows of the contract first; what
 * it leaves open is decided so that only "right, clean, clean" lets an empty answer count, and only
 * clean negative tests let a listing count:
 *  - a negative point or random label that gave an error or is pending leaves a wildcard possible
 *    (no listing counts) and the list in doubt (no empty answer counts), with that cause;
 *  - a list without a negative point (ABSENT) is judged by its random label alone; a random label
 *    can't be absent, and counts as pending then;
 *  - a pending test has the cause `never-asked`.
 */
struct proof dnsbl_proof(struct point positive, struct point negative, struct point random);

/*
 * Age in seconds of an answer that may come from a cache: the highest TTL ever seen for the point,
 * which is raised when `ttl` is higher, less the TTL now. Never negative.
 */
uint32_t dnsbl_proof_age(uint32_t *highest, uint32_t ttl);

#endif
