/* SPDX-License-Identifier: ISC */
#include "dns_channel.h"

#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/log.h"
#include "repmon/loop.h"
#include "window.h"

#include <stdlib.h>
#include <string.h>

#define TICK_MS 100 /* ares_timeout() walks every question in 1.18, so time is a fixed tick */
#define UNREACHABLE_MS                                                                             \
    200 /* a closed port for so long, with no answer since, is a dead resolver                     \
         */
#define C_IN 1

struct question {
    struct dns *dns;
    const char *name; /* borrowed from who asked */
    void *user;       /* borrowed */
    struct question *next_waiting;
    uint16_t type;
    uint8_t tries, left; /* sends in all, and still to come */
    uint8_t sent;
    uint8_t outstanding; /* c-ares callbacks still to come */
    bool used, done, flying, waiting;
    bool unreachable;             /* how the last send failed */
    int64_t interval_ms, next_ms; /* when the present send is given up */
    int64_t sent_us, renewed_us;  /* 0: not */
    uint32_t index;
};

struct dns {
    struct loop *loop; /* borrowed */
    struct dns_hooks hooks;
    struct conf_resolver resolvers[LIMIT_RESOLVERS];
    size_t count;
    uint8_t via;
    int64_t timeout_ms;
    unsigned tries;
    ares_channel channel; /* owned */
    struct window window;
    struct question **questions; /* owned; slots, used or free */
    uint32_t *free_slots;        /* owned */
    uint32_t slot_count, free_count;
    struct question *waiting, **waiting_end; /* to be sent when there is room */
    unsigned waiting_count, held;            /* held: of them, for a hook's word and not for room */
    size_t pending;
    int64_t now_us;                                                /* of this wake or drain */
    int64_t tick_ms, busy_ms, answer_ms, unreachable_ms, alive_ms; /* 0: not */
    uint64_t sent, again;
    struct dns_scratch scratch;
};

static void fd_ready(void *ctx, int fd, bool readable, bool writable)
{
    struct dns *dns = ctx;
    dns->now_us = clock_mono_us(); /* once a drain, not once a datagram */
    ares_process_fd(dns->channel, readable ? fd : ARES_SOCKET_BAD, writable ? fd : ARES_SOCKET_BAD);
}

static void socket_state(void *ctx, ares_socket_t fd, int readable, int writable)
{
    struct dns *dns = ctx;
    loop_watch(dns->loop, fd, readable != 0, writable != 0, fd_ready, dns);
}

static bool open_channel(struct dns *dns, struct error *err)
{
    const struct dns_channel_options options = {
        .resolver = dns->resolvers[dns->via],
        .timeout_ms = dns->timeout_ms * dns->tries, /* when to send again is decided here */
        .state = socket_state,
        .ctx = dns};
    return dns_channel_open(&options, &dns->channel, err);
}

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
    window_init(&dns->window);
    if (!open_channel(dns, err)) {
        free(dns);
        return NULL;
    }
    return dns;
}

static void close_channel(struct dns *dns)
{
    if (dns->channel)
        ares_destroy(dns->channel);
    dns->channel = NULL;
}

void dns_free(struct dns *dns)
{
    if (!dns)
        return;
    close_channel(dns);
    for (uint32_t i = 0; i < dns->slot_count; i++)
        free(dns->questions[i]);
    free(dns->questions);
    free(dns->free_slots);
    free(dns);
}

static struct question *take_slot(struct dns *dns)
{
    if (dns->free_count == 0) {
        uint32_t n = dns->slot_count;
        dns->questions = mem_grow(dns->questions, n + 1, sizeof(struct question *));
        dns->free_slots = mem_grow(dns->free_slots, n + 1, sizeof *dns->free_slots);
        dns->questions[n] = mem_alloc(sizeof(struct question));
        dns->questions[n]->index = n;
        dns->free_slots[dns->free_count++] = n;
        dns->slot_count++;
    }
    return dns->questions[dns->free_slots[--dns->free_count]];
}

static void release(struct question *q)
{
    if (!q->used || !q->done || q->outstanding || q->waiting)
        return;
    q->used = false;
    q->dns->free_slots[q->dns->free_count++] = q->index;
}

static void wait_for_room(struct question *q)
{
    struct dns *dns = q->dns;
    if (q->waiting)
        return;
    q->waiting = true;
    q->next_waiting = NULL;
    *dns->waiting_end = q;
    dns->waiting_end = &q->next_waiting;
    dns->waiting_count++;
}

