/* SPDX-License-Identifier: ISC */
/*
 * IPv6 addresses that stand for IPv4 ones and are not addresses of the host: those that a DNS64
 * makes up (RFC 6147) under the well-known prefixes (RFC 6052, RFC 8215) or under those that its
 * answer for ipv4only.arpa reveals (RFC 7050), and IPv4-mapped ones. Pure.
 */
#ifndef DNS64_H
#define DNS64_H

#include "repmon/dns.h"
#include "repmon/ip.h"

#include <stdbool.h>
#include <stddef.h>

#define DNS64_NAME     "ipv4only.arpa"
#define DNS64_PREFIXES 16

struct dns64 {
    struct cidr prefixes[DNS64_PREFIXES];
    size_t count;
};

/* The AAAA records of DNS64_NAME. */
void dns64_learn(struct dns64 *d, const struct dns_answer *answer);
bool dns64_is_made_up(const struct dns64 *d, const struct ip *ip);

#endif
