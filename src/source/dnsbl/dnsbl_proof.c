/* SPDX-License-Identifier: ISC */
#include "dnsbl_proof.h"

static bool dnsbl_is_listed(struct point p)
{
    return p.state == POINT_RIGHT || p.state == POINT_WRONG;
}

/* Why a test proves nothing; CAUSE_NONE when it was answered. An error without a cause, or an
 * impossible state, proves as little as a test that was never made. */
static enum cause dnsbl_trouble(struct point p)
{
    if (p.state == POINT_ABSENT || p.state == POINT_CLEAN || dnsbl_is_listed(p))
        return CAUSE_NONE;
    return p.state == POINT_ERROR && p.cause != CAUSE_NONE ? p.cause : CAUSE_NEVER_ASKED;
}

/* What the positive point alone says about an empty answer. */
static enum cause dnsbl_empty_by_positive(struct point positive)
{
    if (dnsbl_trouble(positive) != CAUSE_NONE)
        return dnsbl_trouble(positive);
    if (positive.state == POINT_ABSENT)
        return CAUSE_UNPROVEN;
    return positive.state == POINT_RIGHT ? CAUSE_NONE : CAUSE_UNTRUSTED;
}

static const struct proof untrusted = {.validity = {CAUSE_UNTRUSTED, CAUSE_UNTRUSTED}};

static bool dnsbl_proof_counts(enum cause cause)
{
    return cause == CAUSE_NONE;
}

/* The negative point is listed: a bad report, if all else is as it should be. */
static struct proof dnsbl_lists_its_clean_point(const struct point points[static POINTS])
{
    bool otherwise_good = points[POSITIVE].state == POINT_RIGHT &&
                          points[RANDOM_LABEL].state == POINT_CLEAN &&
                          points[RANDOM_ADDRESS].state == POINT_CLEAN;
    if (!otherwise_good)
        return untrusted;
    return (struct proof){.validity = {CAUSE_NONE, CAUSE_NONE}, .note = NOTE_LISTS_CLEAN};
}

struct proof dnsbl_proof(const struct point points[static POINTS])
{
    struct point positive = points[POSITIVE], negative = points[NEGATIVE];
    struct point random = points[RANDOM_LABEL];
    if (dnsbl_is_listed(random) || dnsbl_is_listed(points[RANDOM_ADDRESS]))
        return untrusted;
    if (dnsbl_is_listed(negative))
        return dnsbl_lists_its_clean_point(points);

    if (random.state == POINT_ABSENT)
        random.state = POINT_PENDING;
    enum cause doubt =
        dnsbl_trouble(negative) != CAUSE_NONE ? dnsbl_trouble(negative) : dnsbl_trouble(random);
    enum cause empty = dnsbl_empty_by_positive(positive);
    if (doubt != CAUSE_NONE) {
        /* "unproven" is a normal cause: it would hide that the list fails to answer */
        if (empty == CAUSE_NONE || empty == CAUSE_UNPROVEN)
            empty = doubt;
        return (struct proof){.validity = {.empty = empty, .listing = doubt}};
    }
    bool wrong = positive.state == POINT_CLEAN || positive.state == POINT_WRONG;
    return (struct proof){.validity = {.empty = empty, .listing = CAUSE_NONE},
                          .note = wrong ? NOTE_NOT_PROVEN : NOTE_NONE};
}

struct proof dnsbl_proof_after(const struct proof *before, const struct proof *found,
                               struct proof_said said)
{
    struct validity was = before->validity;
    struct proof out = *found;
    if (was.listing == CAUSE_UNTRUSTED || found->validity.listing == CAUSE_UNTRUSTED)
        return untrusted;
    if (!dnsbl_proof_counts(was.empty) && said.empty)
        out.validity.empty = was.empty;
    /* an error now does not undo what was seen listed */
    if (dnsbl_proof_counts(was.listing) || said.listing)
        out.validity.listing = was.listing;
    return out;
}

#define DAY_S 86400u

static uint32_t dnsbl_at_most_a_day(uint32_t ttl)
{
    return ttl < DAY_S ? ttl : DAY_S;
}

uint32_t dnsbl_proof_age(uint32_t highest, uint32_t ttl)
{
    uint32_t most = dnsbl_at_most_a_day(highest), left = dnsbl_at_most_a_day(ttl);
    return most > left ? most - left : 0;
}
