/* SPDX-License-Identifier: ISC */
#include "run_steps.h"

#include "tell.h"

#include "repmon/clock.h"
#include "repmon/clock_check.h"
#include "repmon/log.h"
#include "repmon/recall.h"
#include "repmon/text_fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HARD_ALARM_S (20 * 60) /* after both: a run that hangs dies, and cron starts another */

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
    run_cross(v);
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
