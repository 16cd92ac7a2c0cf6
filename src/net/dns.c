/* SPDX-License-Identifier: ISC */
#include "dns_state.h"

#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/log.h"
#include "repmon/loop.h"

#include <stdlib.h>
#include <string.h>

#define TICK_MS   5   /* least time between two looks at all questions */
#define DARK_MS   20  /* between two looks for a sign of the resolver */
#define LOOK_MS   100 /* longest wait between two looks at all questions */
#define STRANGERS 4   /* lists not heard from yet leave one part in this many to others */

/* ---- the resolver in use ---- */

static bool dns_open_sockets(struct dns *dns, struct error *err)
{
    bool open = dns_sockets_open(&dns->sockets, &dns->resolvers[dns->via], err);
    for (unsigned i = 0; i < dns->sockets.count; i++)
        loop_watch(dns->loop, dns->sockets.fds[i], true, false, dns_receive_ready, dns);
    return open;
}

/* The first resolver from `via` on that can be asked at all; else the last, which may come back. */
static void dns_choose_resolver(struct dns *dns)
{
    struct error why = {0};
    while (!dns_open_sockets(dns, &why) && dns->via + 1u < dns->count)
        dns->via++;
    if (dns->sockets.count == 0)
        log_warn("%s", why.text);
    cwnd_init(&dns->window);
    dns->strangers = dns->tcp_lost = 0;
    dns->mean_us = 0;
    dns_health_init(&dns->health, dns->timeout_ms, dns_now_ms(dns));
}

static void dns_close_resolver(struct dns *dns)
{
    dns_send_drop_probe(dns);
    for (unsigned i = 0; i < dns->sockets.count; i++)
        loop_watch(dns->loop, dns->sockets.fds[i], false, false, NULL, NULL);
    dns_sockets_close(&dns->sockets);
}

static void dns_failover(struct dns *dns, const char *why)
{
    char old[DNS_RESOLVER_TEXT], new[DNS_RESOLVER_TEXT];
    dns_resolver_text(&dns->resolvers[dns->via], old);
    dns_close_resolver(dns);
    dns->via++;
    dns_choose_resolver(dns);
    dns_resolver_text(&dns->resolvers[dns->via], new);
    log_warn("resolver %s %s; %s takes over", old, why, new);
    for (uint32_t i = 0; i < dns->slot_count; i++) {
        struct question *q = dns->questions[i];
        if (q->state == FREE || q->state == DONE)
            continue;
        if (q->state == TALKING)
            dns_tcp_forget(dns->tcp, q);
        q->holds = q->stranger = q->tcp = false;
        q->fresh = true;
        q->sends = q->failures = q->rcode = 0;
        q->end_ms = 0;
        dns_health_asked(&dns->health, dns_question_list(dns, q));
        dns_question_wait(dns, q);
    }
    dns->hooks.changed(dns->hooks.ctx, dns->via);
}

void dns_leave(struct dns *dns)
{
    if (dns->via + 1u < dns->count)
        dns_failover(dns, "knows no list's test entry");
}

static void dns_watch_resolver(struct dns *dns)
{
    bool stands_by = dns->via + 1u < dns->count;
    if (dns->pending == 0)
        return;
    enum dns_verdict verdict = dns_health_verdict(&dns->health, dns_now_ms(dns));
    if (verdict == DNS_LEAVE && stands_by)
        dns_failover(dns,
                     dns->health.useless_ms ? "answers nothing but errors" : "does not answer");
    else if (dns_send_is_closed(dns) || (verdict == DNS_PROBE && stands_by))
        dns_send_probe(dns);
}

/* ---- time ---- */

/*
 * Nothing at all has arrived since this was sent twice: the path is dead for a while, as when a
 * network is switched over. Anything sent now would be lost; so first the resolver is asked for a
 * sign of life.
 */
static bool dns_is_dark(const struct dns *dns, const struct question *q)
{
    return q->sends >= 2 && dns->health.heard_ms < q->last_ms;
}

/* No answer in the time that answers usually take. */
static void dns_overdue(struct dns *dns, struct question *q)
{
    int64_t usual = q->sent_us / 1000 + dns_question_first_wait(dns, q);
    if (q->holds && dns_now_ms(dns) < usual) { /* the usual time may have grown since */
        q->wait_ms = dns_question_first_wait(dns, q);
        q->next_ms = usual;
        return;
    }
    if (!dns->window.limit) /* else it still takes one of the resolver's places */
        dns_question_leave(dns, q, dns_question_list(dns, q)->useful);
    if (q->sends >= dns_question_most_sends(dns, q)) {
        q->next_ms = q->end_ms;
    } else if (dns_is_dark(dns, q)) {
        q->next_ms = dns_now_ms(dns) + DARK_MS;
        dns->dark = true;
    } else {
        dns_question_wait(dns, q);
    }
}

static void dns_look_at(struct dns *dns, struct question *q)
{
    int64_t now = dns_now_ms(dns);
    if (q->state == WAITING && dns_send_is_gone(dns))
        dns_question_finish(dns, q, DNS_UNREACHABLE, NULL);
    else if ((q->state == OPEN || q->state == PAUSED) && now >= q->end_ms)
        dns_question_give_up(dns, q);
    else if (q->state == OPEN && now >= q->next_ms)
        dns_overdue(dns, q);
    else if (q->state == PAUSED && now >= q->next_ms)
        dns_question_wait(dns, q);
    if (q->state == OPEN || q->state == PAUSED)
        dns_wake_at(dns, q->next_ms < q->end_ms ? q->next_ms : q->end_ms);
}

