/* SPDX-License-Identifier: ISC */
/*
 * Questions over TCP, by c-ares: for answers that did not fit into a datagram. Each has its own
 * channel and thus its own connection: when a connection breaks, c-ares fails everything in flight
 * on it (1.18) or sends it all again (1.34); here that is one question.
 */
#ifndef DNS_TCP_H
#define DNS_TCP_H

#include "repmon/conf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_TCP_MAX 8 /* connections at once: name servers accept few from one client */

struct loop;
struct dns_tcp;

/* Called from loop_wait() or dns_tcp_work(), once per question; `msg` NULL: no answer came. */
typedef void dns_tcp_done(void *ctx, void *user, const uint8_t *msg, size_t len);

/* `loop` and `ctx` are borrowed. */
struct dns_tcp *dns_tcp_new(struct loop *loop, dns_tcp_done *done, void *ctx);
void dns_tcp_free(struct dns_tcp *tcp); /* questions under way are dropped without calling done() */

bool dns_tcp_has_room(const struct dns_tcp *tcp);

/* Asks; false when no connection can be made. `user` is what done() gets. */
bool dns_tcp_ask(struct dns_tcp *tcp, const struct conf_resolver *resolver, const uint8_t *query,
                 size_t len, int64_t timeout_ms, void *user);

/* Forgets the question of that user, if there is one. */
void dns_tcp_forget(struct dns_tcp *tcp, const void *user);

/* Handles time-outs; call at least every 100 ms while something is under way. */
void dns_tcp_work(struct dns_tcp *tcp);

#endif
