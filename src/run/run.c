/* SPDX-License-Identifier: ISC */
#include "run_state.h"

#include "repmon/clock.h"
#include "repmon/deliver.h"
#include "repmon/doubt.h"
#include "repmon/log.h"
#include "repmon/loop.h"
#include "repmon/ping.h"
#include "repmon/recall.h"
#include "repmon/saved.h"
#include "repmon/text_fit.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_TEXT     (4u << 20)
#define LOOKUP_PART  4                /* names may take a quarter of the deadline */
#define HEAR_PART    4                /* of the deadline, for logs: contract section 9 */
#define DELIVER_MS   (10 * 60 * 1000) /* after the run's own deadline */
#define LAST_PING_MS 2000             /* told to stop */
#define HARD_ALARM_S (20 * 60)        /* behind both: a hang dies, and cron starts another */

static bool begin(struct run *r, struct error *err)
{
    struct stored_run last;
    bool found = false;
    r->now = clock_wall();
    r->row = (struct stored_run){.started = r->now};
    doubt_stamp(&r->row);
    text_fit(r->row.instance, sizeof r->row.instance, "%s", r->conf->instance);
    snprintf(r->row.version, sizeof r->row.version, "%s", REPMON_VERSION);
    r->first_ever = store_is_new(r->store);
    if (!store_last_run(r->store, false, &last, &found, err))
        return false;
    if (found) {
        r->in_doubt = doubt_clock(&last, &r->row);
        if (strcmp(last.instance, r->row.instance) != 0)
            log_warn("the state was written by instance \"%s\", this is \"%s\"", last.instance,
                     r->row.instance);
    }
    r->row.in_doubt = r->in_doubt;
    if (r->in_doubt)
        log_warn("the clock is in doubt: in this run nothing lapses, expires or is reminded");
    if (!store_last_run(r->store, true, &last, &found, err))
        return false;
    r->first_ever |= !found;
    return store_beliefs_load(r->store, &r->beliefs, err) &&
           store_list_beliefs_load(r->store, &r->list_beliefs, err);
}

static bool look_up(struct run *r, int64_t deadline_ms)
{
    struct dns_options dns = ask_dns_options(&r->ask);
    struct watch_options options = {.conf = r->conf,
                                    .loop = r->loop,
                                    .dns = &dns,
                                    .deadline_ms = deadline_ms,
                                    .accept = r->options->accept_inventory,
                                    .count_left_out = r->first_ever,
                                    .now = r->now};
    struct watch_known known = {0};
    struct error err = {0};
    if (!store_targets_load(r->store, &known.targets, &err) ||
        !store_origins_load(r->store, &known.origins, &err))
        return errors_take(r->errors, &err);
    bool ok = watch_load(&options, &known, &r->watch, r->errors);
    run_names_tell(r);
    return ok;
}

/* For doctor: a resolver with a limit is slow, and nobody sees why. */
static void remember_limit(struct run *r, const struct source_env *hooks,
                           const struct probe_stats *stats)
{
    char resolver[DNS_RESOLVER_TEXT], fact[DNS_RESOLVER_TEXT + 12];
    dns_resolver_text(&r->ask.resolvers[stats->via], resolver);
    snprintf(fact, sizeof fact, "%s %u", resolver, stats->limit);
    hooks->fact_set(hooks->ctx, DNS_LIMIT_FACT, fact);
}

/* How much there was to read is not known: what is ahead falls to nothing. */
static void show_reading(void *ctx, const char *what, uint64_t ahead)
{
    const struct run *r = ctx;
    char text[160];
    snprintf(text, sizeof text, "reading %.100s: %llu MB to go", what,
             (unsigned long long)(ahead >> 20));
    r->options->progress(r->options->ctx, 0, 0, text);
}

/* Before anything is asked: what is heard tells what to ask. */
static bool hear(struct run *r, int64_t started_ms, struct error *err)
{
    struct hear_env env = {.loop = r->loop,
                           .inventory = &r->watch.inventory,
                           .now = r->now,
                           .deadline_ms = started_ms + r->conf->deadline_ms / HEAR_PART,
                           .stop = r->options->stop,
                           .progress = r->options->progress ? show_reading : NULL,
                           .ctx = r};
    return recall_hearers(&r->ask, r->store, err) && ask_hear(&r->ask, &env, err);
}

