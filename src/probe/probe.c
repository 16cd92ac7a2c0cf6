/* SPDX-License-Identifier: ISC */
#include "repmon/probe.h"

#include "authorities.h"
#include "queue_state.h"
#include "waiting.h"

#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/http.h"
#include "repmon/limits.h"
#include "repmon/loop.h"
#include "repmon/trace.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST_WAIT_MS 86400000
#define LOST_IN_A_ROW   8   /* then the breaker opens */
#define SILENT_MS       200 /* a queue that answered is silent after this or four round trips */
#define IDLE_WAIT_MS    1000
#define DNS_TICK_MS     100

struct flight {
    struct request request;
    struct probe *probe;
    uint32_t queue, index;
};

struct probe {
    const struct probe_options *options; /* borrowed */
    const struct probe_source *sources;  /* borrowed */
    size_t source_count;
    struct queue_state *queues; /* owned */
    size_t queue_count, next_queue;
    bool in_turn;                  /* this wake continues where the last one of its kind ended */
    struct dns *dns;               /* owned */
    struct authorities *servers;   /* owned; NULL until somebody needs it */
    struct http *http;             /* owned; NULL until somebody needs it */
    struct subprocesses *programs; /* owned; the same */
    struct flight **flights;       /* owned */
    uint32_t *free_flights;        /* owned */
    uint32_t flight_count, free_count;
    size_t under_way;
    uint64_t replies;
    int64_t now_ms;
    struct error *err; /* borrowed */
    bool failed;
    bool leave; /* leave the resolver before the next wait */
};

static struct flight *probe_take_flight(struct probe *p)
{
    if (p->free_count == 0) {
        uint32_t n = p->flight_count++;
        p->flights = mem_grow(p->flights, p->flight_count, sizeof(struct flight *));
        p->free_flights = mem_grow(p->free_flights, p->flight_count, sizeof *p->free_flights);
        p->flights[n] = mem_alloc(sizeof(struct flight));
        *p->flights[n] = (struct flight){.probe = p, .index = n};
        p->free_flights[p->free_count++] = n;
    }
    return p->flights[p->free_flights[--p->free_count]];
}

static void probe_give_reply(struct flight *f, const struct reply *reply)
{
    struct probe *p = f->probe;
    struct queue_state *l = &p->queues[f->queue];
    l->in_flight--;
    p->under_way--;
    p->replies++;
    l->replies++;
    l->waiting = l->done = false;
    l->wake_ms = 0;
    if (reply->how == REPLY_ANSWERED) {
        l->answered = true;
        l->answer_ms = p->now_ms;
        l->lost = 0;
    } else if (reply->how != REPLY_DEADLINE && !l->asleep_ms && !f->request.server_count) {
        l->lost++; /* sent before the sleep began, so its loss is no news */
    }
    l->source->ops->reply(l->source->state, &f->request, reply);
    p->leave |= l->queue->leave;
    l->queue->leave = false;
    if (l->lost >= LOST_IN_A_ROW && l->answered)
        queue_state_sleep(l, p->now_ms);
    explicit_bzero(f->request.name, sizeof f->request.name); /* it may have held a key */
    p->free_flights[p->free_count++] = f->index;
}

static void probe_dns_done(void *ctx, void *user, const struct dns_result *result)
{
    static const enum reply_how hows[] = {[DNS_ANSWERED] = REPLY_ANSWERED,
                                          [DNS_TIMEOUT] = REPLY_TIMEOUT,
                                          [DNS_UNREACHABLE] = REPLY_UNREACHABLE,
                                          [DNS_STOPPED] = REPLY_DEADLINE};
    const struct flight *f = user;
    (void)ctx;
    trace_answer(f->request.name, f->request.type, result->how, result->answer);
    probe_give_reply(user, &(struct reply){.how = hows[result->how],
                                           .dns = result->answer,
                                           .via = result->via,
                                           .sent = result->sent});
}

/* Whichever server answered, the reply names the resolver through which the queue is asked. */
static void probe_servers_done(void *ctx, void *user, const struct dns_result *result)
{
    const struct probe *p = ctx;
    struct dns_result through = *result;
    through.via = dns_via(p->dns);
    probe_dns_done(ctx, user, &through);
}

