/* SPDX-License-Identifier: ISC */
/*
 * Resolvers open to everyone. Several lists refuse them or, worse, answer "not listed" to all
 * (Spamhaus' notices on public resolvers), so that using one is worth a warning.
 */
#ifndef REPMON_PUBLIC_RESOLVER_H
#define REPMON_PUBLIC_RESOLVER_H

#include "repmon/ip.h"

/* The operator's name ("Google Public DNS"), or NULL when the address is not a known one. */
const char *public_resolver_name(const struct ip *ip);

#endif
