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
#include "repmon/describe.h"
#include "repmon/digest.h"
#include "repmon/doubt.h"
#include "repmon/log.h"
#include "repmon/loop.h"
#include "repmon/recall.h"
#include "repmon/saved.h"
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

    struct ask ask;
    struct snapshot snapshot; /* load */
    struct stored_run row;
    struct watch watch;             /* resolve, settle */
    struct run_lists lists;         /* hear: its lists are known then */
    struct plan plan;               /* plan */
    struct learned learned;         /* probe, and the grid of `ask` */
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

static void note_last_run(struct values *v)
{
    const struct stored_run *last = &v->snapshot.last;
    if (v->snapshot.has_last) {
        v->row.in_doubt = doubt_clock(last, &v->row);
        if (strcmp(last->instance, v->row.instance) != 0)
            log_warn("the state was written by instance \"%s\", this is \"%s\"", last->instance,
                     v->row.instance);
    }
    if (v->row.in_doubt)
        log_warn("the clock looks wrong: in this run nothing lapses, expires or is repeated");
}

static bool load(struct values *v, struct error *err)
{
    if (!load_open(v->conf, v->options->dry_run, &v->store, err))
        return false;
    loop_catch_signals(v->loop);
    alarm((unsigned)(v->conf->deadline_ms / 1000) + HARD_ALARM_S);
    v->row = (struct stored_run){.started = clock_wall()};
    doubt_stamp(&v->row);
    text_fit(v->row.instance, sizeof v->row.instance, "%s", v->conf->instance);
    snprintf(v->row.version, sizeof v->row.version, "%s", REPMON_VERSION);
    if (!load_snapshot(v->store, v->row.started, &v->snapshot, err))
        return false;
    note_last_run(v);
    if (!ask_init(&v->ask, v->conf, NULL, err))
        return false;
    if (!ask_is_possible(&v->ask, err))
        return false;
    if (!recall_hearers(&v->ask, v->store, err))
        return false;
    load_end(v->store);
    return true;
}

/* ---- resolve ---- */

static void tell_notes(struct values *v)
{
    const struct names_said said = {
        .snapshot = &v->snapshot, .remind_s = v->conf->remind_ms / 1000, .now = v->row.started};
    for (size_t i = 0; i < v->watch.note_count; i++) {
        struct watch_note *note = &v->watch.notes[i];
        bool news = names_said_is_news(&said, note);
        if (news && note->mild)
            log_info("%s", note->text);
        else if (news)
            log_warn("%s", note->text);
    }
}

static bool resolve(struct values *v)
{
    struct dns_options dns = ask_dns_options(&v->ask);
    struct watch_options options = {.conf = v->conf,
                                    .loop = v->loop,
                                    .dns = &dns,
                                    .deadline_ms =
                                        v->started_ms + v->conf->deadline_ms / LOOKUP_PART,
                                    .accept = v->options->accept_inventory,
                                    .count_left_out = v->snapshot.first_ever,
                                    .now = v->row.started};
    bool ok = watch_load(&options, &v->snapshot.known, &v->watch, v->errors);
    tell_notes(v);
    return ok;
}

/* ---- hear: what is heard tells what to ask ---- */

/* How much there was to read is not known: what is ahead falls to nothing. */
static void show_reading(void *ctx, const char *what, uint64_t ahead)
{
    const struct run_options *options = ctx;
    char text[160];
    snprintf(text, sizeof text, "reading %.100s: %" PRIu64 " MB to go", what, ahead >> 20);
    options->progress(options->ctx, 0, 0, text);
}

static bool hear(struct values *v, struct error *err)
{
    struct hear_env env = {.loop = v->loop,
                           .inventory = &v->watch.inventory,
                           .all_targets = true,
                           .now = v->row.started,
                           .deadline_ms = v->started_ms + v->conf->deadline_ms / HEAR_PART,
                           .stop = v->options->stop,
                           .progress = v->options->progress ? show_reading : NULL,
                           .ctx = (struct run_options *)v->options};
    if (!ask_hear(&v->ask, &env, err))
        return false;
    v->lists = run_lists_of(&v->ask);
    return true;
}

/* ---- plan ---- */

static void plan(struct values *v)
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
static void learn_limit(struct values *v, const struct probe_stats *stats)
{
    char resolver[DNS_RESOLVER_TEXT], fact[DNS_RESOLVER_TEXT + 12];
    if (!stats->limit)
        return;
    dns_resolver_text(&v->ask.resolvers[stats->via], resolver);
    snprintf(fact, sizeof fact, "%s %u", resolver, stats->limit);
    facts_set(&v->learned.facts, DNS_LIMIT_FACT, fact);
}