static void probe_ask_servers(struct probe *p, struct flight *f, const struct dns_question *q)
{
    const struct dns_hooks hooks = {.done = probe_servers_done, .ctx = p};
    if (!p->servers)
        p->servers = authorities_new(p->options->loop, &hooks);
    if (!authorities_ask(p->servers, f->request.servers, f->request.server_count, q))
        probe_give_reply(f, &(struct reply){.how = REPLY_UNREACHABLE});
}

static enum dns_again probe_dns_again(void *ctx, void *user)
{
    struct probe *p = ctx;
    struct queue_state *l = &p->queues[((struct flight *)user)->queue];
    if (l->queue->budget == 0)
        return DNS_NEVER;
    if (!queue_state_has_token(l, p->now_ms))
        return DNS_LATER;
    queue_state_sent(l);
    return DNS_NOW;
}

static void probe_dns_changed(void *ctx, uint8_t via)
{
    struct probe *p = ctx;
    for (size_t i = 0; i < p->source_count; i++) {
        const struct probe_source *s = &p->sources[i];
        if (s->ops->resolver_changed)
            s->ops->resolver_changed(s->state, via);
    }
    for (size_t i = 0; i < p->queue_count; i++) {
        struct queue_state *l = &p->queues[i];
        l->done = l->waiting = l->answered = false;
        l->asleep_ms = l->wake_ms = 0;
        l->lost = 0;
    }
}

static void probe_http_done(void *ctx, enum reply_how how, const struct http_response *response)
{
    probe_give_reply(ctx, &(struct reply){.how = how, .http = response, .sent = 1});
}

static void probe_program_done(void *ctx, enum reply_how how,
                               const struct subprocess_result *result)
{
    probe_give_reply(ctx, &(struct reply){.how = how, .program = result, .sent = 1});
}

static void probe_start_program(struct probe *p, struct flight *f)
{
    if (!p->programs)
        p->programs = subprocess_new(p->options->loop);
    if (!subprocess_start(p->programs, f->request.program, probe_program_done, f))
        probe_give_reply(f, &(struct reply){.how = REPLY_UNREACHABLE});
}

static void probe_start(struct probe *p, struct flight *f)
{
    if (f->request.kind == REQUEST_PROGRAM) {
        probe_start_program(p, f);
        return;
    }
    if (f->request.kind == REQUEST_DNS) {
        trace_question(f->request.name, f->request.type);
        const struct dns_question q = {.name = f->request.name,
                                       .type = f->request.type,
                                       .tries = f->request.tries,
                                       .list = &p->queues[f->queue].dns,
                                       .user = f};
        struct dns_question direct = q;
        direct.list = NULL;
        if (f->request.server_count)
            probe_ask_servers(p, f, &direct);
        else
            dns_ask(p->dns, &q);
        return;
    }
    if (!p->http && !(p->http = http_new(p->options->loop, p->options->ca_file, p->err))) {
        p->failed = true;
        probe_give_reply(f, &(struct reply){.how = REPLY_DEADLINE});
        return;
    }
    struct error ignored = {0}; /* the configuration was checked; the reply says the rest */
    if (!http_start(p->http, f->request.http, probe_http_done, f, &ignored))
        probe_give_reply(f, &(struct reply){.how = REPLY_UNREACHABLE});
}

static size_t probe_busy_queues(const struct probe *p)
{
    size_t busy = 0;
    for (size_t i = 0; i < p->queue_count && busy <= 4; i++)
        busy += !p->queues[i].done;
    return busy;
}

/* How much of the window a queue may occupy. */
static unsigned probe_share(const struct probe *p, const struct queue_state *l)
{
    unsigned window = dns_window(p->dns);
    int64_t patience = 4 * dns_round_trip_us(p->dns) / 1000;
    if (patience < SILENT_MS)
        patience = SILENT_MS;
    bool silent = l->in_flight && p->now_ms - l->answer_ms > patience;
    unsigned part = window;
    if (!l->answered || silent)
        part = window / QUEUE_SHARE;
    else if (probe_busy_queues(p) > 4)
        part = window / 4;
    if (l->queue->cap && part > l->queue->cap)
        part = l->queue->cap;
    return part ? part : 1;
}

