/* SPDX-License-Identifier: ISC */
/*
 * For the tests of a run's pure steps: a small world of two lists and some addresses, made in
 * memory. What earlier runs left, what was answered now; then plan, decide and publish.
 */
#ifndef RUN_KIT_H
#define RUN_KIT_H

#include "unit.h"

#include "run/decide.h"
#include "run/publish.h"

#include "repmon/buf.h"
#include "repmon/describe.h"

#include <stdio.h>
#include <stdlib.h>

#define HOUR 3600
#define DAY  86400
#define NOW  ((time_t)1800000000)

#define KIT_ROWS  12
#define KIT_A     0 /* "a.example": critical */
#define KIT_B     1 /* "b.example": critical */
#define KIT_LISTS 2

struct kit {
    struct conf conf;
    struct conf_channel channels[2];
    const char *titles[2];
    struct session session;
    struct run_list list_items[KIT_LISTS];
    struct run_lists lists;
    struct snapshot snapshot;
    proof_cell cells[KIT_LISTS][KIT_ROWS];
    struct resolved watch;
    struct plan plan;
    struct decide_expiry expiries[KIT_LISTS];
    struct decide_in in;
    struct decision decision;
    struct describer describer;
    struct entries entries;
    struct messages messages;
};

/* ---- a source of two lists ---- */

static const char *const kit_names[KIT_LISTS] = {"a.example", "b.example"};

static inline size_t kit_columns(const void *setup)
{
    (void)setup;
    return KIT_LISTS;
}

static inline void kit_describe(const void *setup, size_t column, struct column *out)
{
    (void)setup;
    out->source = "kit";
    out->list = kit_names[column];
    out->severity = SEV_CRITICAL;
    out->kind = LIST_BLOCK;
    out->dns_list = true;
}

/* "w…" is a warning, "i…" an information, anything else critical. */
static inline void kit_explain(const void *setup, size_t column, const char *answers,
                               struct verdict *out)
{
    (void)setup, (void)column;
    *out = (struct verdict){.cause = CAUSE_NONE, .advice = "", .level = LEVEL_OK};
    if (answers[0] == 'w')
        out->level = LEVEL_WARNING;
    else if (answers[0] == 'i')
        out->level = LEVEL_INFO;
    else if (answers[0])
        out->level = LEVEL_CRITICAL;
    snprintf(out->state, sizeof out->state, "%s", answers[0] ? "listed" : "not-listed");
}

static inline void kit_url(const void *setup, size_t column, const struct ip *ip, bool finding,
                           struct buf *out)
{
    (void)setup, (void)column, (void)ip, (void)finding, (void)out;
}

static const struct source kit_source = {.word = "kit",
                                         .dns_list = true,
                                         .columns = kit_columns,
                                         .describe = kit_describe,
                                         .explain = kit_explain,
                                         .url = kit_url};

/* ---- the world before the run ---- */

