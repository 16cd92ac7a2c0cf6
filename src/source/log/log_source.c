/* SPDX-License-Identifier: ISC */
/*
 * The mail log as a source: it listens instead of asking. Its lists are the logs themselves
 * (whether they can be read) and the receivers that answered. What a receiver's answers mean is
 * decided in pair.c, and what it is called in log_words.c; this file passes both to the run.
 */
#include "log_own.h"
#include "log_setup.h"
#include "log_words.h"

#include "repmon/report.h"
#include "repmon/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t log_columns(const void *setup)
{
    const struct log_setup *s = log_setup_of(setup);
    return s->conf->log_count + s->receiver_count;
}

static void log_describe(const void *setup, size_t column, struct column *out)
{
    const struct log_setup *s = log_setup_of(setup);
    out->source = source_log.word;
    out->kind = LIST_BLOCK;
    out->confirms_itself = true;
    if (log_is(s, column)) {
        out->list = s->conf->logs[column].name;
        out->severity = s->conf->logs[column].severity;
        return;
    }
    const struct log_receiver *r = log_receiver_of(s, column);
    out->list = r->name;
    out->title = r->title;
    out->numbers = NUMBERS_ANSWERS;
    out->severity = r->in_table ? SEV_MAJOR : SEV_MINOR; /* of having heard nothing since */
}

static int64_t log_valid_for_ms(const void *setup, size_t column)
{
    const struct log_setup *s = log_setup_of(setup);
    return s->conf->logs[log_is(s, column) ? column : 0].valid_for_ms;
}

static int64_t log_every_ms(const void *setup, size_t column)
{
    (void)setup, (void)column;
    return 0;
}

static void log_estimate(const void *setup, size_t column, const struct inventory *inventory,
                         struct estimate *out)
{
    (void)setup, (void)column;
    *out = (struct estimate){.targets = inventory->count, .limit = ESTIMATE_NO_LIMIT};
}

/* ---- what was heard, into the results ---- */

struct log_state {
    const struct log_setup *setup; /* borrowed */
    struct source_env env;
};

static void *log_open_source(const void *setup, const struct source_env *env, struct error *err)
{
    struct log_state *s = mem_alloc(sizeof *s);
    (void)err;
    s->setup = log_setup_of(setup);
    s->env = *env;
    return s;
}

static struct queue *log_queues(void *state, size_t *count)
{
    (void)state;
    *count = 0;
    return NULL;
}

static enum next log_next(void *state, size_t queue, int64_t now_ms, struct request *request,
                          int64_t *wake_ms)
{
    (void)state, (void)queue, (void)now_ms, (void)request, (void)wake_ms;
    return NEXT_DONE;
}

static void log_reply(void *state, const struct request *request, const struct reply *reply)
{
    (void)state, (void)request, (void)reply;
}

/* That a log could be read is no proof about an address: it only ends a finding about the log. */
static uint16_t log_nothing_own(struct log_state *s, size_t row, size_t column)
{
    const struct source_env *env = &s->env;
    bool ends = !env->check && (!env->is_believed || env->is_believed(env->ctx, row, column));
    return ends ? results_intern(env->results, CAUSE_NONE, 0, LOG_HEARD)
                : results_intern(env->results, CAUSE_NO_DATA, 0, "");
}

static void log_set_own(struct log_state *s, size_t log, size_t column)
{
    struct buf words, sentences;
    buf_init(&words, LIMIT_REASON);
    buf_init(&sentences, LIMIT_REASON * 2);
    log_own_words(s->setup, log, s->env.now, &words, &sentences);
    uint16_t own = results_intern(s->env.results, CAUSE_NONE, 0, buf_text(&words));
    for (size_t row = 0; row < s->env.inventory->count; row++) {
        bool is = words.len && !words.failed &&
                  log_own_is_of(s->setup, log, &s->env.inventory->items[row]);
        results_set(s->env.results, row, column, is ? own : log_nothing_own(s, row, column));
        if (is)
            results_set_detail(s->env.results, row, column, buf_text(&sentences));
    }
    buf_fini(&words);
    buf_fini(&sentences);
}

static void log_source_finish_log(struct log_state *s, size_t log)
{
    size_t column = s->env.first_column + log;
    struct column *c = results_column(s->env.results, column);
    const struct log_heard *heard = &s->setup->logs[log];
    bool heard_it = heard->cause == CAUSE_NONE;
    uint16_t outcome = results_intern(s->env.results, heard->cause, 0, "");
    for (size_t row = 0; row < s->env.inventory->count && !heard_it; row++)
        results_set(s->env.results, row, column, outcome);
    if (heard_it)
        log_set_own(s, log, column);
    c->health = heard_it ? HEALTH_OK : HEALTH_BLIND;
    c->cause = heard->cause;
    c->note = heard->note;
    c->via[0] = (struct validity){CAUSE_NONE, CAUSE_NONE};
    c->proven = heard_it ? s->env.now : 0;
}

/* "14 of 15 messages refused in the 24 hours to 2026-11-29 09:06 +0000 (log mx1); …": read
 * days later, too, when nothing more was heard. */
