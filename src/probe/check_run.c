/* SPDX-License-Identifier: ISC */
/*
 * A check is the chain of a run without a state: resolve, hear, probe, cross, report. Everything is
 * due, so there is nothing to plan; and as nothing was believed before, the answer becomes the
 * belief and there is nothing to decide.
 */
#include "check_parts.h"

#include "repmon/clock.h"
#include "repmon/cross.h"

#include <stdlib.h>

#define HEAR_PART 4 /* logs may take one part in this many of the deadline */

static bool check_begin(const struct check_options *o, struct check *c, struct error *err)
{
    const struct session_choice choice = {
        .sources = o->sources, .source_count = o->source_count, .zones = {o->lists, o->list_count}};
    c->started_ms = clock_mono_ms();
    c->deadline_ms = c->started_ms + (o->deadline_ms ? o->deadline_ms : o->conf->deadline_ms);
    c->loop = loop_new(err);
    if (!c->loop)
        return false;
    loop_catch_signals(c->loop);
    if (!session_init(&c->session, o->conf, &choice, err))
        return false;
    return session_has_resolver(&c->session, err);
}

static bool check_hear(struct check *c, struct error *err)
{
    int64_t part_ms = (c->deadline_ms - c->started_ms) / HEAR_PART;
    const struct hear_env env = {.loop = c->loop,
                                 .inventory = &c->inventory,
                                 .now = c->now,
                                 .deadline_ms = c->started_ms + part_ms};
    if (!session_hear(&c->session, &env, err))
        return false;
    return session_is_possible(&c->session, err);
}

static bool check_probe(const struct check_options *o, struct check *c, struct error *err)
{
    const struct source_env hooks = {.check = true, .now = c->now};
    struct probe_options probe = {
        .loop = c->loop, .deadline_ms = c->deadline_ms, .progress = o->progress, .ctx = o->ctx};
    struct probe_stats stats;
    if (!session_open(&c->session, &c->inventory, &hooks, err))
        return false;
    if (!session_run(&c->session, &probe, &stats, err))
        return false;
    c->cut = stats.cut;
    return true;
}

/* Nothing is believed, so only the answers of this check are looked at. */
static void check_cross(const struct check_options *o, struct check *c)
{
    const struct judge_conf conf = session_judge_conf(o->conf);
    const struct judge_ops ops = session_judge_ops(&c->session);
    const struct cross_ops hooks = session_cross_ops(&c->session);
    struct judge judge;
    judge_init(&judge, &conf, &ops, clock_wall(), false);
    cross_refusals(&judge, &hooks, c->session.results, c->inventory.count);
    cross_senders(&judge, &hooks, c->session.results, c->inventory.count);
    judge_fini(&judge);
}

static bool check_chain(const struct check_options *o, struct check *c, struct error *err)
{
    if (!check_begin(o, c, err))
        return false;
    if (!check_resolve(o, c, err))
        return false;
    if (!check_hear(c, err))
        return false;
    if (!check_probe(o, c, err))
        return false;
    check_cross(o, c);
    check_report(o, c);
    return true;
}

bool check_run(const struct check_options *options, struct report **out, struct error *err)
{
    struct check *c = mem_alloc(sizeof *c);
    *out = NULL;
    c->now = clock_wall();
    inventory_init(&c->inventory);
    buf_init(&c->url, LIMIT_URL);
    buf_init(&c->heard, LIMIT_REASON * 4);
    bool ok = check_chain(options, c, err);
    loop_free(c->loop);
    c->loop = NULL;
    if (!ok) {
        check_report_free(&c->report);
        return false;
    }
    *out = &c->report;
    return true;
}

void check_report_free(struct report *report)
{
    struct check *c = (struct check *)report; /* the report is its first member */
    if (!c)
        return;
    session_fini(&c->session);
    inventory_fini(&c->inventory);
    free(c->lists);
    buf_fini(&c->url);
    buf_fini(&c->heard);
    free(c);
}
