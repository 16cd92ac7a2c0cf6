/* SPDX-License-Identifier: ISC */
#include "dns_state.h"

#define CLOSED_MS 300  /* how long a port found closed counts as closed */
#define GONE_MS   5000 /* after a port was closed this long, the last resolver is gone */

/* The port is closed: queries in flight were not received either and don't count as tries. */
void dns_send_nobody(struct dns *dns)
{
    dns_health_nobody(&dns->health, dns_now_ms(dns));
    for (uint32_t i = 0; i < dns->slot_count; i++) {
        struct question *q = dns->questions[i];
        if (q->state != OPEN && (q->state != WAITING || q->tcp || !q->sent))
            continue;
        dns_question_leave(dns, q, false);
        q->fresh = q->replaces = true;
        q->sends = 0;
        q->end_ms = 0;
        dns_question_wait(dns, q);
    }
}

bool dns_send_is_closed(const struct dns *dns)
{
    return dns->health.nobody_ms && dns_now_ms(dns) - dns->health.nobody_last < CLOSED_MS;
}

bool dns_send_is_gone(const struct dns *dns)
{
    int64_t patience = dns->timeout_ms * dns->tries;
    return dns->via + 1u >= dns->count && dns_send_is_closed(dns) &&
           dns_health_is_gone(&dns->health, patience < GONE_MS ? patience : GONE_MS);
}

/* Nothing gets through over TCP: a firewall, or no such service. */
bool dns_send_is_udp_only(const struct dns *dns)
{
    return dns->tcp_lost >= DNS_TCP_MAX;
}

static void dns_begin(struct dns *dns, struct question *q)
{
    dns_question_drop_id(dns, q);
    q->id = dns_question_id(dns, q->index + 1);
    q->socket = 0;
    if (dns->sockets.count > 1)
        q->socket = (uint8_t)(dns_question_random(dns) % dns->sockets.count);
    q->fresh = false;
    q->plain = dns_question_list(dns, q)->plain;
    q->sent_us = dns->now_us;
    q->wait_ms = dns->mean_us ? dns_question_first_wait(dns, q) : DNS_LEAST_WAIT_MS;
    if (!q->end_ms)
        q->end_ms = dns_now_ms(dns) + dns->timeout_ms * dns->tries;
}

static size_t dns_write_query(const struct question *q, uint8_t out[static DNS_QUERY_MAX])
{
    const struct dns_query query = {q->asked.name, q->asked.type, q->id, q->plain};
    return dns_query_write(&query, out);
}

static void dns_count_send(struct dns *dns, struct question *q)
{
    q->sends++;
    q->replaces = false;
    dns->sent++;
    if (q->sent++)
        dns->again++;
}

static void dns_send_datagram(struct dns *dns, struct question *q)
{
    uint8_t msg[DNS_QUERY_MAX];
    bool first = q->fresh;
    if (first)
        dns_begin(dns, q);
    else
        q->wait_ms *= 2;
    q->state = OPEN;
    q->last_ms = dns_now_ms(dns);
    q->next_ms = q->last_ms + q->wait_ms;
    dns_wake_at(dns, q->next_ms);
    dns_count_send(dns, q);
    if (first)
        dns_question_enter(dns, q);
    else
        cwnd_resent(&dns->window);
    q->crowd = dns->window.in_flight;
    size_t len = dns_write_query(q, msg);
    if (len && dns_socket_send(dns->sockets.fds[q->socket], msg, len) == DNS_IO_NOBODY)
        dns_send_nobody(dns);
}

static void dns_send_over_tcp(struct dns *dns, struct question *q)
{
    uint8_t msg[DNS_QUERY_MAX];
    q->state = TALKING;
    dns_count_send(dns, q);
    if (!dns_tcp_ask(dns->tcp, &dns->resolvers[dns->via], msg, dns_write_query(q, msg),
                     dns->timeout_ms, q))
        dns_receive_tcp(dns, q, NULL, 0);
}

