/* SPDX-License-Identifier: ISC */
/*
 * DNSBLs as a source, with one queue per list. A queue first asks for the list's test points and a
 * random label, then for its targets, then for the reasons for new listings; the list is tested
 * again when its questions took long or were many. What the answers and tests mean is decided
 * elsewhere (dnsbl_answer.h, dnsbl_proof.h); this file only puts the questions in order.
 */
#include "dnsbl_domains.h"
#include "dnsbl_state.h"

#include "repmon/buf.h"
#include "repmon/dnsbl_setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t dnsbl_columns(const void *setup)
{
    return ((const struct dnsbl_setup *)setup)->lists.count;
}

static void dnsbl_describe(const void *setup, size_t column, struct column *out)
{
    const struct dnsbl_list *list = &((const struct dnsbl_setup *)setup)->lists.items[column];
    out->source = "dnsbl";
    out->list = list->zone;
    out->severity = list->severity;
    out->kind = list->kind;
    out->dns_list = true;
    out->of_domains = list->domains;
    for (size_t f = 0; f < CATALOGUE_FAMILIES; f++)
        out->testable[f] = list->family[f].has_listed;
}

static void dnsbl_explain(const void *setup, size_t column, const char *answers,
                          struct verdict *out)
{
    const struct dnsbl_setup *d = setup;
    struct dnsbl_explanation e;
    dnsbl_answer_explain(&d->lists.items[column], answers, &e);
    out->level = e.level;
    out->cause = e.cause;
    snprintf(out->state, sizeof out->state, "%s", e.state);
    memcpy(out->codes, e.codes, e.code_count * sizeof *e.codes);
    out->code_count = e.code_count;
    out->trust = e.trust < 0 ? 0 : e.trust + 1; /* listed without a rank is still listed */
    out->advice = e.advice;
}

/* A refusal may name ZEN although the address is looked up in ZEN's keyed zone. */
static bool covers(const void *setup, size_t column, const char *zone)
{
    const struct dnsbl_list *list = &((const struct dnsbl_setup *)setup)->lists.items[column];
    size_t count = list->catalogue ? list->catalogue->replace_count : 0;
    if (list->kind != LIST_BLOCK)
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(list->catalogue->replaces[i], zone) == 0)
            return true;
    return strcmp(list->zone, zone) == 0;
}

static int64_t valid_for_ms(const void *setup, size_t column)
{
    return ((const struct dnsbl_setup *)setup)->lists.items[column].valid_for_ms;
}

static int64_t dnsbl_every_ms(const void *setup, size_t column)
{
    return ((const struct dnsbl_setup *)setup)->lists.items[column].every_ms;
}

static void dnsbl_url(const void *setup, size_t column, const struct ip *ip, bool finding,
                      struct buf *out)
{
    const struct dnsbl_list *list = &((const struct dnsbl_setup *)setup)->lists.items[column];
    dnsbl_list_url(finding && list->delist_url[0] ? list->delist_url : list->lookup_url, ip, out);
}

static bool dnsbl_is_due(const struct dnsbl_state *s, const struct dnsbl_queue *l, size_t row)
{
    return !s->env.is_due || s->env.is_due(s->env.ctx, row, l->number);
}

/*
 * Where only domains are watched and no list of domains is on, the address lists are tested all
 * the same: their test points expose a resolver that denies everything.
 */
static bool dnsbl_only_tests(const struct dnsbl_state *s)
{
    const struct inventory *inv = s->env.inventory;
    for (size_t i = 0; i < s->count; i++)
        if (s->lists[i].list->domains)
            return false;
    for (size_t row = 0; row < inv->count; row++)
        if (!ip_name(&inv->items[row].ip))
            return false;
    return inv->count > 0;
}