static inline void kit_init(struct kit *k, size_t rows)
{
    struct error err = {0};
    memset(k, 0, sizeof *k);
    conf_init(&k->conf);
    k->session = (struct session){.conf = &k->conf, .part_count = 1, .column_count = KIT_LISTS};
    k->session.advice = advice_table_new(&err);
    k->session.parts[0] = (struct session_part){
        .source = &kit_source, .setup = &k->conf, .on = true, .columns = KIT_LISTS};
    for (size_t j = 0; j < KIT_LISTS; j++)
        k->list_items[j] = (struct run_list){.source = (char *)"kit",
                                             .list = (char *)kit_names[j],
                                             .severity = SEV_CRITICAL,
                                             .holds_s = 14 * DAY};
    k->lists = (struct run_lists){k->list_items, KIT_LISTS};
    inventory_init(&k->watch.inventory);
    for (size_t i = 0; i < rows; i++) {
        struct cidr one;
        char text[IP_TEXT_MAX];
        snprintf(text, sizeof text, "203.0.113.%zu", i + 1);
        assert_true(cidr_parse(text, &one, &err));
        const struct inventory_line line = {.label = "mx", .max = KIT_ROWS};
        assert_true(inventory_add(&k->watch.inventory, &one, &line, &err));
    }
    inventory_finish(&k->watch.inventory);
    for (size_t i = 0; i < rows; i++) {
        struct target *t = &k->watch.inventory.items[i];
        t->id = stored_targets_put(&k->watch.targets, &t->ip, t->prefix, 0, "mx", NOW - DAY);
    }
    stored_targets_sort(&k->watch.targets);
    k->session.inventory = &k->watch.inventory;
    k->session.results = results_new(rows, KIT_LISTS);
    for (size_t j = 0; j < KIT_LISTS; j++) {
        struct column *c = results_column(k->session.results, j);
        kit_describe(NULL, j, c);
        c->health = HEALTH_OK;
        c->via[0] = (struct validity){CAUSE_NONE, CAUSE_NONE};
        c->proven = NOW;
        c->fresh = c->due = true;
        c->asked = rows;
    }
    k->snapshot.run = 7;
    k->snapshot.names = mem_array(KIT_LISTS, sizeof *k->snapshot.names);
    k->snapshot.lists = mem_array(KIT_LISTS, sizeof *k->snapshot.lists);
    k->snapshot.list_count = KIT_LISTS;
    for (size_t j = 0; j < KIT_LISTS; j++)
        k->snapshot.names[j] = (struct stored_list){mem_dup("kit"), mem_dup(kit_names[j])};
    k->in = (struct decide_in){.conf = judge_conf_default(),
                               .ops = session_judge_ops(&k->session),
                               .lists = &k->lists,
                               .snapshot = &k->snapshot,
                               .watch = &k->watch,
                               .plan = &k->plan,
                               .results = k->session.results,
                               .expiries = k->expiries,
                               .whole = "kit",
                               .now = NOW};
}

/* All lists were good at every cell an hour ago. */
static inline void kit_proven(struct kit *k, time_t when)
{
    for (size_t j = 0; j < KIT_LISTS; j++) {
        for (size_t i = 0; i < KIT_ROWS; i++)
            k->cells[j][i] = proof_pack(&(struct cell_proof){.proven = when, .asked = when});
    }
}

/* In the order of list and row. Listed and told of two days ago. */
static inline struct belief *kit_believe(struct kit *k, size_t row, size_t column,
                                         const char *answers)
{
    struct stored_beliefs *b = &k->snapshot.beliefs;
    b->items = mem_grow(b->items, b->count + 1, sizeof *b->items);
    b->items[b->count] = (struct belief){.target = k->watch.inventory.items[row].id,
                                         .source = "kit",
                                         .list = kit_names[column],
                                         .answers = answers,
                                         .detail = "",
                                         .since = NOW - 2 * DAY,
                                         .opened = NOW - 2 * DAY};
    b->items[b->count].told.kinds = 1u << CHANGE_LISTED;
    b->items[b->count].told.worst = LEVEL_CRITICAL;
    b->items[b->count].told.digest = "mon1-old";
    return &b->items[b->count++];
}

static inline struct list_belief *kit_list_believe(struct kit *k, const char *list)
{
    struct stored_list_beliefs *b = &k->snapshot.list_beliefs;
    b->items = mem_grow(b->items, b->count + 1, sizeof *b->items);
    b->items[b->count] = (struct list_belief){
        .source = "kit", .list = list, .good = NOW - HOUR, .baseline = NOW - 9 * DAY};
    return &b->items[b->count++];
}

static inline void kit_channel(struct kit *k, const char *name, enum level least)
{
    size_t i = k->conf.channel_count++;
    k->channels[i] =
        (struct conf_channel){.word = "webhook", .name = (char *)name, .min_level = least};
    k->titles[i] = name;
    k->conf.channels = k->channels;
    k->in.channels = k->titles;
    k->in.channel_count = k->conf.channel_count;
}