static void finish(struct question *q, enum dns_how how, const struct dns_answer *answer)
{
    struct dns *dns = q->dns;
    struct dns_result result = {.how = how, .answer = answer, .via = dns->via, .sent = q->sent};
    q->done = true;
    dns->pending--;
    dns->hooks.done(dns->hooks.ctx, q->user, &result);
    release(q);
}

/* The present send is lost: another one when there is room, or the end of the question. */
static void give_up_send(struct question *q, int64_t now_ms)
{
    struct dns *dns = q->dns;
    if (q->flying) {
        q->flying = false;
        window_lost(&dns->window, now_ms, dns->hooks.blame(dns->hooks.ctx, q->user));
    }
    if (q->left)
        wait_for_room(q);
    else
        finish(q, q->unreachable ? DNS_UNREACHABLE : DNS_TIMEOUT, NULL);
}

static void on_answer(struct question *q, const unsigned char *msg, int len)
{
    struct dns *dns = q->dns;
    struct dns_answer answer;
    dns->answer_ms = dns->now_us / 1000;
    dns->unreachable_ms = 0;
    if (q->done)
        return;
    if (q->flying) {
        q->flying = false;
        bool once = q->sent == 1 && !q->renewed_us;
        window_answered(&dns->window, dns->answer_ms, once ? dns->now_us - q->sent_us : -1);
    }
    dns_read(msg, (size_t)len, q->name, q->type, &dns->scratch, &answer);
    finish(q, DNS_ANSWERED, &answer);
}

static void on_query(void *arg, int status, int timeouts, unsigned char *msg, int len)
{
    struct question *q = arg;
    struct dns *dns = q->dns;
    (void)timeouts;
    q->outstanding--;
    if (msg && len > 0) {
        on_answer(q, msg, len);
    } else if (status != ARES_ETIMEOUT && status != ARES_EDESTRUCTION && !q->done && q->flying) {
        /* Nobody listens there (ICMP), or no socket: try again at the next tick. */
        int64_t now_ms = clock_mono_ms();
        if (!dns->unreachable_ms)
            dns->unreachable_ms = now_ms;
        q->unreachable = true;
        q->next_ms = now_ms;
    }
    release(q);
}

static void send_now(struct question *q)
{
    struct dns *dns = q->dns;
    q->sent_us = dns->now_us;
    q->renewed_us = 0;
    q->next_ms = q->sent_us / 1000 + q->interval_ms;
    q->flying = true;
    q->unreachable = false;
    q->left--;
    dns->sent++;
    if (q->sent++)
        dns->again++;
    q->outstanding++;
    window_sent(&dns->window);
    ares_query(dns->channel, q->name, C_IN, q->type, on_query, q);
}

void dns_ask(struct dns *dns, const char *name, uint16_t type, unsigned tries, void *user)
{
    struct question *q = take_slot(dns);
    uint32_t index = q->index;
    if (tries == 0)
        tries = dns->tries;
    *q = (struct question){.dns = dns,
                           .name = name,
                           .user = user,
                           .type = type,
                           .tries = (uint8_t)tries,
                           .left = (uint8_t)tries,
                           .used = true,
                           .interval_ms = dns->timeout_ms * dns->tries / tries,
                           .index = index};
    if (dns->pending++ == 0)
        dns->busy_ms = clock_mono_ms();
    send_now(q);
}

/*
 * From 1.32 on c-ares guesses a time-out of its own, five times the mean round trip, and drops what
 * comes later. So the same send is made once more, after pauses that double: a resolver that is
 * still at it answers this one too, and the list is not asked again.
 */
static void renew(struct question *q)
{
    struct dns *dns = q->dns;
    int64_t last_us = q->renewed_us ? q->renewed_us : q->sent_us;
    if (dns->now_us - last_us < last_us - q->sent_us || dns->window.burst == 0)
        return;
    dns->window.burst--;
    q->renewed_us = dns->now_us;
    dns->sent++;
    dns->again++;
    q->outstanding++;
    ares_query(dns->channel, q->name, C_IN, q->type, on_query, q);
}

unsigned dns_room(struct dns *dns)
{
    unsigned room = window_room(&dns->window);
    unsigned first = dns->waiting_count - dns->held;
    return room > first ? room - first : 0;
}

bool dns_room_next_wake(const struct dns *dns)
{
    return dns->window.in_flight < dns->window.size;
}

static bool may_go_again(const struct question *q)
{
    const struct dns_hooks *h = &q->dns->hooks;
    return !h->again || h->again(h->ctx, q->user);
}