static bool ask_sources(struct values *v, const struct learning *learning, struct error *err)
{
    struct source_env hooks = learned_hooks((struct learning *)learning);
    struct probe_options options = {.loop = v->loop,
                                    .deadline_ms = v->started_ms + v->conf->deadline_ms,
                                    .stop = v->options->stop,
                                    .progress = v->options->progress,
                                    .ctx = v->options->ctx};
    struct probe_stats stats;
    if (!ask_open(&v->ask, &v->watch.inventory, &hooks, err))
        return false;
    /* What is known of the health of a list that rests stays as it was. */
    for (size_t j = 0; j < v->plan.count; j++)
        grid_column(v->ask.grid, j)->due = !v->plan.lists[j].rests;
    if (!ask_run(&v->ask, &options, &stats, err))
        return false;
    learn_limit(v, &stats);
    if (stats.cut)
        log_info("the deadline was reached: the rest is asked in the next run");
    return true;
}

static void take_expiries(struct values *v)
{
    v->expiries = mem_array(v->ask.column_count, sizeof *v->expiries);
    for (size_t j = 0; j < v->ask.column_count; j++) {
        size_t local;
        const struct ask_part *part = ask_part_of(&v->ask, j, &local);
        if (part->source->expires)
            v->expiries[j].at = part->source->expires(part->state, local, &v->expiries[j].soon_s);
    }
}

static bool probe(struct values *v, struct error *err)
{
    struct judge_conf conf = ask_judge_conf(v->conf);
    struct judge_ops ops = ask_judge_ops(&v->ask);
    struct judge judge;
    learned_init(&v->learned, v->lists.count);
    judge_init(&judge, &conf, &ops, v->row.started, v->row.in_doubt);
    struct learning learning = {.lists = &v->lists,
                                .snapshot = &v->snapshot,
                                .plan = &v->plan,
                                .inventory = &v->watch.inventory,
                                .ask = &v->ask,
                                .judge = &judge,
                                .now = v->row.started,
                                .out = &v->learned};
    bool ok = ask_sources(v, &learning, err);
    if (ok)
        take_expiries(v);
    judge_fini(&judge);
    return ok;
}

/* ---- settle ---- */

/* Whether a list that has a test point was right about it through this resolver, in this run. */
static bool proved(void *ctx, unsigned via)
{
    const struct grid *grid = ctx;
    bool testable = false;
    for (size_t j = 0; j < grid_columns(grid); j++) {
        const struct column *c = grid_column_const(grid, j);
        for (unsigned f = 0; f < 2; f++) {
            if (!c->testable[f])
                continue;
            testable = true;
            if (2 * via + f < GRID_VIAS && c->via[2 * via + f].empty == CAUSE_NONE)
                return true;
        }
    }
    return !testable; /* where no list could tell, the resolver's word is all there is */
}

static void settle(struct values *v)
{
    watch_settle(&v->watch, proved, v->ask.grid);
}

/* ---- decide, describe, publish: again when an acknowledgement came meanwhile ---- */

/* The instance's name with what an id may hold: whoever gets messages of several knows whose it is.
 */
static void id_of_instance(const char *instance, char out[static ID_INSTANCE + 1])
{
    size_t len = 0;
    for (; len < ID_INSTANCE && instance[len]; len++)
        out[len] = (char)(isalnum((unsigned char)instance[len]) ? instance[len] : '-');
    out[len] = '\0';
}

static void name_digest(struct values *v, time_t now)
{
    uint8_t random[4];
    char hex[9], day[24], instance[ID_INSTANCE + 1];
    digest_random(random, sizeof random);
    digest_hex(random, sizeof random, hex);
    clock_format_utc(now, day, sizeof day);
    id_of_instance(v->conf->instance, instance);
    snprintf(v->digest, sizeof v->digest, "%s-%.4s%.2s%.2s-%" PRId64 "-%s", instance, day, day + 5,
             day + 8, v->snapshot.run, hex);
}

/* Its whole path: cron's directory is not the reader's. */
static char *config_path(const struct conf *conf)
{
    char *whole = conf->path ? realpath(conf->path, NULL) : NULL;
    if (whole)
        return whole;
    return mem_dup(conf->path ? conf->path : "");
}