/* ---- the run ---- */

static inline void kit_plan(struct kit *k, bool all)
{
    for (size_t j = 0; j < KIT_LISTS; j++) {
        struct snapshot_list *l = &k->snapshot.lists[j];
        l->source = k->snapshot.names[j].source;
        l->list = k->snapshot.names[j].list;
        proofs_fini(&l->proofs);
        proofs_pack(&l->proofs, k->cells[j], KIT_ROWS);
    }
    const struct plan_in in = {.lists = &k->lists,
                               .snapshot = &k->snapshot,
                               .inventory = &k->watch.inventory,
                               .all = all,
                               .now = NOW};
    plan_fini(&k->plan);
    k->plan = plan_make(&in);
}

static inline void kit_answer(struct kit *k, size_t row, size_t column, const char *answers)
{
    results_set(k->session.results, row, column,
                results_intern(k->session.results, CAUSE_NONE, 0, answers));
}

static inline void kit_answer_all(struct kit *k, const char *answers)
{
    for (size_t j = 0; j < KIT_LISTS; j++) {
        for (size_t i = 0; i < k->watch.inventory.count; i++)
            kit_answer(k, i, j, answers);
    }
}

static inline void kit_decide(struct kit *k)
{
    kit_plan(k, true);
    k->decision = decide(&k->in);
}

static inline void kit_publish(struct kit *k)
{
    struct error err = {0};
    kit_decide(k);
    k->describer.session = &k->session;
    struct describe_ops ops = describer_ops(&k->describer);
    group_changes(k->decision.changes, k->decision.change_count, &ops, &k->entries);
    const struct publish_in in = {.conf = &k->conf,
                                  .session = &k->session,
                                  .decided = &k->in,
                                  .decision = &k->decision,
                                  .entries = &k->entries,
                                  .id = "mon1-new",
                                  .config = "/etc/repmon.conf"};
    assert_true(publish(&in, &k->messages, &err));
}

/* The change of that kind about a row of a list; NULL: none. */
static inline const struct change *kit_change(const struct kit *k, enum change_kind kind,
                                              size_t row, const char *list)
{
    for (size_t i = 0; i < k->decision.change_count; i++) {
        const struct change *c = &k->decision.changes[i];
        if (c->kind == kind && !c->of_list && strcmp(c->list, list) == 0 &&
            c->target == k->watch.inventory.items[row].id)
            return c;
    }
    return NULL;
}

static inline const struct change *kit_list_change(const struct kit *k, enum change_kind kind,
                                                   const char *list)
{
    for (size_t i = 0; i < k->decision.change_count; i++) {
        const struct change *c = &k->decision.changes[i];
        if (c->kind == kind && c->of_list && strcmp(c->list, list) == 0)
            return c;
    }
    return NULL;
}

static inline const struct decide_belief *kit_belief(const struct kit *k, size_t row, size_t column)
{
    for (size_t i = 0; i < k->decision.belief_count; i++) {
        const struct belief *b = &k->decision.beliefs[i].belief;
        if (b->target == k->watch.inventory.items[row].id &&
            strcmp(b->list, kit_names[column]) == 0)
            return &k->decision.beliefs[i];
    }
    return NULL;
}

static inline struct cell_proof kit_proof(const struct kit *k, size_t row, size_t column)
{
    return proof_unpack(proofs_cell(&k->decision.proofs[column], k->watch.inventory.items[row].id));
}

static inline void kit_fini(struct kit *k)
{
    messages_fini(&k->messages);
    entries_fini(&k->entries);
    describer_fini(&k->describer);
    decision_fini(&k->decision);
    plan_fini(&k->plan);
    resolve_fini(&k->watch);
    snapshot_fini(&k->snapshot);
    results_free(k->session.results);
    advice_table_free(k->session.advice);
    k->conf.channels = NULL;
    k->conf.channel_count = 0;
    conf_fini(&k->conf);
}

#endif