static bool ask_all(struct run *r, struct error *err)
{
    int64_t started = clock_mono_ms();
    struct probe_options probe = {.loop = r->loop,
                                  .deadline_ms = started + r->conf->deadline_ms,
                                  .stop = r->options->stop,
                                  .progress = r->options->progress,
                                  .ctx = r->options->ctx};
    struct probe_stats stats;
    struct judge_conf conf = ask_judge_conf(r->conf);
    struct judge_ops ops = ask_judge_ops(&r->ask);
    if (!look_up(r, started + r->conf->deadline_ms / LOOKUP_PART))
        return false;
    if (!hear(r, started, err))
        return false;
    judge_init(&r->judge, &conf, &ops, r->now, r->in_doubt);
    struct source_env hooks = run_hooks(r);
    bool ok = run_schedule(r, err) && ask_open(&r->ask, &r->watch.inventory, &hooks, err);
    if (ok)
        run_mark_resting(r);
    ok = ok && ask_run(&r->ask, &probe, &stats, err);
    if (ok && stats.limit)
        remember_limit(r, &hooks, &stats);
    if (ok)
        run_names_settle(r);
    judge_fini(&r->judge);
    if (ok && stats.cut)
        log_info("the deadline came first: the rest is asked in the next run");
    /* The judge's now is when probing ended: no answer is younger. */
    time_t end = clock_wall();
    judge_init(&r->judge, &conf, &ops, end > r->now ? end : r->now, r->in_doubt);
    r->now = r->judge.now;
    r->cut_short = loop_interrupted();
    r->judge.cut_short = r->cut_short;
    return ok;
}

static bool judge_and_commit(struct run *r, int64_t started_ms, struct buf *text, struct error *err)
{
    r->row.lists = (uint32_t)r->ask.column_count;
    r->row.targets = (uint32_t)r->watch.inventory.count;
    if (!store_begin_run(r->store, &r->row, err))
        return false;
    bool ok = run_judge(r, err) && run_memory_save(r, err) &&
              recall_save(&r->ask, r->store, r->now, err) && run_digest(r, text, err);
    r->row.ended = clock_wall();
    if (r->row.ended < r->now)
        r->row.ended = r->now;
    r->row.boot_s = clock_boot_s();
    r->row.elapsed_ms = clock_mono_ms() - started_ms;
    r->row.completed = r->completed;
    r->row.changes = (uint32_t)r->change_count;
    ok = ok && (r->in_doubt || store_prune(r->store, r->now - r->conf->keep_ms / 1000, err));
    if (ok && !r->options->dry_run) {
        ok = store_commit(r->store, &r->row, err);
        if (ok)
            log_info("saved: %zu change%s", r->change_count, r->change_count == 1 ? "" : "s");
        return ok;
    }
    store_rollback(r->store);
    return ok;
}

/* Cron mails what is on standard error: a ping that fails is said once, then by `remind`. */
static bool tell_ping(struct run *r, const char *trouble, struct error *err)
{
    static const char key[] = "ping_failed";
    char now[24];
    struct buf said;
    bool found = false;
    buf_init(&said, sizeof now);
    bool ok = store_meta_get(r->store, key, &said, &found, err);
    int64_t age_s = (int64_t)r->now - strtoll(buf_text(&said), NULL, 10);
    bool again = r->conf->remind_ms && age_s >= r->conf->remind_ms / 1000;
    buf_fini(&said);
    if (!ok || (!trouble && !found))
        return ok;
    if (trouble && found && !again) {
        log_info("%s", trouble);
        return true;
    }
    if (trouble)
        log_warn("%s", trouble);
    snprintf(now, sizeof now, "%lld", (long long)r->now);
    return store_meta_set(r->store, key, trouble ? now : NULL, err);
}

static bool ping(struct run *r, bool success, struct error *err)
{
    struct error trouble = {0};
    if (!r->conf->ping_url.text)
        return true;
    struct http *http = http_new(r->loop, r->conf->ca_file, &trouble);
    struct channel_env env = {
        .conf = r->conf, .http = http, .timeout_ms = loop_interrupted() ? LAST_PING_MS : 0};
    bool sent = ping_send(&env, success, &trouble);
    http_free(http);
    if (sent)
        log_info("ping sent");
    return tell_ping(r, sent ? NULL : trouble.text, err);
}

