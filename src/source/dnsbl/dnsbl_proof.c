/* SPDX-License-Identifier: ISC */
#include "repmon/dnsbl_proof.h"

static bool is_listed(struct point p)
{
    return p.state == POINT_RIGHT || p.state == POINT_WRONG;
}

/* Why a test proves nothing; CAUSE_NONE when it did answer. An error without a cause, and a state
 * that can't be, prove as little as a test that was never made. */
static enum cause trouble(struct point p)
{
    if (p.state == POINT_ABSENT || p.state == POINT_CLEAN || is_listed(p))
        return CAUSE_NONE;
    return p.state == POINT_ERROR && p.cause != CAUSE_NONE ? p.cause : CAUSE_NEVER_ASKED;
}

/* What the positive point alone says about an empty answer. */
static enum cause empty_by_positive(struct point positive)
{
    if (trouble(positive) != CAUSE_NONE)
        return trouble(positive);
    if (positive.state == POINT_ABSENT)
        return CAUSE_UNPROVEN;
    return positive.state == POINT_RIGHT ? CAUSE_NONE : CAUSE_UNTRUSTED;
}

struct proof dnsbl_proof(struct point positive, struct point negative, struct point random)
{
    if (is_listed(negative) || is_listed(random))
        return (struct proof){.standing = {CAUSE_UNTRUSTED, CAUSE_UNTRUSTED}};

    if (random.state == POINT_ABSENT)
        random.state = POINT_PENDING;
    enum cause doubt = trouble(negative) != CAUSE_NONE ? trouble(negative) : trouble(random);
    enum cause empty = empty_by_positive(positive);
    if (doubt != CAUSE_NONE) {
        /* "unproven" is a normal cause: it would hide that the list fails to answer */
        if (empty == CAUSE_NONE || empty == CAUSE_UNPROVEN)
            empty = doubt;
        return (struct proof){.standing = {.empty = empty, .listing = doubt}};
    }
    return (struct proof){.standing = {.empty = empty, .listing = CAUSE_NONE},
                          .not_proven =
                              positive.state == POINT_CLEAN || positive.state == POINT_WRONG};
}

uint32_t dnsbl_proof_age(uint32_t *highest, uint32_t ttl)
{
    if (ttl > *highest)
        *highest = ttl;
    return *highest - ttl;
}
