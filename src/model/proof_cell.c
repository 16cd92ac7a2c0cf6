/* SPDX-License-Identifier: ISC */
#include "repmon/stored.h"

#define ASKED_BITS 27
#define CAUSE_BITS 5
_Static_assert(CAUSE_COUNT <= 1 << CAUSE_BITS, "a cause no longer fits a proof cell");

static uint64_t proof_clamp(int64_t value, uint64_t max)
{
    if (value < 0)
        return 0;
    return (uint64_t)value < max ? (uint64_t)value : max;
}

proof_cell proof_pack(const struct cell_proof *p)
{
    return proof_clamp(p->proven, UINT32_MAX) << (ASKED_BITS + CAUSE_BITS) |
           proof_clamp(p->asked / 60, (1u << ASKED_BITS) - 1) << CAUSE_BITS | (uint64_t)p->cause;
}

struct cell_proof proof_unpack(proof_cell c)
{
    unsigned cause = (unsigned)(c & ((1u << CAUSE_BITS) - 1));
    struct cell_proof p = {
        .proven = (time_t)(c >> (ASKED_BITS + CAUSE_BITS)),
        .asked = (time_t)(c >> CAUSE_BITS & ((1u << ASKED_BITS) - 1)) * 60,
        /* a cause from a later version: nothing was proven, and no more is known */
        .cause = cause < CAUSE_COUNT ? (enum cause)cause : CAUSE_NEVER_ASKED,
    };
    /* Asked in whole minutes, proven in seconds: what was proven was asked. */
    if (p.asked < p.proven)
        p.asked = p.proven;
    return p;
}
