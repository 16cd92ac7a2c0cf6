/* SPDX-License-Identifier: ISC */
/*
 * Questions straight to the name servers of a zone, past the resolver: they may know what it
 * denied. They prove nothing about a list, so they neither use nor affect the resolver's window,
 * limit and fail-over; when one of a zone's servers is silent, the next one is asked.
 */
#ifndef PROBE_AUTHORITIES_H
#define PROBE_AUTHORITIES_H

#include "repmon/dns.h"

struct authorities;

/* Calls done() of `hooks` as described at dns_new(), and none of the other hooks. */
struct authorities *authorities_new(struct loop *loop, const struct dns_hooks *hooks);
void authorities_free(struct authorities *a);

/* False: questions to too many zones are open, or there is no server. */
bool authorities_ask(struct authorities *a, const struct conf_resolver *servers, size_t count,
                     const struct dns_question *question);

/* Like dns_work(), dns_wake_ms() and dns_stop(); `otherwise`: the wake if no question is open. */
void authorities_work(struct authorities *a);
int64_t authorities_wake_ms(const struct authorities *a, int64_t otherwise);
void authorities_stop(struct authorities *a);

#endif
