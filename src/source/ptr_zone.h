/* SPDX-License-Identifier: ISC */
/*
 * The proof behind "this address has no reverse name". A resolver that denies every name would have
 * each address missing; so the zone in whose name it denies (the owner of the SOA, RFC 2308 section
 * 3) is asked for, too. Whoever was told "no" by a zone's own servers can also tell that the zone
 * exists; who denies everything denies it as well, and contradicts itself. Only ptr.c uses this.
 */
#ifndef PTR_ZONE_H
#define PTR_ZONE_H

#include "repmon/source.h"

/*
 * Whether a zone may deny `name`, both lower case: it is the name or above it, and lies in the
 * reverse tree. That in-addr.arpa itself did not exist (an SOA of the root) is never true.
 */
bool ptr_zone_may_deny(const char *zone, const char *name);

struct ptr_zone {
    char *name; /* owned */
    uint8_t via;
    enum cause cause; /* CAUSE_NONE: it exists; CAUSE_NEVER_ASKED: no answer yet */
};

/* An address without a name, twice denied. */
struct ptr_denied {
    uint32_t row, zone;
};
#define PTR_NO_ZONE UINT32_MAX /* the reverse tree did answer: with an alias that leads nowhere */

struct ptr_zones {
    struct ptr_zone *items; /* owned */
    size_t count, cap, asked;
    struct ptr_denied *denied; /* owned */
    size_t denied_count, denied_cap;
};

/* Remembers that `row` was denied by this answer. A new zone is to be asked for: items[asked]. */
void ptr_zones_deny(struct ptr_zones *z, size_t row, const struct reply *reply);

/* What an SOA question to items[zone] brought; `cause` is why it brought nothing. */
void ptr_zones_take(struct ptr_zones *z, size_t zone, enum cause cause, const struct reply *reply);

/* Why denied[i] does not count; CAUSE_NONE when it does. */
enum cause ptr_zones_cause(const struct ptr_zones *z, size_t i);

void ptr_zones_fini(struct ptr_zones *z);

#endif