static void dns_tick(struct dns *dns)
{
    dns->tick_ms = dns_now_ms(dns);
    dns->wake_ms = dns->tick_ms + LOOK_MS;
    if (dns->tcp)
        dns_tcp_work(dns->tcp);
    if (dns->sockets.count == 0)
        dns_open_sockets(dns, NULL); /* the network may be back */
    dns_watch_resolver(dns);
    dns->dark = false;
    for (uint32_t i = 0; i < dns->slot_count; i++) {
        struct question *q = dns->questions[i];
        if (q->state != FREE && q->state != DONE)
            dns_look_at(dns, q);
    }
    if (dns->dark && dns->tick_ms - dns->dark_ms >= LOOK_MS) {
        dns->dark_ms = dns->tick_ms;
        dns_send_probe(dns);
    }
}

/*
 * Few were refused, all else in flight has been answered, and nothing followed: asked again now,
 * they show whether the crowd was the reason. Later refusals wait out their pauses.
 */
static void dns_ask_refused_alone(struct dns *dns)
{
    bool was_alone = dns->alone;
    dns->alone = !dns->window.in_flight && dns->pending && dns->pending < DNS_LOAD_LISTS;
    if (!dns->alone)
        return;
    if (!was_alone) {
        dns_wake_at(dns, dns_now_ms(dns));
        return;
    }
    for (uint32_t i = 0; i < dns->slot_count; i++) {
        struct question *q = dns->questions[i];
        if (q->state == PAUSED && q->rcode == DNS_REFUSED && q->failures == 1)
            dns_question_wait(dns, q);
    }
}

void dns_work(struct dns *dns)
{
    dns->now_us = clock_mono_us();
    cwnd_wake(&dns->window, dns->now_us);
    int64_t since = dns_now_ms(dns) - dns->tick_ms;
    if (since >= LOOK_MS || (since >= TICK_MS && dns_now_ms(dns) >= dns->wake_ms))
        dns_tick(dns);
    dns_ask_refused_alone(dns);
    dns_send_waiting(dns);
}

int64_t dns_wake_ms(const struct dns *dns)
{
    int64_t least = dns->tick_ms + TICK_MS;
    return dns->wake_ms > least ? dns->wake_ms : least;
}

unsigned dns_room(struct dns *dns)
{
    if (dns_send_is_closed(dns))
        return dns_send_is_gone(dns) ? dns->window.burst : 0;
    unsigned room = cwnd_room(&dns->window);
    return room > dns->fresh_waiting ? room - dns->fresh_waiting : 0;
}

bool dns_has_room_for(const struct dns *dns, const struct dns_list *list)
{
    bool useful = list->useful && list->of == dns->via + 1;
    return useful || dns->strangers < dns->window.size - dns->window.size / STRANGERS;
}

bool dns_room_next_wake(const struct dns *dns)
{
    return dns->window.in_flight < dns->window.size && !dns_send_is_closed(dns);
}

/* ---- life ---- */

struct dns *dns_new(struct loop *loop, const struct dns_options *options,
                    const struct dns_hooks *hooks, struct error *err)
{
    if (options->count == 0) {
        error_set(err, ERR_CONFIG, "no resolver: name one with [dns] resolver");
        return NULL;
    }
    struct dns *dns = mem_alloc(sizeof *dns);
    dns->loop = loop;
    dns->hooks = *hooks;
    dns->count = options->count < LIMIT_RESOLVERS ? options->count : LIMIT_RESOLVERS;
    memcpy(dns->resolvers, options->resolvers, dns->count * sizeof *dns->resolvers);
    dns->timeout_ms = options->timeout_ms;
    dns->tries = options->tries ? options->tries : 1;
    dns->now_us = clock_mono_us();
    dns->waiting_end = &dns->waiting;
    dns->by_id = mem_array(UINT16_MAX + 1, sizeof *dns->by_id);
    dns_choose_resolver(dns);
    if (dns->via)
        hooks->changed(hooks->ctx, dns->via);
    return dns;
}

void dns_free(struct dns *dns)
{
    if (!dns)
        return;
    dns_close_resolver(dns);
    dns_tcp_free(dns->tcp);
    for (uint32_t i = 0; i < dns->slot_count; i++)
        free(dns->questions[i]);
    free(dns->questions);
    free(dns->free_slots);
    free(dns->by_id);
    free(dns);
}

void dns_stop(struct dns *dns)
{
    for (uint32_t i = 0; i < dns->slot_count; i++) {
        struct question *q = dns->questions[i];
        if (q->state != FREE && q->state != DONE)
            dns_question_finish(dns, q, DNS_STOPPED, NULL);
    }
}

size_t dns_pending(const struct dns *dns)
{
    return dns->pending;
}

unsigned dns_window(const struct dns *dns)
{
    return dns->window.size;
}

unsigned dns_limit(const struct dns *dns)
{
    return dns->window.limit;
}

uint8_t dns_via(const struct dns *dns)
{
    return dns->via;
}

int64_t dns_round_trip_us(const struct dns *dns)
{
    return cwnd_mean_us(&dns->window);
}

void dns_counts(const struct dns *dns, uint64_t *sent, uint64_t *again)
{
    *sent = dns->sent;
    *again = dns->again;
}
