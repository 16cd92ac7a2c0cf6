/* SPDX-License-Identifier: ISC */
/*
 * The table of proof and nothing else: what a list's tests prove about an empty answer and about a
 * listing. Pure; one call per list, family and resolver.
 */
#ifndef DNSBL_PROOF_H
#define DNSBL_PROOF_H

#include "repmon/results.h"
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

/* What is asked of a list; each through one resolver and for one family. */
enum point_number {
    POSITIVE = 0,   /* the test address that must be listed */
    NEGATIVE,       /* the one that must not */
    RANDOM_LABEL,   /* not an address: something no cache can hold */
    RANDOM_ADDRESS, /* asked only when the negative point is listed; else ABSENT */
    POINTS
};

/* A reservation about the answers. */
enum proof_note {
    NOTE_NONE = 0,
    NOTE_NOT_PROVEN, /* listings only: the positive point is not as it should be */
    NOTE_LISTS_CLEAN /* the negative point alone is listed: a bad report, no wildcard */
};

struct proof {
    struct validity validity;
    enum proof_note note;
};

/*
 * The documented rows first; cases they leave open are decided so that an empty answer counts only
 * when the positive point is right and nothing random is listed, and a listing only when nothing
 * random is listed:
 *  - a negative point or random label that gave an error or is pending leaves a wildcard possible
 *    (no listing counts) and the list in doubt (no empty answer counts), with that cause;
 *  - a list without a negative point (ABSENT) is judged by its random label alone; a random label
 *    can't be absent and is taken as pending; so is an absent random address when the negative
 *    point is listed;
 *  - a pending test has the cause `never-asked`.
 */
struct proof dnsbl_proof(const struct point points[static POINTS]);

/* Which kinds of answer about addresses came while the earlier proof held. */
struct proof_said {
    bool empty, listing;
};

/*
 * What counts after another round. A later round may confirm or void what earlier ones proved, but
 * never revive what was said while the list did not prove itself. A list once found to list
 * everything stays untrusted.
 */
struct proof dnsbl_proof_after(const struct proof *before, const struct proof *found,
                               struct proof_said said);

/*
 * Age in seconds of an answer that may come from a cache: the highest TTL of the point in recent
 * days less the TTL now. Both are capped at a day (RFC 8767 section 4 advises resolvers to keep
 * nothing longer than a week; most keep it a day), so that one absurd TTL can't put off all
 * clearing. Never negative.
 */
uint32_t dnsbl_proof_age(uint32_t highest, uint32_t ttl);

#endif
