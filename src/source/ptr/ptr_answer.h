/* SPDX-License-Identifier: ISC */
/*
 * Reverse DNS of one address, judged: what its PTR names, their forward look-ups and the expected
 * HELO name say together. Pure; the questions are ordered by source/ptr.c.
 */
#ifndef REPMON_PTR_ANSWER_H
#define REPMON_PTR_ANSWER_H

#include "repmon/buf.h"
#include "repmon/ip.h"
#include "repmon/limits.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>

/* Names of one address that are looked up; more than a few are a mistake by its owner. */
#define PTR_NAMES_MAX 8

/* Whether the name's A (AAAA) records resolve back to the address. */
enum ptr_forward {
    PTR_OPEN = 0,  /* not known yet, or the look-up failed: see cause */
    PTR_CONFIRMED, /* the address is among them */
    PTR_DENIED,    /* the name has others, or provably none, or can't be a host name */
};

struct ptr_name {
    char name[LIMIT_DNS_NAME + 1]; /* lower case, no final dot; as the DNS gave it */
    enum ptr_forward forward;
    enum cause cause; /* of PTR_OPEN */
};

struct ptr_facts {
    struct ip ip;
    const char *helo; /* borrowed: the name its server gives in HELO; NULL: none configured */
    const struct ptr_name *names;
    size_t count; /* at least one */
    size_t total; /* PTR records there are; more than `count` were not looked up */
};

#define PTR_ANSWERS_MAX 32

/*
 * The sorted words "confirmed", "generic", "mismatch" (and never "missing") for *facts; `detail`
 * gets what a person wants to know, cleaned. CAUSE_NONE, or why nothing is proven: a look-up failed
 * and no other name settles the matter.
 */
enum cause ptr_judge(const struct ptr_facts *facts, char answers[static PTR_ANSWERS_MAX],
                     struct buf *detail);

/*
 * Whether the name looks like one that a provider gives to every address: the address's own digits
 * (decimal, padded, hexadecimal, forwards or backwards), words of dial-up lines, or words such as
 * "static" next to one of its octets. Receivers judge such names by patterns like these; the
 * registered domain (the last two labels) is not looked at.
 */
bool ptr_is_generic(const char *name, const struct ip *ip);

/* True when the negative answers are the resolver's doing: more than half of all `judged` targets
 * turned missing at once, and more than two. */
bool ptr_is_mass_loss(size_t judged, size_t turned);

#endif
