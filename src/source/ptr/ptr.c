/* SPDX-License-Identifier: ISC */
/*
 * Reverse DNS as a source: one queue. Each address is asked for its PTR names, and each name for
 * its addresses; an address without a name is queried a second time after all the others, because
 * "missing" is critical and a single negative answer may be an accident. What the answers mean is
 * decided in ptr_answer.h.
 *
 * An answer that is the resolver's own (AA), such as one from a hosts file, says nothing about what
 * others see; answers that a recursive resolver passes on never carry AA. After an AA answer the
 * zone is asked for, by an SOA question for the same name: a resolver that holds the zone answers
 * that as its own too, while a hosts file does not. A TTL of a few seconds is just as odd: such an
 * answer counts if the name exists for another type and the answer comes again.
 */
#include "ptr_state.h"
#include "ptr_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IN_FLIGHT 64 /* most names of a block live on the same few servers */

/* ---- one run ---- */

bool ptr_is_due(const struct ptr_state *s, size_t row)
{
    return !s->env.is_due || s->env.is_due(s->env.ctx, row, s->number);
}

bool ptr_applies(const struct target *t)
{
    return (t->ip.family == 4 || t->prefix == 128) && !ip_is_hidden(&t->ip);
}

void ptr_set(struct ptr_state *s, size_t row, enum cause cause, const char *answers)
{
    results_set(s->env.results, row, s->number, results_intern(s->env.results, cause, 0, answers));
}

bool ptr_is_confirmed(const struct ptr_state *s, size_t row)
{
    uint16_t outcome = results_get(s->env.results, row, s->number);
    return strcmp(results_outcome(s->env.results, outcome).answers, "confirmed") == 0;
}

static void *ptr_open_source(const void *setup, const struct source_env *env, struct error *err)
{
    (void)err;
    struct ptr_state *s = mem_alloc(sizeof *s);
    s->conf = &((const struct conf *)setup)->ptr;
    s->env = *env;
    s->number = env->first_column;
    s->column = results_column(env->results, s->number);
    s->start = env->start_row ? env->start_row(env->ctx, s->number) : 0;
    s->queue = (struct queue){
        .name = "ptr", .cap = IN_FLIGHT, .budget = UINT64_MAX, .severity = SEV_MAJOR};
    for (size_t row = 0; row < env->inventory->count; row++) {
        if (!ptr_applies(&env->inventory->items[row]))
            ptr_set(s, row, CAUSE_NOT_APPLICABLE, "");
    }
    return s;
}

static struct queue *ptr_queues(void *state, size_t *count)
{
    *count = 1;
    return &((struct ptr_state *)state)->queue;
}

static void ptr_close_source(void *state)
{
    struct ptr_state *s = state;
    for (size_t i = 0; i < s->job_count; i++)
        free(s->jobs[i]);
    free(s->jobs);
    free(s->missing.items);
    free(s->doubted.items);
    free(s->turned.items);
    free(s);
}

/* ---- questions ---- */

static enum next ptr_ask(struct ptr_state *s, enum ptr_tag kind, size_t name, size_t index,
                         const char *text, uint16_t type, struct request *r)
{
    r->kind = REQUEST_DNS;
    r->tag = (uint64_t)kind << 60 | (uint64_t)s->via << 40 | (uint64_t)name << 32 | index;
    r->type = type;
    r->tries = 0;
    snprintf(r->name, sizeof r->name, "%s", text);
    s->open++;
    return NEXT_REQUEST;
}

static enum next ptr_ask_reverse(struct ptr_state *s, enum ptr_tag kind, uint32_t row,
                                 uint16_t type, struct request *r)
{
    const struct ip *ip = &s->env.inventory->items[ROW(row)].ip;
    char labels[IP_REVERSE_MAX], name[IP_REVERSE_MAX + 16];
    ip_reverse(ip, labels);
    snprintf(name, sizeof name, "%s.%s", labels, ip->family == 4 ? "in-addr.arpa" : "ip6.arpa");
    return ptr_ask(s, kind, 0, row, name, type, r);
}

/* The next name of a job that is not yet asked. */
static enum next ptr_ask_forward(struct ptr_state *s, struct request *r)
{
    for (size_t i = 0; i < s->job_count; i++) {
        struct job *j = s->jobs[i];
        if (!j->in_use || j->asked == j->askable)
            continue;
        size_t n = j->asked++;
        if (j->asked == j->askable)
            s->forward--;
        uint16_t type = s->env.inventory->items[j->row].ip.family == 4 ? DNS_A : DNS_AAAA;
        return ptr_ask(s, TAG_FORWARD, n, i, j->names[n].name, type, r);
    }
    return NEXT_WAIT;
}

/* The zone of a name whose addresses were the resolver's own. */
static enum next ptr_ask_forward_zone(struct ptr_state *s, struct request *r)
{
    for (size_t i = 0; i < s->job_count; i++) {
        struct job *j = s->jobs[i];
        for (size_t n = 0; j->in_use && n < j->count; n++) {
            if (!(j->doubted & 1u << n))
                continue;
            j->doubted &= (uint8_t) ~(1u << n);
            s->forward_zones--;
            return ptr_ask(s, TAG_FORWARD_ZONE, n, i, j->names[n].name, DNS_SOA, r);
        }
    }
    return NEXT_WAIT;
}

static enum next ptr_next(void *state, size_t queue, int64_t now_ms, struct request *r,
                          int64_t *wake_ms)
{
    struct ptr_state *s = state;
    const struct inventory *inv = s->env.inventory;
    (void)queue;
    (void)now_ms;
    (void)wake_ms;
    if (s->forward)
        return ptr_ask_forward(s, r);
    if (s->forward_zones)
        return ptr_ask_forward_zone(s, r);
    while (s->visited < inv->count) {
        size_t row = (s->start + s->visited++) % inv->count;
        if (ptr_applies(&inv->items[row]) && ptr_is_due(s, row) && !ptr_is_confirmed(s, row))
            return ptr_ask_reverse(s, TAG_PTR, (uint32_t)row, DNS_PTR, r);
    }
    if (s->zones < s->doubted.count)
        return ptr_ask_reverse(s, TAG_ZONE, s->doubted.items[s->zones++], DNS_SOA, r);
    if (s->again < s->missing.count && (s->again || s->open == 0))
        return ptr_ask_reverse(s, TAG_AGAIN, s->missing.items[s->again++], DNS_PTR, r);
    return s->open ? NEXT_WAIT : NEXT_DONE;
}

const struct source source_ptr = {
    .word = "ptr",
    .heading = "Reverse DNS",
    .wants_known = true,
    .columns = ptr_columns,
    .describe = ptr_describe,
    .explain = ptr_explain,
    .url = ptr_url,
    .clean_word = ptr_clean_word,
    .headline = ptr_headline,
    .valid_for_ms = ptr_holds_ms,
    .every_ms = ptr_every_ms,
    .estimate = ptr_estimate,
    .open = ptr_open_source,
    .queues = ptr_queues,
    .next = ptr_next,
    .reply = ptr_reply,
    .resolver_changed = ptr_resolver_changed,
    .finish = ptr_finish,
    .close = ptr_close_source,
};