/* A question that may not go yet keeps its place and lets others pass. */
static void send_waiting(struct dns *dns)
{
    struct question **at = &dns->waiting;
    dns->held = 0;
    while (*at && window_room(&dns->window) > 0) {
        struct question *q = *at;
        if (!q->done && !may_go_again(q)) {
            dns->held++;
            at = &q->next_waiting;
            continue;
        }
        *at = q->next_waiting;
        if (!*at)
            dns->waiting_end = at;
        dns->waiting_count--;
        q->waiting = false;
        if (q->done)
            release(q);
        else
            send_now(q);
    }
}

static void on_alive(void *arg, int status, int timeouts, unsigned char *msg, int len)
{
    struct dns *dns = arg;
    (void)status;
    (void)timeouts;
    if (msg && len > 0)
        dns->answer_ms = clock_mono_ms();
}

static void take_over(struct dns *dns, int64_t now_ms)
{
    char old[DNS_RESOLVER_TEXT], new[DNS_RESOLVER_TEXT];
    dns_resolver_text(&dns->resolvers[dns->via], old);
    dns_resolver_text(&dns->resolvers[dns->via + 1], new);
    log_warn("resolver %s does not answer; %s takes over", old, new);
    close_channel(dns);
    dns->via++;
    struct error err = {0};
    if (!open_channel(dns, &err)) {
        log_error("%s", err.text);
        abort(); /* it opened for the first resolver: memory or descriptors are gone */
    }
    window_init(&dns->window);
    dns->busy_ms = now_ms;
    dns->answer_ms = dns->unreachable_ms = dns->alive_ms = 0;
    for (uint32_t i = 0; i < dns->slot_count; i++) {
        struct question *q = dns->questions[i];
        if (!q->used || q->done)
            continue;
        q->left = q->tries;
        q->flying = q->unreachable = false;
        wait_for_room(q);
    }
    dns->hooks.changed(dns->hooks.ctx, dns->via);
}

/*
 * A silent list must not be taken for a silent resolver: while nothing comes, a name that every
 * resolver answers by itself (RFC 6761 section 6.3) is asked besides.
 */
static void watch_resolver(struct dns *dns, int64_t now_ms)
{
    if (dns->pending == 0 || dns->via + 1u >= dns->count)
        return;
    int64_t since = dns->answer_ms > dns->busy_ms ? dns->answer_ms : dns->busy_ms;
    bool closed = dns->unreachable_ms && now_ms - dns->unreachable_ms >= UNREACHABLE_MS;
    if (closed || now_ms - since >= dns->timeout_ms) {
        take_over(dns, now_ms);
    } else if (now_ms - since >= dns->timeout_ms / 4 &&
               now_ms - dns->alive_ms >= dns->timeout_ms / 4) {
        dns->alive_ms = now_ms;
        ares_query(dns->channel, "localhost", C_IN, DNS_A, on_alive, dns);
    }
}

static void tick(struct dns *dns, int64_t now_ms)
{
    bool last = dns->via + 1u >= dns->count;
    ares_process_fd(dns->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    watch_resolver(dns, now_ms);
    for (uint32_t i = 0; i < dns->slot_count; i++) {
        struct question *q = dns->questions[i];
        if (!q->used || q->done || q->waiting)
            continue;
        if (now_ms < q->next_ms) {
            if (q->flying && !q->outstanding)
                renew(q);
            continue;
        }
        if (q->unreachable && !last && q->left == 0)
            q->left++; /* the next resolver will be asked */
        give_up_send(q, now_ms);
    }
}

void dns_work(struct dns *dns, int64_t now_ms)
{
    dns->now_us = clock_mono_us();
    window_wake(&dns->window, dns->now_us);
    if (now_ms - dns->tick_ms >= TICK_MS) {
        dns->tick_ms = now_ms;
        tick(dns, now_ms);
    }
    send_waiting(dns);
}

size_t dns_pending(const struct dns *dns)
{
    return dns->pending;
}

void dns_stop(struct dns *dns)
{
    for (uint32_t i = 0; i < dns->slot_count; i++) {
        struct question *q = dns->questions[i];
        if (q->used && !q->done)
            finish(q, DNS_STOPPED, NULL);
    }
}

unsigned dns_window(const struct dns *dns)
{
    return dns->window.size;
}

int64_t dns_round_trip_us(const struct dns *dns)
{
    return window_mean_us(&dns->window);
}

void dns_counts(const struct dns *dns, uint64_t *sent, uint64_t *again)
{
    *sent = dns->sent;
    *again = dns->again;
}
