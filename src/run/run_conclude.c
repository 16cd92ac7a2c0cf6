/* SPDX-License-Identifier: ISC */
#include "run_steps.h"

#include "repmon/clock.h"
#include "repmon/crypto.h"
#include "repmon/log.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_INSTANCE 24 /* bytes of the instance in the id of a digest */

/* ---- decide, describe, publish: again when an acknowledgement came meanwhile ---- */

/* The instance's name, limited to what an id may hold, so that a reader of several monitors'
 * messages knows which one sent them. */
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

/* The DNS lists' source speaks for all. */
static const char *run_whole(const struct source_set *sources)
{
    const struct source *lists = source_of_lists(sources);
    return lists ? lists->word : "";
}

/* Gathers what the decision is made from. Its now is when asking ended: no answer is younger. */
void run_conclude(struct values *v)
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
                                    .whole = run_whole(v->conf->sources),
                                    .channels = v->channels,
                                    .channel_count = channel_count(v->conf),
                                    .now = end > v->row.started ? end : v->row.started,
                                    .in_doubt = v->row.in_doubt,
                                    .cut_short = loop_interrupted()};
    run_name_digest(v, v->decided.now);
}

void run_forget_decision(struct values *v)
{
    messages_fini(&v->messages);
    entries_fini(&v->entries);
    describer_fini(&v->describer);
    decision_fini(&v->decision);
}

bool run_decide_and_publish(struct values *v, struct error *err)
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

bool run_commit(struct values *v, struct error *err)
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
