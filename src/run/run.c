/* SPDX-License-Identifier: ISC */
#include "repmon/run.h"

#include "commit.h"
#include "decide.h"
#include "learned.h"
#include "load.h"
#include "names_said.h"
#include "plan.h"
#include "publish.h"
#include "tell.h"

#include "repmon/clock.h"
#include "repmon/clock_check.h"
#include "repmon/cross.h"
#include "repmon/crypto.h"
#include "repmon/describe.h"
#include "repmon/log.h"
#include "repmon/loop.h"
#include "repmon/recall.h"
#include "repmon/status_report.h"
#include "repmon/text_fit.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOKUP_PART  4         /* names may take a quarter of the deadline */
#define HEAR_PART    4         /* of the deadline, for logs: contract section 9 */
#define HARD_ALARM_S (20 * 60) /* behind both: a hang dies, and cron starts another */
#define ID_INSTANCE  24        /* bytes of the instance in the id of a digest */
#define ID_MAX       64

/*
 * The values of a run, in the order in which they come to be. Each step takes those before it as
 * const and makes one; nothing is changed afterwards. Here they wait for what comes next, and to be
 * freed.
 */
struct values {
    const struct run_options *options; /* borrowed */
    const struct conf *conf;           /* borrowed */
    struct errors *errors;             /* borrowed */
    struct store *store;               /* owned */
    struct loop *loop;                 /* owned */
    int64_t started_ms;                /* on clock_mono_ms() */

    struct session session;
    struct snapshot snapshot; /* load */
    struct stored_run row;
    struct resolved watch;          /* resolve, settle */
    struct inventory all;           /* of it: what hearers see */
    struct run_lists lists;         /* hear: its lists are known then */
    struct plan plan;               /* plan */
    struct learned learned;         /* probe, and the results of `ask` */
    struct decide_expiry *expiries; /* owned, one a column */
    char (*titles)[256];            /* owned, one a channel */
    const char **channels;          /* owned; they are the titles */
    char *config;                   /* owned: path for a reader elsewhere */
    struct decide_in decided;
    struct decision decision; /* decide */
    struct describer describer;
    struct entries entries; /* describe */
    char digest[ID_MAX];
    struct messages messages; /* publish */
};

/* ---- load ---- */

static void run_note_last(struct values *v)
{
    const struct stored_run *last = &v->snapshot.last;
    if (v->snapshot.has_last) {
        v->row.in_doubt = clock_check(last, &v->row);
        if (strcmp(last->instance, v->row.instance) != 0)
            log_warn("the state was written by instance \"%s\", this is \"%s\"", last->instance,
                     v->row.instance);
    }
    if (v->row.in_doubt)
        log_warn("the clock looks wrong: in this run nothing lapses, expires or is repeated");
}

static bool run_load(struct values *v, struct error *err)
{
    if (!load_open(v->conf, v->options->dry_run, &v->store, err))
        return false;
    loop_catch_signals(v->loop);
    alarm((unsigned)(v->conf->deadline_ms / 1000) + HARD_ALARM_S);
    v->row = (struct stored_run){.started = clock_wall()};
    clock_check_stamp(&v->row);
    text_fit(v->row.instance, sizeof v->row.instance, "%s", v->conf->instance);
    snprintf(v->row.version, sizeof v->row.version, "%s", REPMON_VERSION);
    if (!load_snapshot(v->store, v->row.started, &v->snapshot, err))
        return false;
    run_note_last(v);
    if (!session_init(&v->session, v->conf, NULL, err))
        return false;
    if (!session_is_possible(&v->session, err))
        return false;
    if (!recall_hearers(&v->session, v->store, err))
        return false;
    load_end(v->store);
    return true;
}

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

static bool run_resolve(struct values *v)
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

/* How much there was to read is not known: what is ahead falls to nothing. */
static void run_show_reading(void *ctx, const char *what, uint64_t ahead)
{
    const struct run_options *options = ctx;
    char text[160];
    snprintf(text, sizeof text, "reading %.100s: %" PRIu64 " MB to go", what, ahead >> 20);
    options->progress(options->ctx, 0, 0, text);
}