/* Marks targets that a list can't say anything about; a list without due targets is not tested. */
static void dnsbl_sort_targets(struct dnsbl_state *s)
{
    uint16_t outcome = results_intern(s->env.results, CAUSE_NOT_APPLICABLE, 0, "");
    bool only_tests = dnsbl_only_tests(s);
    for (size_t i = 0; i < s->count; i++) {
        struct dnsbl_queue *l = &s->lists[i];
        if (l->list->state == LIST_NO_KEY)
            continue;
        l->needed[0] = only_tests && l->list->family[0].on;
        for (size_t row = 0; row < s->env.inventory->count; row++) {
            const struct target *t = &s->env.inventory->items[row];
            bool *needed = &l->needed[family_index(t->ip.family)];
            if (!dnsbl_list_applies(l->list, t))
                results_set(s->env.results, row, l->number, outcome);
            else if (l->list->domains) /* not before there is a name to ask about */
                l->needed[0] |= s->env.tests_only;
            else if (!*needed)
                *needed = s->env.tests_only || dnsbl_is_due(s, l, row);
        }
    }
}

/* What earlier runs on this UTC day have left of the budget. */
static uint64_t dnsbl_budget_left(const struct dnsbl_list *list, const struct source_env *env,
                                  size_t column)
{
    if (list->budget == UINT64_MAX || !env->used_today)
        return list->budget;
    uint64_t used = env->used_today(env->ctx, column);
    return used < list->budget ? list->budget - used : 0;
}

static void *dnsbl_open_source(const void *setup, const struct source_env *env, struct error *err)
{
    (void)err;
    struct dnsbl_state *s = mem_alloc(sizeof *s);
    s->setup = setup;
    s->env = *env;
    s->count = s->setup->lists.count;
    s->queues = mem_array(s->count + 1, sizeof *s->queues);
    s->lists = mem_array(s->count, sizeof *s->lists);
    for (size_t i = 0; i < s->count; i++) {
        const struct dnsbl_list *list = &s->setup->lists.items[i];
        struct dnsbl_queue *l = &s->lists[i];
        l->list = list;
        l->number = env->first_column + i;
        l->column = results_column(env->results, l->number);
        l->failed = list->state == LIST_NO_KEY ? CAUSE_NO_KEY : CAUSE_NONE;
        l->start = env->start_row ? env->start_row(env->ctx, l->number) : 0;
        s->queues[i] = (struct queue){.name = list->zone,
                                      .rate = list->rate,
                                      .budget = dnsbl_budget_left(list, env, l->number),
                                      .severity = list->severity};
    }
    dnsbl_sort_targets(s);
    dnsbl_domains_open(s);
    return s;
}

static struct queue *dnsbl_queues(void *state, size_t *count)
{
    struct dnsbl_state *s = state;
    *count = s->count + (s->reverse.due != NULL);
    return s->queues;
}

static void dnsbl_close_source(void *state)
{
    struct dnsbl_state *s = state;
    dnsbl_domains_close(s);
    free(s->queues);
    free(s->lists);
    free(s);
}

/* ---- the order of questions ---- */

static bool dnsbl_tests_done(struct dnsbl_state *s, struct dnsbl_queue *l)
{
    for (size_t family = 0; family < CATALOGUE_FAMILIES; family++) {
        if (l->needed[family] && !dnsbl_present_way(s, l, family)->done)
            return false;
    }
    return true;
}

static bool dnsbl_next_row(struct dnsbl_state *s, struct dnsbl_queue *l, size_t *row)
{
    const struct inventory *inv = s->env.inventory;
    if (l->list->domains)
        return dnsbl_domains_next(s, l, row);
    while (l->visited < inv->count) {
        *row = (l->start + l->visited++) % inv->count;
        if (dnsbl_list_applies(l->list, &inv->items[*row]) && dnsbl_is_due(s, l, *row) &&
            !dnsbl_is_settled(s, l, results_get(s->env.results, *row, l->number)))
            return true;
    }
    return false;
}

static bool dnsbl_ask_target(struct dnsbl_state *s, struct dnsbl_queue *l, int64_t now_ms,
                             struct request *r)
{
    size_t row;
    if (!dnsbl_next_row(s, l, &row))
        return false;
    if (l->targets_asked++ == 0)
        l->first_target_ms = now_ms;
    l->targets_open++;
    dnsbl_ask_row(s, l, TAG_TARGET, row, r);
    return true;
}

/* A list of domains waits for reverse names, but must not hold up the run while none can be had. */
static enum next dnsbl_wait_for_names(const struct dnsbl_state *s)
{
    return dnsbl_domains_more(s) && !s->reverse.asleep ? NEXT_WAIT : NEXT_DONE;
}