static enum dns_again dns_may_go(struct dns *dns, const struct question *q)
{
    const struct dns_hooks *h = &dns->hooks;
    if (q->tcp && dns_send_is_udp_only(dns))
        return DNS_NEVER;
    if (q->tcp && !dns_tcp_has_room(dns->tcp))
        return DNS_LATER;
    if (q->sent == 0 || q->replaces || !h->again)
        return DNS_NOW;
    return h->again(h->ctx, q->asked.user);
}

/* Whether this one has room: a repeated send takes no place, but is part of the burst. */
static bool dns_has_room(struct dns *dns, const struct question *q)
{
    return q->tcp || (q->fresh ? cwnd_room(&dns->window) > 0 : dns->window.burst > 0);
}

static enum dns_again dns_decide(struct dns *dns, struct question *q)
{
    if (q->state != WAITING)
        return DNS_NOW;
    if (dns_has_room(dns, q))
        return dns_may_go(dns, q);
    dns->fresh_waiting += q->fresh;
    return DNS_LATER;
}

static void dns_send_one(struct dns *dns, struct question *q, bool never)
{
    if (q->state == DONE)
        dns_question_release(dns, q);
    if (q->state != WAITING)
        return;
    if (q->end_ms)
        q->end_ms += dns_now_ms(dns) - q->queued_ms;
    if (never && q->tcp && dns_send_is_udp_only(dns)) {
        dns_receive_no_tcp(dns, q);
    } else if (never && (q->fresh || q->tcp)) {
        dns_question_give_up(dns, q);
    } else if (never) { /* an answer to what was sent may still come */
        q->state = OPEN;
        q->next_ms = q->end_ms;
    } else if (q->tcp) {
        dns_send_over_tcp(dns, q);
    } else {
        dns_send_datagram(dns, q);
    }
}

/* A question that may not be sent yet keeps its place and lets others pass. */
void dns_send_waiting(struct dns *dns)
{
    struct question **at = &dns->waiting;
    dns->fresh_waiting = 0;
    while (*at && !dns_send_is_closed(dns)) {
        struct question *q = *at;
        enum dns_again again = dns_decide(dns, q);
        if (again == DNS_LATER) {
            at = &q->next_waiting;
            continue;
        }
        *at = q->next_waiting;
        if (!*at)
            dns->waiting_end = at;
        q->queued = false;
        dns_send_one(dns, q, again == DNS_NEVER);
    }
}

void dns_ask(struct dns *dns, const struct dns_question *asked)
{
    struct question *q = dns_question_new(dns);
    *q = (struct question){.asked = *asked, .index = q->index, .fresh = true, .state = WAITING};
    if (dns->pending++ == 0)
        dns->health.busy_ms = dns_now_ms(dns);
    dns_health_asked(&dns->health, dns_question_list(dns, q));
    if (dns_send_is_closed(dns))
        dns_question_wait(dns, q);
    else
        dns_send_datagram(dns, q);
}

void dns_send_drop_probe(struct dns *dns)
{
    if (dns->probe.name)
        dns->by_id[dns->probe.id] = 0;
    dns->probe.name = NULL;
}

/*
 * To see whether the resolver is alive: a name that every resolver answers by itself (RFC 6761
 * section 6.3). To see whether it works: the root's name servers, which it must have asked for
 * first of all.
 */
void dns_send_probe(struct dns *dns)
{
    uint8_t msg[DNS_QUERY_MAX];
    bool fails = dns->health.useless_ms != 0;
    dns_send_drop_probe(dns);
    dns->probe = (struct dns_query){fails ? "" : "localhost", fails ? DNS_NS : DNS_A,
                                    dns_question_id(dns, UINT32_MAX), true};
    size_t len = dns_query_write(&dns->probe, msg);
    if (dns_socket_send(dns->sockets.fds[0], msg, len) == DNS_IO_NOBODY)
        dns_send_nobody(dns);
}