static void log_tell_evidence(const struct log_state *s, const struct pair *p, struct buf *out)
{
    uint32_t day[PAIR_OUTCOMES];
    const struct pair_evidence *e = p->evidence;
    pair_last_day(p, s->env.now, day);
    bool throttled = p->state == PAIR_IS_THROTTLED;
    uint32_t all = pair_all_of(day);
    char until[32];
    clock_format_local(s->env.now, until, sizeof until);
    buf_fmt(out, "%u of %u message%s %s in the 24 hours to %s",
            throttled ? day[PAIR_THROTTLED] : pair_refused_of(day), all, all == 1 ? "" : "s",
            throttled ? "deferred" : "refused", until);
    if (!e)
        return;
    buf_fmt(out, " (log %s)", e->log);
    buf_str(out, e->assumed
                     ? "; the address is assumed, because neither the reply nor the log names it"
                     : "; the reply or the log names the address");
    if (e->row[0])
        buf_fmt(out, "; pattern %s (see explain --why)", e->row);
    if (e->sample[0])
        buf_fmt(out, "; reply: %s", e->sample);
}

static enum cause log_cause_of(const struct log_state *s, size_t column, const struct pair *p)
{
    int64_t age_s = (int64_t)s->env.now - pair_proven(p);
    if (p->state == PAIR_NO_DATA || (p->state > PAIR_ACCEPTED && !p->told))
        return CAUSE_NO_DATA;
    if (log_is_off(s->setup, column))
        return CAUSE_NO_DATA;
    if (p->state == PAIR_ACCEPTED) /* still believed, but nothing new was heard */
        return age_s > DAY_S ? CAUSE_NO_DATA : CAUSE_NONE;
    return age_s > log_valid_for_ms(s->setup, column) / 1000 ? CAUSE_NOT_HEARD_SINCE : CAUSE_NONE;
}

static void log_set_cell(struct log_state *s, size_t row, size_t column, const struct pair *p)
{
    char answers[64];
    struct buf detail;
    bool bad = p->state > PAIR_ACCEPTED;
    enum cause cause = log_cause_of(s, column - s->env.first_column, p);
    if (cause != CAUSE_NONE) {
        results_set(s->env.results, row, column, results_intern(s->env.results, cause, 0, ""));
        return;
    }
    snprintf(answers, sizeof answers, "%s%s%s", pair_state_word(bad ? p->state : PAIR_ACCEPTED),
             bad && p->code[0] ? "/" : "", bad ? p->code : "");
    for (char *c = answers; *c; c++)
        *c = *c == ' ' ? '_' : *c; /* blanks separate words */
    results_set(s->env.results, row, column,
                results_intern(s->env.results, CAUSE_NONE, 0, answers));
    results_set_times(s->env.results, row, column,
                      (struct cell_times){(time_t)pair_proven(p), bad ? (time_t)p->since : 0});
    if (!bad)
        return;
    buf_init(&detail, LIMIT_REASON * 2);
    log_tell_evidence(s, p, &detail);
    results_set_detail(s->env.results, row, column, buf_text(&detail));
    buf_fini(&detail);
}

static void log_finish_receiver(struct log_state *s, size_t number)
{
    const struct log_receiver *r = &s->setup->receivers[number];
    size_t column = s->env.first_column + s->setup->conf->log_count + number;
    struct column *c = results_column(s->env.results, column);
    uint16_t nothing = results_intern(s->env.results, CAUSE_NO_DATA, 0, "");
    c->health = HEALTH_OK;
    c->cause = CAUSE_NONE;
    c->proven = s->env.now;
    c->via[0] = (struct validity){CAUSE_NONE, CAUSE_NONE};
    for (size_t row = 0; row < s->env.inventory->count; row++) {
        const struct pair *p = log_pair_of(s->setup, r->name, &s->env.inventory->items[row].ip);
        if (p)
            log_set_cell(s, row, column, p);
        else
            results_set(s->env.results, row, column, nothing);
    }
}

static void log_source_finish(void *state)
{
    struct log_state *s = state;
    for (size_t i = 0; i < s->setup->conf->log_count; i++)
        log_source_finish_log(s, i);
    for (size_t i = 0; i < s->setup->receiver_count; i++)
        log_finish_receiver(s, i);
    log_give_days(s->setup, &s->env);
}

static void log_close_source(void *state)
{
    free(state);
}

static void log_list_names(const struct conf *conf, source_name_fn *take, void *ctx)
{
    for (size_t i = 0; i < conf->log_count; i++)
        take(ctx, conf->logs[i].name);
}

const struct source source_log = {
    .word = "log",
    .heading = "Receivers (mail log)",
    .reach = REACH_ALL,
    .list_names = log_list_names,
    .examine = log_examine,
    .setup_new = log_setup_new,
    .setup_free = log_setup_free,
    .recall = log_recall,
    .hear = log_hear,
    .remember = log_remember,
    .accepted = log_accepted,
    .columns = log_columns,
    .describe = log_describe,
    .explain = log_explain,
    .reason = log_reason,
    .about_senders = log_about_senders,
    .as_code = log_as_code,
    .url = log_url,
    .clean_word = log_clean_word,
    .headline = log_headline,
    .change_headline = log_change_headline,
    .sentence = log_sentence,
    .heard = log_answered,
    .messages = log_messages,
    .doubts = log_doubts,
    .advise = log_advise,
    .estimate = log_estimate,
    .valid_for_ms = log_valid_for_ms,
    .every_ms = log_every_ms,
    .open = log_open_source,
    .queues = log_queues,
    .next = log_next,
    .reply = log_reply,
    .finish = log_source_finish,
    .close = log_close_source,
};