static void name_channels(struct values *v)
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
static void conclude(struct values *v)
{
    time_t end = clock_wall();
    name_channels(v);
    v->config = config_path(v->conf);
    v->decided = (struct decide_in){.conf = ask_judge_conf(v->conf),
                                    .ops = ask_judge_ops(&v->ask),
                                    .lists = &v->lists,
                                    .snapshot = &v->snapshot,
                                    .watch = &v->watch,
                                    .plan = &v->plan,
                                    .grid = v->ask.grid,
                                    .expiries = v->expiries,
                                    .channels = v->channels,
                                    .channel_count = channel_count(v->conf),
                                    .now = end > v->row.started ? end : v->row.started,
                                    .in_doubt = v->row.in_doubt,
                                    .cut_short = loop_interrupted()};
    name_digest(v, v->decided.now);
}

static void forget_decision(struct values *v)
{
    messages_fini(&v->messages);
    entries_fini(&v->entries);
    describer_fini(&v->describer);
    decision_fini(&v->decision);
}

static bool decide_and_publish(struct values *v, struct error *err)
{
    forget_decision(v);
    v->decision = decide(&v->decided);
    v->describer.ask = &v->ask;
    struct describe_ops ops = describer_ops(&v->describer);
    group_changes(v->decision.changes, v->decision.change_count, &ops, &v->entries);
    const struct publish_in in = {.conf = v->conf,
                                  .ask = &v->ask,
                                  .decided = &v->decided,
                                  .decision = &v->decision,
                                  .entries = &v->entries,
                                  .id = v->digest,
                                  .config = v->config};
    return publish(&in, &v->messages, err);
}

/* ---- commit ---- */

static void finish_row(struct values *v)
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

static bool write_all(struct values *v, bool newer, struct error *err)
{
    if (newer) {
        if (!load_beliefs(v->store, &v->snapshot, err))
            return false;
        if (!decide_and_publish(v, err))
            return false;
    }
    const struct commit_in in = {.decided = &v->decided,
                                 .decision = &v->decision,
                                 .learned = &v->learned,
                                 .ask = &v->ask,
                                 .messages = &v->messages,
                                 .digest = v->digest,
                                 .keep_s = v->row.in_doubt ? 0 : v->conf->keep_ms / 1000};
    if (!commit_write(v->store, &in, v->row.id, err))
        return false;
    finish_row(v);
    return true;
}

static bool commit(struct values *v, struct error *err)
{
    bool newer = false;
    v->row.lists = (uint32_t)ask_list_count(&v->ask);
    v->row.targets = (uint32_t)v->watch.inventory.count;
    if (!commit_begin(v->store, &v->snapshot, &v->row, &newer, err))
        return false;
    if (!write_all(v, newer, err)) {
        commit_drop(v->store);
        return false;
    }
    if (v->options->dry_run) {
        commit_drop(v->store);
        return true;
    }
    if (!commit_end(v->store, &v->row, err))
        return false;
    size_t changes = v->decision.change_count;
    log_info("saved: %zu change%s", changes, changes == 1 ? "" : "s");
    return true;
}

/* ---- the chain ---- */

static bool chain(struct values *v, struct error *err)
{
    if (!load(v, err))
        return false;
    v->started_ms = clock_mono_ms();
    if (!resolve(v))
        return false;
    if (!hear(v, err))
        return false;
    plan(v);
    if (!probe(v, err))
        return false;
    settle(v);
    conclude(v);
    if (!decide_and_publish(v, err))
        return false;
    return commit(v, err);
}

static void take_result(struct values *v, struct run_result *result)
{
    result->changes = v->decision.change_count;
    result->proved = !v->decision.nothing;
    result->targets = v->watch.inventory.count;
    result->lists = ask_list_count(&v->ask);
    for (size_t j = 0; j < v->lists.count; j++) {
        enum health health = grid_column_const(v->ask.grid, j)->health;
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
    if (!chain(v, err)) {
        if (v->store && !v->options->dry_run)
            tell_failure(v->conf, v->store);
        return false;
    }
    take_result(v, result);
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

static void values_fini(struct values *v)
{
    forget_decision(v);
    free(v->config);
    free(v->channels);
    free(v->titles);
    free(v->expiries);
    learned_fini(&v->learned);
    plan_fini(&v->plan);
    ask_fini(&v->ask);
    run_lists_fini(&v->lists);
    watch_fini(&v->watch);
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
    values_fini(&v);
    errors_take(errors, &err);
    return ok;
}

void run_result_fini(struct run_result *result)
{
    buf_fini(&result->text);
}
