/* SPDX-License-Identifier: ISC */
/*
 * Questions straight to the name servers of a zone, past the resolver: what it denied they may
 * know. They prove nothing about a list, so nothing of the resolver's window, limit and fail-over
 * is used or learned; of a zone's servers the next one is asked when one is silent.
 */
#ifndef PROBE_AUTHORITIES_H
#define PROBE_AUTHORITIES_H

#include "repmon/dns.h"

struct authorities;

/* done() of `hooks` as of dns_new(); the others are not called. */
struct authorities *authorities_new(struct loop *loop, const struct dns_hooks *hooks);
void authorities_free(struct authorities *a);

/* False: questions to too many zones are open, or there is no server. */
bool authorities_ask(struct authorities *a, const struct conf_resolver *servers, size_t count,
                     const struct dns_question *question);

/* As dns_work(), dns_wake_ms() and dns_stop(); without open questions `otherwise` is the wake. */
void authorities_work(struct authorities *a);
int64_t authorities_wake_ms(const struct authorities *a, int64_t otherwise);
void authorities_stop(struct authorities *a);

#endif