static bool probe_has_room(const struct probe *p, const struct queue_state *l)
{
    return l->in_flight < probe_share(p, l) && dns_has_room_for(p->dns, &l->dns);
}

/* Asks one queue for one request; true when one went out. */
static bool probe_poll_queue(struct probe *p, size_t number)
{
    struct queue_state *l = &p->queues[number];
    if (l->queue->news || (l->wake_ms && p->now_ms >= l->wake_ms)) {
        l->queue->news = false;
        l->wake_ms = 0;
        l->done = l->waiting = false;
    }
    if (l->asleep_ms) {
        if (p->now_ms < l->asleep_ms)
            return false;
        queue_state_wake(l);
    }
    if (l->done || l->waiting || !probe_has_room(p, l) || !queue_state_has_token(l, p->now_ms))
        return false;
    if (l->queue->budget == 0) {
        l->done = true;
        return false;
    }
    struct flight *f = probe_take_flight(p);
    int64_t wake = 0;
    f->request.tries = 0;
    f->request.server_count = 0;
    enum next next =
        l->source->ops->next(l->source->state, l->index, p->now_ms, &f->request, &wake);
    if (next != NEXT_REQUEST) {
        p->free_flights[p->free_count++] = f->index;
        l->done = next == NEXT_DONE;
        l->waiting = next == NEXT_WAIT;
        l->wake_ms = wake;
        return false;
    }
    f->queue = (uint32_t)number;
    f->request.queue = (uint32_t)l->index;
    queue_state_sent(l);
    if (l->in_flight++ == 0)
        l->answer_ms = p->now_ms;
    p->under_way++;
    probe_start(p, f);
    return true;
}

/*
 * Visits the queues in turn until there is no room or no queue has anything to ask. Every other
 * wake begins with what matters most, so that scarce room goes there first, yet the rest never
 * starves.
 */
static void probe_dispatch(struct probe *p)
{
    size_t idle = 0, number = p->in_turn ? p->next_queue : 0;
    while (idle < p->queue_count && dns_room(p->dns) > 0) {
        idle = probe_poll_queue(p, number) ? 0 : idle + 1;
        number = (number + 1) % p->queue_count;
    }
    if (p->in_turn)
        p->next_queue = number;
    p->in_turn = !p->in_turn;
}

static bool probe_finished(const struct probe *p)
{
    for (size_t i = 0; i < p->queue_count; i++) {
        if (queue_state_awaited(&p->queues[i]))
            return false;
    }
    return p->under_way == 0;
}

static int64_t probe_sooner(int64_t wait, int64_t at_ms, int64_t now_ms)
{
    int64_t left = at_ms - now_ms;
    if (left < 0)
        left = 0;
    return left < wait ? left : wait;
}

/* How long nothing can happen unless something arrives. */
static int64_t probe_idle_time(const struct probe *p)
{
    int64_t wait = p->under_way ? DNS_TICK_MS : IDLE_WAIT_MS;
    if (dns_pending(p->dns))
        wait = probe_sooner(wait, dns_wake_ms(p->dns), p->now_ms);
    wait = probe_sooner(wait, authorities_wake_ms(p->servers, p->now_ms + wait), p->now_ms);
    if (p->options->deadline_ms)
        wait = probe_sooner(wait, p->options->deadline_ms, p->now_ms);
    if (!dns_room_next_wake(p->dns))
        return wait; /* whatever a queue wants, it can't have it until something arrives */
    for (size_t i = 0; i < p->queue_count; i++) {
        const struct queue_state *l = &p->queues[i];
        if (l->asleep_ms) {
            wait = probe_sooner(wait, l->asleep_ms, p->now_ms);
        } else if (l->done || l->waiting) {
            if (l->wake_ms)
                wait = probe_sooner(wait, l->wake_ms, p->now_ms);
        } else if (l->queue->rate > 0 && l->tokens < 1) {
            double ms = (1 - l->tokens) * 1000 / l->queue->rate;
            if (ms > LONGEST_WAIT_MS) /* a tiny rate gives more than an int64_t holds */
                ms = LONGEST_WAIT_MS;
            wait = probe_sooner(wait, l->filled_ms + (int64_t)ms + 1, p->now_ms);
        } else if (probe_has_room(p, l) && dns_room_next_wake(p->dns)) {
            return 1; /* only the burst is used up: a later wake gets a new one */
        }
    }
    return wait;
}

