/* SPDX-License-Identifier: ISC */
#include "log_setup.h"

#include "repmon/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct conf_receiver *log_rules_of(const struct conf *conf, const char *receiver,
                                         bool in_table)
{
    static const struct conf_receiver defaults = {.severity = SEV_CRITICAL,
                                                  .refused_min = 2,
                                                  .refused_share = 20,
                                                  .throttled_min = 5,
                                                  .throttled_share = 20};
    const struct conf_receiver *found = &defaults;
    for (size_t i = 0; i < conf->receiver_count; i++) {
        const struct conf_receiver *r = &conf->receivers[i];
        if (strcmp(r->name, receiver) == 0)
            return r;
        if (!in_table && strcmp(r->name, "others") == 0)
            found = r;
    }
    return found;
}

/* A receiver of the table, the domain of an MX, or "others": anything else matches no receiver. */
static bool log_receivers_are_known(const struct conf *conf, const struct explain *e,
                                    struct error *err)
{
    static const char *const often[] = {
        "gmail", "microsoft-consumer", "microsoft-365", "yahoo", "apple",
        "gmx",   "t-online",           "others"};
    for (size_t i = 0; i < conf->receiver_count; i++) {
        const struct conf_receiver *r = &conf->receivers[i];
        struct suggestion near = {.typed = r->name};
        if (strchr(r->name, '.') || strcmp(r->name, "others") == 0 || explain_title(e, r->name))
            continue;
        for (size_t k = 0; k < sizeof often / sizeof *often; k++)
            suggest_offer(&near, often[k]);
        return error_at(err, ERR_CONFIG, r->at.file, r->at.line,
                        "[receiver \"%s\"]: no receiver has that name%s%s%s: use one of "
                        "repmon-refusals(7), the domain of an MX, or others",
                        r->name, near.word ? " (did you mean " : "", near.word ? near.word : "",
                        near.word ? "?)" : "");
    }
    return true;
}

void *log_setup_new(const struct conf *conf, const struct source_zones *zones, struct error *err)
{
    struct log_setup *s = mem_alloc(sizeof *s);
    (void)zones;
    s->conf = conf;
    s->logs = mem_array(conf->log_count + 1, sizeof *s->logs);
    memory_init(&s->heard.memory);
    buf_init(&s->heard.scratch, EXPLAIN_LINE_MAX * 2);
    if (conf->log_count == 0 && conf->receiver_count == 0) /* a mistyped receiver is an error */
        return s;
    bool ok = refusals_load(&s->refusals, conf, err);
    s->heard.explain = s->refusals.explain;
    if (ok && log_receivers_are_known(conf, s->heard.explain, err))
        return s;
    log_setup_free(s);
    return NULL;
}

const struct ip *log_unwatched(const struct conf_log *log, const struct inventory *inventory)
{
    for (size_t i = 0; i < log->address_count; i++)
        if (!heard_target_of(inventory, &log->addresses[i]))
            return &log->addresses[i];
    return NULL;
}

bool log_addresses_are_targets(const struct conf *conf, const struct inventory *inventory,
                               struct error *err)
{
    for (size_t i = 0; i < conf->log_count; i++) {
        const struct conf_log *log = &conf->logs[i];
        const struct ip *unwatched = log_unwatched(log, inventory);
        char text[IP_TEXT_MAX];
        if (!unwatched)
            continue;
        ip_format(unwatched, text);
        return error_at(err, ERR_CONFIG, log->at.file, log->at.line,
                        "[log \"%s\"] address %s is not a target: add it to [targets]", log->name,
                        text);
    }
    return true;
}

void log_setup_free(void *setup)
{
    struct log_setup *s = setup;
    if (!s)
        return;
    memory_fini(&s->heard.memory);
    buf_fini(&s->heard.scratch);
    refusals_fini(&s->refusals);
    free(s->logs);
    free(s->receivers);
    free(s->twice);
    free(s);
}

void log_recall(void *setup, const char *text)
{
    struct log_setup *s = setup;
    struct memory m;
    if (s->conf->log_count == 0)
        return;
    memory_parse(&m, text);
    memory_fini(&s->heard.memory);
    s->heard.memory = m;
    log_list_receivers(s);
}

void log_remember(const void *setup, time_t now, struct buf *out)
{
    const struct log_setup *s = setup;
    if (s->conf->log_count > 0)
        memory_format(&s->heard.memory, (int64_t)now, out);
}

const struct pair *log_pair_of(const struct log_setup *s, const char *receiver,
                               const struct ip *own)
{
    return memory_find(&s->heard.memory, own, receiver);
}

/* ---- receivers ---- */

static bool log_is_listed(const struct log_setup *s, const char *name)
{
    for (size_t i = 0; i < s->receiver_count; i++)
        if (strcmp(s->receivers[i].name, name) == 0)
            return true;
    return false;
}

/* A receiver outside the table gets a list only while its refusals are news: there are too many. */
static bool log_is_worth_a_list(const struct pair *p)
{
    if (!p->own.family || (p->state == PAIR_NO_DATA && !p->was_told))
        return false;
    return p->in_table || p->was_told || (p->told && p->state > PAIR_ACCEPTED);
}

static int log_title_order(const void *a, const void *b)
{
    const struct log_receiver *x = a;
    const struct log_receiver *y = b;
    return strcmp(x->title, y->title);
}

static void log_short_title(const struct log_setup *s, struct log_receiver *r)
{
    receivers_title(s->heard.explain, r->name, r->title);
    snprintf(r->refused, sizeof r->refused, "refused by %s", r->title);
    snprintf(r->partly_refused, sizeof r->partly_refused, "partly refused by %s", r->title);
}

void log_list_receivers(struct log_setup *s)
{
    const struct memory *m = &s->heard.memory;
    s->receiver_count = 0;
    for (size_t i = 0; i < m->pair_count && s->receiver_count < LIMIT_LISTS; i++) {
        const struct pair *p = m->pairs[i];
        if (!log_is_worth_a_list(p) || log_is_listed(s, p->receiver))
            continue;
        s->receivers = mem_grow(s->receivers, s->receiver_count + 1, sizeof *s->receivers);
        struct log_receiver *r = &s->receivers[s->receiver_count++];
        *r = (struct log_receiver){.name = p->receiver, .in_table = p->in_table};
        log_short_title(s, r);
    }
    if (s->receiver_count)
        qsort(s->receivers, s->receiver_count, sizeof *s->receivers, log_title_order);
}

void log_advise(const void *setup, size_t column, struct advice_query *query)
{
    const struct log_setup *s = setup;
    if (column < s->conf->log_count)
        return;
    const char *receiver = s->receivers[column - s->conf->log_count].name;
    const struct pair *p = query->ip ? log_pair_of(s, receiver, query->ip) : NULL;
    if (p && p->evidence && p->evidence->row[0])
        query->list_advice = explain_row_advice(s->heard.explain, p->evidence->row);
}