/* A list whose questions took long or were many is tested again after its last one. */
static bool dnsbl_begin_closing_round(struct dnsbl_state *s, struct dnsbl_queue *l, int64_t now_ms)
{
    if (l->retested || (l->targets_asked < RETEST_AFTER &&
                        (l->targets_asked == 0 || now_ms - l->first_target_ms < RETEST_MS)))
        return false;
    l->retested = true;
    for (size_t family = 0; family < CATALOGUE_FAMILIES; family++) {
        if (l->needed[family])
            dnsbl_ask_anew(dnsbl_present_way(s, l, family));
    }
    return true;
}

static enum next dnsbl_next(void *state, size_t queue, int64_t now_ms, struct request *r,
                            int64_t *wake_ms)
{
    struct dnsbl_state *s = state;
    if (queue == s->count)
        return dnsbl_reverse_next(s, r);
    struct dnsbl_queue *l = &s->lists[queue];
    if (l->failed == CAUSE_NO_KEY)
        return NEXT_DONE;
    if (l->list->domains && !l->needed[0]) {
        l->needed[0] = dnsbl_domains_any(s, l);
        if (!l->needed[0])
            return dnsbl_wait_for_names(s);
    }
    if (l->failed != CAUSE_NONE && l->retest_ms && now_ms >= l->retest_ms) {
        l->retest_ms = 0;
        for (size_t family = 0; family < CATALOGUE_FAMILIES; family++)
            dnsbl_present_way(s, l, family)->begun = false;
    }
    if (dnsbl_ask_test(s, l, r))
        return NEXT_REQUEST;
    if (l->reason_next < l->reason_count) {
        size_t row = l->reasons[l->reason_next++];
        dnsbl_ask_row(s, l, TAG_REASON, row, r);
        return NEXT_REQUEST;
    }
    if (l->failed != CAUSE_NONE) {
        if (!l->retest_ms && dnsbl_tests_done(s, l))
            l->retest_ms = now_ms + RETEST_MS;
        *wake_ms = l->retest_ms;
        return NEXT_DONE;
    }
    if (!dnsbl_tests_done(s, l) && (l->targets_asked >= PROBATION || l->errors > 0))
        return NEXT_WAIT;
    if (dnsbl_ask_target(s, l, now_ms, r))
        return NEXT_REQUEST;
    if (l->targets_open || !dnsbl_tests_done(s, l))
        return NEXT_WAIT;
    if (l->list->domains && dnsbl_domains_more(s))
        return dnsbl_wait_for_names(s);
    if (dnsbl_begin_closing_round(s, l, now_ms) && dnsbl_ask_test(s, l, r))
        return NEXT_REQUEST;
    return NEXT_DONE;
}

static const struct secret *dnsbl_secret(const struct conf *conf, size_t number)
{
    return number < conf->dnsbl_count ? &conf->dnsbls[number].key : NULL;
}

const struct source source_dnsbl = {
    .word = "dnsbl",
    .heading = "DNS lists",
    .dns_list = true,
    .counts_days = true,
    .secret = dnsbl_secret,
    .setup_new = dnsbl_setup_new,
    .setup_free = dnsbl_setup_free,
    .setup_notes = dnsbl_setup_notes,
    .columns = dnsbl_columns,
    .describe = dnsbl_describe,
    .explain = dnsbl_explain,
    .covers = covers,
    .url = dnsbl_url,
    .valid_for_ms = valid_for_ms,
    .every_ms = dnsbl_every_ms,
    .advise = dnsbl_advise,
    .estimate = dnsbl_estimate,
    .test = dnsbl_test,
    .catalogue = dnsbl_catalogue,
    .zones = dnsbl_zones,
    .open = dnsbl_open_source,
    .queues = dnsbl_queues,
    .next = dnsbl_next,
    .reply = dnsbl_reply,
    .resolver_changed = dnsbl_resolver_changed,
    .queue_asleep = dnsbl_queue_asleep,
    .finish = dnsbl_finish,
    .close = dnsbl_close_source,
};