static bool probe_out_of_time(const struct probe *p)
{
    return loop_interrupted() || (p->options->deadline_ms && p->now_ms >= p->options->deadline_ms);
}

/* Tests and reasons come on top of the cells: then there is no total any more. */
static void probe_show_progress(const struct probe *p)
{
    const struct probe_options *o = p->options;
    struct waiting w = {0};
    char text[128];
    if (!o->progress)
        return;
    for (size_t i = 0; i < p->queue_count; i++) {
        const struct queue_state *l = &p->queues[i];
        uint64_t left = o->targets > l->replies ? o->targets - l->replies : 0;
        if (queue_state_awaited(l))
            waiting_add(&w, l->queue->name, l->queue->rate, left,
                        l->asleep_ms || (l->in_flight && p->now_ms - l->answer_ms > SILENT_MS));
    }
    waiting_format(&w, text, sizeof text);
    o->progress(o->ctx, p->replies, p->replies < o->total ? o->total : 0, text);
}

static void probe_collect_queues(struct probe *p)
{
    for (size_t s = 0; s < p->source_count; s++) {
        size_t count = 0;
        struct queue *queues = p->sources[s].ops->queues(p->sources[s].state, &count);
        p->queues = mem_grow(p->queues, p->queue_count + count, sizeof *p->queues);
        for (size_t i = 0; i < count; i++)
            p->queues[p->queue_count++] =
                (struct queue_state){.source = &p->sources[s], .index = i, .queue = &queues[i]};
    }
    if (p->queue_count)
        qsort(p->queues, p->queue_count, sizeof *p->queues, queue_state_by_severity);
}

static void probe_ask(struct probe *p, struct probe_stats *stats)
{
    for (;;) {
        p->now_ms = clock_mono_ms();
        if (probe_out_of_time(p)) {
            stats->cut = !probe_finished(p);
            break;
        }
        if (p->leave)
            dns_leave(p->dns);
        p->leave = false;
        dns_work(p->dns);
        authorities_work(p->servers);
        if (p->programs)
            subprocess_work(p->programs, p->now_ms);
        probe_dispatch(p);
        probe_show_progress(p);
        if (p->failed || probe_finished(p))
            break;
        loop_wait(p->options->loop, probe_idle_time(p));
    }
    dns_stop(p->dns);
    authorities_stop(p->servers);
    if (p->http)
        http_end(p->http);
    if (p->programs)
        subprocess_end(p->programs);
    dns_counts(p->dns, &stats->sent, &stats->again);
    stats->limit = dns_limit(p->dns);
    stats->via = dns_via(p->dns);
}

bool probe_run(const struct probe_options *options, const struct probe_source *sources,
               size_t count, struct probe_stats *stats, struct error *err)
{
    struct probe p = {.options = options, .sources = sources, .source_count = count, .err = err};
    *stats = (struct probe_stats){0};
    const struct dns_hooks hooks = {
        .done = probe_dns_done, .changed = probe_dns_changed, .again = probe_dns_again, .ctx = &p};
    p.dns = dns_new(options->loop, options->dns, &hooks, err);
    if (!p.dns)
        return false;
    probe_collect_queues(&p);
    probe_ask(&p, stats);
    for (size_t i = 0; i < count; i++)
        sources[i].ops->finish(sources[i].state);
    authorities_free(p.servers);
    dns_free(p.dns);
    http_free(p.http);
    subprocess_free(p.programs);
    for (uint32_t i = 0; i < p.flight_count; i++)
        free(p.flights[i]);
    free(p.flights);
    free(p.free_flights);
    free(p.queues);
    return !p.failed;
}
