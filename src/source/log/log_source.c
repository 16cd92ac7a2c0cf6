/* SPDX-License-Identifier: ISC */
/*
 * The mail log as a source: it listens instead of asking. Its lists are the logs themselves
 * (whether they can be read) and the receivers that answered. What a receiver's answers mean is
 * decided in pair.c; this file passes the words for it to the run.
 */
#include "log_own.h"
#include "log_setup.h"

#include "repmon/report.h"
#include "repmon/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEARD    "heard"
#define ACCEPTED "accepted"

static const struct log_setup *log_setup_of(const void *setup)
{
    return setup;
}

static size_t log_columns(const void *setup)
{
    const struct log_setup *s = log_setup_of(setup);
    return s->conf->log_count + s->receiver_count;
}

static bool log_is(const struct log_setup *s, size_t column)
{
    return column < s->conf->log_count;
}

static const struct log_receiver *log_receiver_of(const struct log_setup *s, size_t column)
{
    return &s->receivers[column - s->conf->log_count];
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

/* ---- words ---- */

/* "refused/S3140": the state, and the code of the reply that opened it. */
static void log_add_code(const char *answers, struct verdict *out)
{
    const char *slash = strchr(answers, '/');
    if (!slash)
        return;
    struct code *code = &out->codes[out->code_count++];
    *code = (struct code){.name = slash + 1, .meaning = "", .severity = SEV_CRITICAL};
    /* Name and answer are the same word, shown once, unless a zone is too long: then the answer is
     * the state. */
    const char *word = strlen(slash + 1) < sizeof code->answer ? slash + 1 : answers;
    snprintf(code->answer, sizeof code->answer, "%.*s", (int)strcspn(word, "/"), word);
}

static bool log_is_off(const struct log_setup *s, size_t column)
{
    const struct log_receiver *r = log_receiver_of(s, column);
    return log_rules_of(s->conf, r->name, r->in_table)->severity == SEV_OFF;
}

/* A refusal because of a DNS list has that list's weight, but never more than its receiver's. */
static enum level log_refused_level(const struct log_setup *s, size_t column,
                                    const struct verdict *v)
{
    const struct log_receiver *r = log_receiver_of(s, column);
    enum severity severity = log_rules_of(s->conf, r->name, r->in_table)->severity;
    enum severity list;
    if (v->code_count && refusals_severity(&s->refusals, s->conf, v->codes[0].name, &list))
        severity = list < severity ? list : severity;
    enum level level = severity_level(severity);
    return r->in_table || level < LEVEL_WARNING ? level : LEVEL_WARNING;
}

static void log_explain(const void *setup, size_t column, const char *answers, struct verdict *out)
{
    const struct log_setup *s = log_setup_of(setup);
    size_t len = strcspn(answers, "/");
    *out = (struct verdict){.cause = CAUSE_NONE, .advice = "", .level = LEVEL_OK};
    snprintf(out->state, sizeof out->state, "%.*s", (int)len, answers);
    if (len == 0)
        snprintf(out->state, sizeof out->state, "%s", log_is(s, column) ? HEARD : ACCEPTED);
    if (log_is(s, column)) {
        out->says_nothing = !log_own_explain(answers, out);
        return;
    }
    log_add_code(answers, out);
    out->says_nothing = log_is_off(s, column);
    enum level worst = log_refused_level(s, column, out);
    if (strcmp(out->state, pair_state_word(PAIR_IS_REFUSED)) == 0)
        out->level = worst;
    if (strcmp(out->state, pair_state_word(PAIR_PARTLY_REFUSED)) == 0 ||
        strcmp(out->state, pair_state_word(PAIR_IS_THROTTLED)) == 0)
        out->level = worst < LEVEL_WARNING ? worst : LEVEL_WARNING;
    for (size_t i = 0; i < out->code_count; i++)
        out->codes[i].severity = out->level == LEVEL_CRITICAL ? SEV_CRITICAL : SEV_MINOR;
}

/* ---- refusals because of a DNS list ---- */

/* The code of a refusal that names a list is the list. */
static bool log_about_senders(const void *setup, size_t column, const char *answers)
{
    return log_is(log_setup_of(setup), column) && log_own_is_about_senders(answers);
}

static const char *reason(const void *setup, size_t column, const char *answers)
{
    const char *slash = strchr(answers, '/');
    bool refusal = slash && memmem(answers, (size_t)(slash - answers), "refused", 7);
    return refusal && !log_is(log_setup_of(setup), column) ? slash + 1 : NULL;
}

static bool as_code(const void *setup, const char *state, const char *list, struct code *out)
{
    const struct log_setup *s = log_setup_of(setup);
    bool partly = strcmp(state, pair_state_word(PAIR_PARTLY_REFUSED)) == 0;
    enum severity most = partly ? SEV_MINOR : SEV_CRITICAL;
    snprintf(out->answer, sizeof out->answer, "%s-by", partly ? "partly-refused" : "refused");
    out->name = partly ? "partly refused by a receiver" : "refused by a receiver";
    out->severity = most;
    for (size_t i = 0; i < s->receiver_count; i++) {
        const struct log_receiver *r = &s->receivers[i];
        if (strcmp(r->name, list) != 0)
            continue;
        enum severity own = log_rules_of(s->conf, r->name, r->in_table)->severity;
        out->severity = own < most ? own : most;
        if (!r->in_table && out->severity > SEV_MINOR)
            out->severity = SEV_MINOR;
        out->name = partly ? r->partly_refused : r->refused;
    }
    return true;
}

static const char *log_clean_word(const void *setup, size_t column)
{
    return log_is(log_setup_of(setup), column) ? HEARD : ACCEPTED;
}

static void log_url(const void *setup, size_t column, const struct ip *ip, bool finding,
                    struct buf *out)
{
    const struct log_setup *s = log_setup_of(setup);
    if (!finding || log_is(s, column))
        return;
    const struct pair *p = log_pair_of(s, log_receiver_of(s, column)->name, ip);
    if (p && p->evidence)
        buf_str(out, p->evidence->url);
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

static bool log_headline(const void *setup, size_t column, const char *state, struct buf *out)
{
    static const struct {
        const char *state, *words;
    } rows[] = {
        {"refused", "REFUSED BY"},
        {"partly-refused", "PARTLY REFUSED BY"},
        {"throttled", "THROTTLED BY"},
        {ACCEPTED, "ACCEPTED AGAIN BY"},
    };
    const struct log_setup *s = log_setup_of(setup);
    const char *own = log_own_headline(state);
    if (log_is(s, column))
        return buf_str(out, own ? own : "OVER");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].state, state) == 0)
            return buf_fmt(out, "%s %s", rows[i].words, log_receiver_of(s, column)->title);
    return false;
}

static bool log_change_headline(const void *setup, size_t column, const char *from, const char *to,
                                struct buf *out)
{
    return log_is(log_setup_of(setup), column) && log_own_change_headline(from, to, out);
}

static void log_sentence(const void *setup, size_t column, const char *state, const char *who,
                         struct buf *out)
{
    static const struct {
        const char *state, *before, *after;
    } rows[] = {
        {"refused", " is refusing mail from ", "."},
        {"partly-refused", " has refused mail from ", ", perhaps not all of it."},
        {"throttled", " is throttling mail from ", "."},
        {ACCEPTED, " accepts mail again; this says nothing about the spam folder.", NULL},
    };
    const struct log_setup *s = log_setup_of(setup);
    if (log_is(s, column))
        return;
    const char *title = log_receiver_of(s, column)->title;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].state, state) != 0)
            continue;
        buf_fmt(out, "%s%s%s%s", title, rows[i].before, rows[i].after ? who : "",
                rows[i].after ? rows[i].after : "");
    }
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
    return ends ? results_intern(env->results, CAUSE_NONE, 0, HEARD)
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
    .reason = reason,
    .about_senders = log_about_senders,
    .as_code = as_code,
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