static bool run_hear(struct values *v, struct error *err)
{
    v->all = inventory_all(&v->watch.inventory);
    struct hear_env env = {.loop = v->loop,
                           .inventory = &v->all,
                           .all_targets = true,
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

static void run_plan(struct values *v)
{
    const struct plan_in in = {.lists = &v->lists,
                               .snapshot = &v->snapshot,
                               .inventory = &v->watch.inventory,
                               .all = v->options->all,
                               .now = v->row.started};
    v->plan = plan_make(&in);
}

/* ---- probe ---- */

/* For doctor: a resolver with a limit is slow, and nobody sees why. */
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
        log_info("the deadline was reached: the rest is asked in the next run");
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

static bool run_probe(struct values *v, struct error *err)
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

static void run_settle(struct values *v)
{
    resolve_settle(&v->watch, run_proved, v->session.results);
}

/* ---- cross ---- */

static const struct belief *believed(void *ctx, size_t row, size_t column)
{
    const struct values *v = ctx;
    const struct column *c = results_column_const(v->session.results, column);
    uint32_t id = v->watch.inventory.items[row].id;
    return stored_beliefs_find(&v->snapshot.beliefs, id, c->source, c->list);
}

static void cross(struct values *v)
{
    struct judge_conf conf = session_judge_conf(v->conf);
    struct judge_ops ops = session_judge_ops(&v->session);
    struct cross_ops hooks = session_cross_ops(&v->session);
    struct judge judge;
    hooks.belief = believed;
    hooks.belief_ctx = v;
    judge_init(&judge, &conf, &ops, clock_wall(), v->row.in_doubt);
    cross_refusals(&judge, &hooks, v->session.results, v->watch.inventory.count);
    cross_senders(&judge, &hooks, v->session.results, v->watch.inventory.count);
    judge_fini(&judge);
}

/* ---- decide, describe, publish: again when an acknowledgement came meanwhile ---- */

/* The instance's name with what an id may hold: whoever gets messages of several knows whose it is.
 */
static void run_id_of_instance(const char *instance, char out[static ID_INSTANCE + 1])
{
    size_t len = 0;
    for (; len < ID_INSTANCE && instance[len]; len++)
        out[len] = (char)(isalnum((unsigned char)instance[len]) ? instance[len] : '-');
    out[len] = '\0';
}

static void run_name_digest(struct values *v, time_t now)
{
    uint8_t random[4];
    char hex[9], day[24], instance[ID_INSTANCE + 1];
    crypto_random(random, sizeof random);
    crypto_hex(random, sizeof random, hex);
    clock_format_utc(now, day, sizeof day);
    run_id_of_instance(v->conf->instance, instance);
    snprintf(v->digest, sizeof v->digest, "%s-%.4s%.2s%.2s-%" PRId64 "-%s", instance, day, day + 5,
             day + 8, v->snapshot.run, hex);
}

/* Its whole path: cron's directory is not the reader's. */
static char *run_config_path(const struct conf *conf)
{
    char *whole = conf->path ? realpath(conf->path, NULL) : NULL;
    if (whole)
        return whole;
    return mem_dup(conf->path ? conf->path : "");
}

static void run_name_channels(struct values *v)
{
    size_t count = channel_count(v->conf);
    v->titles = mem_array(count, sizeof *v->titles);
    v->channels = mem_array(count, sizeof *v->channels);
    for (size_t i = 0; i < count; i++) {
        channel_title(channel_at(v->conf, i), v->titles[i], sizeof v->titles[i]);
        v->channels[i] = v->titles[i];
    }
}

/* What the decision is made of. Its now is when asking ended: no answer is younger. */
static void run_conclude(struct values *v)
{
    time_t end = clock_wall();
    run_name_channels(v);
    v->config = run_config_path(v->conf);
    v->decided = (struct decide_in){.conf = session_judge_conf(v->conf),
                                    .ops = session_judge_ops(&v->session),
                                    .lists = &v->lists,
                                    .snapshot = &v->snapshot,
                                    .watch = &v->watch,
                                    .shard = v->conf->shard,
                                    .plan = &v->plan,
                                    .results = v->session.results,
                                    .expiries = v->expiries,
                                    .channels = v->channels,
                                    .channel_count = channel_count(v->conf),
                                    .now = end > v->row.started ? end : v->row.started,
                                    .in_doubt = v->row.in_doubt,
                                    .cut_short = loop_interrupted()};
    run_name_digest(v, v->decided.now);
}

static void run_forget_decision(struct values *v)
{
    messages_fini(&v->messages);
    entries_fini(&v->entries);
    describer_fini(&v->describer);
    decision_fini(&v->decision);
}

static bool run_decide_and_publish(struct values *v, struct error *err)
{
    run_forget_decision(v);
    v->decision = decide(&v->decided);
    v->describer.session = &v->session;
    struct describe_ops ops = describer_ops(&v->describer);
    group_changes(v->decision.changes, v->decision.change_count, &ops, &v->entries);
    const struct publish_in in = {.conf = v->conf,
                                  .session = &v->session,
                                  .decided = &v->decided,
                                  .decision = &v->decision,
                                  .entries = &v->entries,
                                  .id = v->digest,
                                  .config = v->config};
    return publish(&in, &v->messages, err);
}

/* ---- commit ---- */

static void run_finish_row(struct values *v)
{
    v->row.asked = v->decision.asked;
    v->row.proven = v->decision.proven;
    v->row.ended = clock_wall();
    if (v->row.ended < v->decided.now)
        v->row.ended = v->decided.now;
    v->row.boot_s = clock_boot_s();
    v->row.elapsed_ms = clock_mono_ms() - v->started_ms;
    v->row.completed = v->decision.completed;
    v->row.changes = (uint32_t)v->decision.change_count;
}

static bool run_write_all(struct values *v, bool newer, struct error *err)
{
    if (newer) {
        if (!load_beliefs(v->store, &v->snapshot, err))
            return false;
        if (!run_decide_and_publish(v, err))
            return false;
    }
    const struct commit_in in = {.decided = &v->decided,
                                 .decision = &v->decision,
                                 .learned = &v->learned,
                                 .session = &v->session,
                                 .messages = &v->messages,
                                 .digest = v->digest,
                                 .keep_s = v->row.in_doubt ? 0 : v->conf->keep_ms / 1000};
    if (!commit_write(v->store, &in, v->row.id, err))
        return false;
    run_finish_row(v);
    return true;
}

static bool run_commit(struct values *v, struct error *err)
{
    bool newer = false;
    v->row.lists = (uint32_t)session_list_count(&v->session);
    v->row.targets = (uint32_t)v->watch.inventory.count;
    if (!commit_begin(v->store, &v->snapshot, &v->row, &newer, err))
        return false;
    if (!run_write_all(v, newer, err)) {
        commit_drop(v->store);
        return false;
    }
    if (v->options->dry_run) {
        commit_drop(v->store);
        return true;
    }
    if (!commit_end(v->store, &v->row, err))
        return false;
    session_committed(&v->session);
    size_t changes = v->decision.change_count;
    log_info("saved: %zu change%s", changes, changes == 1 ? "" : "s");
    return true;
}

/* ---- the chain ---- */

static bool run_chain(struct values *v, struct error *err)
{
    if (!run_load(v, err))
        return false;
    v->started_ms = clock_mono_ms();
    if (!run_resolve(v))
        return false;
    if (!run_hear(v, err))
        return false;
    run_plan(v);
    if (!run_probe(v, err))
        return false;
    run_settle(v);
    cross(v);
    run_conclude(v);
    if (!run_decide_and_publish(v, err))
        return false;
    return run_commit(v, err);
}

static void run_take_result(struct values *v, struct run_result *result)
{
    result->changes = v->decision.change_count;
    result->proved = !v->decision.nothing;
    result->targets = v->watch.inventory.count;
    result->lists = session_list_count(&v->session);
    for (size_t j = 0; j < v->lists.count; j++) {
        enum health health = results_column_const(v->session.results, j)->health;
        if (health == HEALTH_BLIND || health == HEALTH_UNTRUSTED)
            result->unproven++;
    }
    buf_fini(&result->text);
    result->text = v->messages.text;
    v->messages.text = (struct buf){0};
}

static bool run_with_loop(struct values *v, struct run_result *result, struct error *err)
{
    v->loop = loop_new(err);
    if (!v->loop)
        return false;
    if (!run_chain(v, err)) {
        if (v->store && !v->options->dry_run)
            tell_failure(v->conf, v->store);
        return false;
    }
    run_take_result(v, result);
    if (v->options->dry_run)
        return true;
    const struct tell_in in = {.conf = v->conf,
                               .loop = v->loop,
                               .print = v->options->print,
                               .digest = v->digest,
                               .waits = v->messages.count > 0,
                               .in_doubt = v->row.in_doubt,
                               .completed = v->decision.completed,
                               .nothing = v->decision.nothing,
                               .now = v->decided.now};
    return tell(&in, v->store, result, err);
}

static void run_values_fini(struct values *v)
{
    run_forget_decision(v);
    free(v->config);
    free(v->channels);
    free(v->titles);
    free(v->expiries);
    learned_fini(&v->learned);
    plan_fini(&v->plan);
    session_fini(&v->session);
    run_lists_fini(&v->lists);
    resolve_fini(&v->watch);
    snapshot_fini(&v->snapshot);
    load_close(v->store);
    loop_free(v->loop);
}

bool run_once(const struct run_options *options, struct run_result *result, struct errors *errors)
{
    struct values v = {.options = options, .conf = options->conf, .errors = errors};
    struct error err = {0};
    *result = (struct run_result){0};
    bool ok = run_with_loop(&v, result, &err);
    run_values_fini(&v);
    errors_take(errors, &err);
    return ok;
}

void run_result_fini(struct run_result *result)
{
    buf_fini(&result->text);
}
