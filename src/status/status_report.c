/* SPDX-License-Identifier: ISC */
#include "repmon/status_report.h"

#include "status_state.h"

#include "repmon/clock.h"
#include "repmon/clock_check.h"
#include "repmon/recall.h"

#include <stdlib.h>

/* A list that no run has asked counts as blind, too. */
static bool status_is_blind(void *ctx, const char *source, const char *list)
{
    const struct stored_health *health = status_find_health(ctx, source, list);
    return !health || health->health == HEALTH_BLIND;
}

static void status_fill_report(struct saved *s, int64_t started_ms)
{
    struct report *r = &s->report;
    r->instance = s->conf->instance;
    r->shard = s->conf->shard;
    r->time = s->judge.now;
    r->elapsed_s = (double)(clock_mono_ms() - started_ms) / 1000;
    r->blind_severity = s->conf->blind_severity;
    r->own_resolver = session_resolver_is_here(&s->session);
    r->target_count = s->row_count;
    r->lists = s->lists;
    r->list_count = s->column_count;
    r->sparse = !s->options->all;
    r->heard = session_heard(&s->session, s->judge.now, status_is_blind, s, &s->heard);
    s->messages = mem_array(REPORT_MESSAGES_MAX, sizeof *s->messages);
    r->messages = s->messages;
    r->message_count = session_messages(&s->session, s->messages, REPORT_MESSAGES_MAX);
    s->mails = mem_array(MAIL_COUNTS_MAX, sizeof *s->mails);
    r->mails = s->mails;
    r->mail_count = session_mails(&s->session, s->mails, MAIL_COUNTS_MAX);
    r->stale = s->stale && s->success.id != 0;
    r->ahead = r->stale && s->ahead;
    r->notes = (const char *const *)s->notes;
    r->note_count = s->note_count;
    r->last_run = s->last.ended;
    r->last_success = s->success.ended;
    r->last_run_s = (double)s->last.elapsed_ms / 1000;
    r->target = status_target;
    r->result = status_result;
    r->result_class = status_result_class;
    r->target_class = status_target_class;
    r->sentence = status_sentence;
    r->ctx = s;
}

/* A clock that can't be believed makes nothing lapse here either. */
static bool status_begin(struct saved *s, struct error *err)
{
    struct stored_run last, now = {.started = clock_wall()};
    bool found = false;
    if (!store_last_run(s->store, false, &last, &found, err))
        return false;
    if (!found)
        return error_set(err, ERR_INPUT,
                         "%s: no run has been saved there yet; `repmon run` creates it",
                         store_path(s->store));
    clock_check_stamp(&now);
    struct judge_conf conf = session_judge_conf(s->conf);
    struct judge_ops ops = session_judge_ops(&s->session);
    judge_init(&s->judge, &conf, &ops, now.started, clock_check(&last, &now));
    return true;
}

struct saved *status_new(const struct status_options *options, struct store *store,
                         struct error *err)
{
    int64_t started_ms = clock_mono_ms();
    struct saved *s = mem_alloc(sizeof *s);
    s->options = options;
    s->conf = options->conf;
    s->store = store;
    buf_init(&s->url, LIMIT_URL);
    buf_init(&s->heard, LIMIT_REASON * 4);
    if (session_init(&s->session, s->conf, NULL, err) && status_begin(s, err) &&
        recall_hearers(&s->session, s->store, err) && status_load(s, err) && status_notes(s, err)) {
        status_fill_report(s, started_ms);
        bool past = !s->options->past || status_past(s, err);
        s->options = NULL;
        if (past)
            return s;
    }
    status_report_free(&s->report);
    return NULL;
}

bool status_report(const struct status_options *options, struct report **out, struct error *err)
{
    struct store *store = NULL;
    *out = NULL;
    if (!store_open(options->conf->state, STORE_READ, NULL, &store, err))
        return false;
    struct saved *s = status_new(options, store, err);
    if (!s) {
        store_close(store);
        return false;
    }
    s->own_store = store;
    *out = &s->report;
    return true;
}

void status_report_free(struct report *report)
{
    struct saved *s = (struct saved *)report; /* the report is its first member */
    if (!s)
        return;
    status_unload(s);
    status_past_fini(s);
    for (size_t i = 0; i < s->credential_count; i++)
        free(s->accounts[i]);
    free(s->accounts);
    free(s->credentials);
    free(s->outbox);
    free(s->messages);
    free(s->mails);
    stored_channels_free(s->channels, s->channel_count);
    for (size_t i = 0; i < s->note_count; i++)
        free(s->notes[i]);
    free(s->trouble);
    judge_fini(&s->judge);
    session_fini(&s->session);
    buf_fini(&s->url);
    buf_fini(&s->heard);
    store_close(s->own_store);
    free(s);
}