/* Who reads the outcome elsewhere: channels, metrics, the dead-man switch. */
static bool tell(struct run *r, struct run_result *result, struct error *err)
{
    struct deliver_options options = {.conf = r->conf,
                                      .loop = r->loop,
                                      .deadline_ms = clock_mono_ms() + DELIVER_MS,
                                      .in_doubt = r->in_doubt,
                                      .print = r->options->print,
                                      .digest = r->digest};
    struct deliver_result delivered;
    bool ok = deliver_waiting(&options, r->store, &delivered, err);
    /* Nobody wanted it, somebody has it, or stdout is the channel that has it waiting. */
    bool waits = r->posted > 0 && delivered.took == 0;
    result->untold = waits && result->text.len > 0;
    if (ok && (!waits || r->conf->channel_count == 0))
        buf_clear(&result->text);
    struct error textfile = {0};
    if (!saved_textfile(r->conf, r->store, &textfile))
        log_error("%s", textfile.text);
    else if (r->conf->prometheus_textfile)
        log_info("metrics written: %s", r->conf->prometheus_textfile);
    bool well = r->completed && !delivered.any_held;
    bool ill = r->nothing || delivered.any_held;
    bool pinged = (!well && !ill) || ping(r, well, err);
    return pinged && ok && textfile.class == ERR_NONE;
}

/* A run that failed publishes too: the metrics must not keep saying that all is as it was. */
static void tell_failure(struct run *r)
{
    struct error err = {0};
    if (r->store && !r->options->dry_run && !saved_textfile(r->conf, r->store, &err))
        log_error("%s", err.text);
}

static void close_run(struct run *r)
{
    run_told_fini(r);
    entries_fini(&r->entries);
    describer_fini(&r->describer);
    free(r->changes);
    free(r->list_judgements);
    run_schedule_fini(r);
    run_memory_fini(r);
    judge_fini(&r->judge);
    ask_fini(&r->ask);
    watch_fini(&r->watch);
    stored_beliefs_fini(&r->reminded);
    stored_beliefs_fini(&r->beliefs);
    stored_list_beliefs_fini(&r->list_beliefs);
    store_close(r->store);
    loop_free(r->loop);
}

static bool run_with_state(struct run *r, struct run_result *result, struct error *err)
{
    enum store_mode mode = r->options->dry_run ? STORE_COPY : STORE_CREATE;
    int64_t started = clock_mono_ms();
    r->loop = loop_new(err);
    if (!r->loop || !store_open(r->conf->state, mode, r->conf->group, &r->store, err))
        return false;
    loop_catch_signals(r->loop);
    alarm((unsigned)(r->conf->deadline_ms / 1000) + HARD_ALARM_S);
    if (!begin(r, err) || !ask_init(&r->ask, r->conf, NULL, err) ||
        !ask_is_possible(&r->ask, err) || !ask_all(r, err) ||
        !judge_and_commit(r, started, &result->text, err)) {
        tell_failure(r);
        return false;
    }
    result->changes = r->change_count;
    result->proved = !r->nothing;
    result->targets = r->watch.inventory.count;
    result->lists = ask_list_count(&r->ask);
    for (size_t j = 0; j < r->ask.column_count; j++) {
        enum health health = grid_column_const(r->ask.grid, j)->health;
        result->unproven += health == HEALTH_BLIND || health == HEALTH_UNTRUSTED;
    }
    return r->options->dry_run || tell(r, result, err);
}

bool run_once(const struct run_options *options, struct run_result *result, struct errors *errors)
{
    struct run r = {.options = options, .conf = options->conf, .errors = errors};
    r.describer.ask = &r.ask;
    struct error err = {0};
    *result = (struct run_result){0};
    buf_init(&result->text, MAX_TEXT);
    bool ok = run_with_state(&r, result, &err);
    close_run(&r);
    errors_take(errors, &err);
    return ok;
}

void run_result_fini(struct run_result *result)
{
    buf_fini(&result->text);
}
