/* SPDX-License-Identifier: ISC */
#include "run_steps.h"

#include "names_said.h"

#include "repmon/clock.h"
#include "repmon/cross.h"
#include "repmon/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOKUP_PART 4 /* names may take a quarter of the deadline */
#define HEAR_PART   4 /* of the deadline, for logs: repmon.conf(5), [log] */

/* ---- resolve ---- */

static void run_tell_notes(struct values *v)
{
    const struct names_said said = {
        .snapshot = &v->snapshot, .remind_s = v->conf->remind_ms / 1000, .now = v->row.started};
    for (size_t i = 0; i < v->watch.note_count; i++) {
        struct resolve_note *note = &v->watch.notes[i];
        bool news = names_said_is_news(&said, note);
        if (news && note->mild)
            log_info("%s", note->text);
        else if (news)
            log_warn("%s", note->text);
    }
}

bool run_resolve(struct values *v)
{
    struct dns_options dns = session_dns_options(&v->session);
    struct resolve_options options = {.conf = v->conf,
                                      .loop = v->loop,
                                      .dns = &dns,
                                      .deadline_ms =
                                          v->started_ms + v->conf->deadline_ms / LOOKUP_PART,
                                      .accept = v->options->accept_inventory,
                                      .keep_all = session_wants_all(&v->session),
                                      .before = snapshot_shard(&v->snapshot),
                                      .count_left_out = v->snapshot.first_ever,
                                      .now = v->row.started};
    bool ok = resolve_load(&options, &v->snapshot.known, &v->watch, v->errors);
    run_tell_notes(v);
    return ok;
}

/* ---- hear: what is heard tells what to ask ---- */

/* The total is not known, so progress is what is left to read. */
static void run_show_reading(void *ctx, const char *what, uint64_t ahead)
{
    const struct run_options *options = ctx;
    char text[160];
    snprintf(text, sizeof text, "reading %.100s: %" PRIu64 " MB to go", what, ahead >> 20);
    options->progress(options->ctx, 0, 0, text);
}

bool run_hear(struct values *v, struct error *err)
{
    v->all = inventory_all(&v->watch.inventory);
    struct hear_env env = {.loop = v->loop,
                           .inventory = &v->all,
                           .all_targets = true,
                           .in_doubt = v->row.in_doubt,
                           .now = v->row.started,
                           .deadline_ms = v->started_ms + v->conf->deadline_ms / HEAR_PART,
                           .progress = v->options->progress ? run_show_reading : NULL,
                           .ctx = (struct run_options *)v->options};
    if (!session_hear(&v->session, &env, err))
        return false;
    v->lists = run_lists_of(&v->session);
    return true;
}

/* ---- plan ---- */

void run_plan(struct values *v)
{
    const struct plan_in in = {.lists = &v->lists,
                               .snapshot = &v->snapshot,
                               .inventory = &v->watch.inventory,
                               .all = v->options->all,
                               .now = v->row.started};
    v->plan = plan_make(&in);
}

/* ---- probe ---- */

/* For doctor: a resolver with a limit is slow, and the reason is not obvious. */
static void run_learn_limit(struct values *v, const struct probe_stats *stats)
{
    char resolver[DNS_RESOLVER_TEXT], fact[DNS_RESOLVER_TEXT + 12];
    if (!stats->limit)
        return;
    dns_resolver_text(&v->session.resolvers[stats->via], resolver);
    snprintf(fact, sizeof fact, "%s %u", resolver, stats->limit);
    facts_set(&v->learned.facts, DNS_LIMIT_FACT, fact);
}

static bool run_ask_sources(struct values *v, const struct learning *learning, struct error *err)
{
    struct source_env hooks = learned_hooks((struct learning *)learning);
    struct probe_options options = {.loop = v->loop,
                                    .deadline_ms = v->started_ms + v->conf->deadline_ms,
                                    .progress = v->options->progress,
                                    .ctx = v->options->ctx};
    struct probe_stats stats;
    if (!session_open(&v->session, &v->watch.inventory, &hooks, err))
        return false;
    /* What is known of the health of a list that rests stays as it was. */
    for (size_t j = 0; j < v->plan.count; j++)
        results_column(v->session.results, j)->due = !v->plan.lists[j].rests;
    if (!session_run(&v->session, &options, &stats, err))
        return false;
    run_learn_limit(v, &stats);
    if (stats.cut)
        log_info("the deadline was reached: the rest is queried in the next run");
    return true;
}

static void run_take_expiries(struct values *v)
{
    v->expiries = mem_array(v->session.column_count, sizeof *v->expiries);
    for (size_t j = 0; j < v->session.column_count; j++) {
        size_t local;
        const struct session_part *part = session_part_of(&v->session, j, &local);
        if (part->source->expires)
            v->expiries[j].at = part->source->expires(part->state, local, &v->expiries[j].soon_s);
    }
}

bool run_probe(struct values *v, struct error *err)
{
    struct judge_conf conf = session_judge_conf(v->conf);
    struct judge_ops ops = session_judge_ops(&v->session);
    struct judge judge;
    learned_init(&v->learned, v->lists.count);
    judge_init(&judge, &conf, &ops, v->row.started, v->row.in_doubt);
    struct learning learning = {.lists = &v->lists,
                                .snapshot = &v->snapshot,
                                .plan = &v->plan,
                                .inventory = &v->watch.inventory,
                                .session = &v->session,
                                .judge = &judge,
                                .now = v->row.started,
                                .out = &v->learned};
    bool ok = run_ask_sources(v, &learning, err);
    if (ok)
        run_take_expiries(v);
    judge_fini(&judge);
    return ok;
}

/* ---- settle ---- */

static bool run_proved(void *ctx, unsigned via)
{
    return cross_resolver_proved(ctx, via);
}

void run_settle(struct values *v)
{
    resolve_settle(&v->watch, run_proved, v->session.results);
}

/* ---- cross ---- */

static const struct belief *run_believed(void *ctx, size_t row, size_t column)
{
    const struct values *v = ctx;
    const struct column *c = results_column_const(v->session.results, column);
    uint32_t id = v->watch.inventory.items[row].id;
    return stored_beliefs_find(&v->snapshot.beliefs, id, c->source, c->list);
}

void run_cross(struct values *v)
{
    struct judge_conf conf = session_judge_conf(v->conf);
    struct judge_ops ops = session_judge_ops(&v->session);
    struct cross_ops hooks = session_cross_ops(&v->session);
    struct judge judge;
    hooks.belief = run_believed;
    hooks.belief_ctx = v;
    judge_init(&judge, &conf, &ops, clock_wall(), v->row.in_doubt);
    cross_refusals(&judge, &hooks, v->session.results, v->watch.inventory.count);
    cross_senders(&judge, &hooks, v->session.results, v->watch.inventory.count);
    judge_fini(&judge);
}
