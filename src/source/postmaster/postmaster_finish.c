/* SPDX-License-Identifier: ISC */
/* The end of an account's run: a cell for each domain and list, the numbers and the judged days for
 * the next run. */
#include "postmaster_state.h"

#include "repmon/day.h"
#include "repmon/text_fit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Cells of a column, counted as the judge will count them. */
struct postmaster_tally {
    uint32_t due, proved;
    enum cause cause; /* of the first that proved nothing */
};

struct postmaster_cell {
    struct postmaster_account *account;
    size_t row;
    enum postmaster_list list;
    struct postmaster_tally *tally;
};

static void postmaster_no_answer(const struct postmaster_cell *cell, enum cause cause,
                                 const char *note)
{
    struct results *results = cell->account->state->env.results;
    char *own = cell->account->notes[cell->list];
    results_set(results, cell->row, cell->account->first + cell->list,
                results_intern(results, cause, 0, ""));
    if (cause_is_normal(cause))
        return;
    cell->tally->due++;
    if (cell->tally->cause == CAUSE_NONE)
        cell->tally->cause = cause;
    if (!own[0])
        text_fit(own, POSTMASTER_NOTE, "%s", note);
}

static void postmaster_answer(const struct postmaster_cell *cell, const char *words,
                              const char *detail)
{
    struct results *results = cell->account->state->env.results;
    size_t column = cell->account->first + cell->list;
    results_set(results, cell->row, column, results_intern(results, CAUSE_NONE, 0, words));
    if (detail[0])
        results_set_detail(results, cell->row, column, detail);
    cell->tally->due++;
    cell->tally->proved++;
}

/* ---- a day in words ---- */

static void postmaster_write_day(int32_t day, struct buf *out)
{
    buf_fmt(out, "%04d-%02d-%02d: ", (int)(day / 10000), (int)(day / 100 % 100), (int)(day % 100));
}

/* "low_ip_reputation 2.1 % (88 messages), …; all errors 4.1 %, 172 messages refused" */
static void postmaster_write_refusals(const struct postmaster_day *d, struct buf *out)
{
    for (size_t i = 0; i < POSTMASTER_REASONS; i++) {
        double share = d->values[METRIC_REASON_SHARE + i];
        double count = d->values[METRIC_REASON_COUNT + i];
        if (!(share > 0))
            continue;
        buf_fmt(out, "%s%s ", out->len ? ", " : "",
                postmaster_reason_word((enum postmaster_reason)i));
        postmaster_percent(share * 100, out);
        if (!isnan(count))
            buf_fmt(out, " (%.0f messages)", count);
    }
    if (!isnan(d->values[METRIC_ERRORS])) {
        buf_str(out, out->len ? "; all errors " : "all errors ");
        postmaster_percent(d->values[METRIC_ERRORS] * 100, out);
    }
    if (!isnan(d->values[METRIC_REFUSED]))
        buf_fmt(out, "%s%.0f refused", out->len ? ", " : "", d->values[METRIC_REFUSED]);
}

static const struct postmaster_day *postmaster_newest(const struct postmaster_job *job,
                                                      enum postmaster_list list)
{
    const struct postmaster_day *best = NULL;
    for (size_t i = 0; i < job->day_count; i++) {
        const struct postmaster_day *d = &job->days[i];
        bool has = list == LIST_SPAM ? !isnan(d->values[METRIC_SPAM]) : postmaster_has_delivery(d);
        if (has && (!best || d->day > best->day))
            best = d;
    }
    return best;
}

/* ---- numbers ---- */

static void postmaster_add_number(struct postmaster_account *a, const struct postmaster_job *job,
                                  const struct postmaster_day *d, enum postmaster_list list)
{
    const struct source_env *env = &a->state->env;
    bool spam = list == LIST_SPAM;
    double share = d->values[spam ? METRIC_SPAM : METRIC_ERRORS] * 100;
    double refused = d->values[METRIC_REFUSED];
    struct buf text, raw;
    if (!env->number_add || (spam ? isnan(share) : !postmaster_has_delivery(d)))
        return;
    buf_init(&text, 32);
    buf_init(&raw, 512);
    if (!isnan(share))
        postmaster_percent(share, &text);
    if (!spam)
        postmaster_write_refusals(d, &raw);
    const struct source_number n = {.ip = env->inventory->items[job->row].ip,
                                    .day = d->day,
                                    .recipients = -1,
                                    .data = -1,
                                    .messages = !spam && !isnan(refused) ? (int64_t)refused : -1,
                                    .traps = -1,
                                    .complaint = isnan(share) ? -1 : share,
                                    .complaint_text = buf_text(&text),
                                    .colour = "",
                                    .raw = buf_text(&raw)};
    env->number_add(env->ctx, a->first + list, &n);
    buf_fini(&text);
    buf_fini(&raw);
}

/* ---- what is judged ---- */

static void postmaster_days_key(const struct postmaster_job *job, struct buf *out)
{
    buf_init(out, 512);
    buf_fmt(out, "days.%s", job->domain);
}

static void postmaster_load_days(struct postmaster_account *a, struct postmaster_job *job)
{
    struct buf key;
    postmaster_days_key(job, &key);
    postmaster_days_parse(postmaster_fact(a, buf_text(&key)), &job->judged);
    buf_fini(&key);
}

static void postmaster_keep_days(struct postmaster_account *a, struct postmaster_job *job)
{
    struct buf key, text;
    postmaster_days_key(job, &key);
    buf_init(&text, 8192);
    postmaster_days_format(&job->judged, &text);
    const char *before = postmaster_fact(a, buf_text(&key));
    if (!before || strcmp(before, buf_text(&text)) != 0)
        postmaster_set_fact(a, buf_text(&key), buf_text(&text));
    buf_fini(&key);
    buf_fini(&text);
}

static void postmaster_judge_stats(const struct postmaster_cell *cell, struct postmaster_job *job)
{
    const struct postmaster_day *newest = postmaster_newest(job, cell->list);
    char words[POSTMASTER_WORDS];
    struct buf detail;
    if (job->stats.cause != CAUSE_NONE) {
        postmaster_no_answer(cell, job->stats.cause, job->stats.note);
        return;
    }
    if (!newest) {
        postmaster_no_answer(cell, CAUSE_NO_DATA, "");
        return;
    }
    buf_init(&detail, 1024);
    if (cell->list == LIST_SPAM) {
        postmaster_spam_words(&job->judged, words);
        postmaster_write_day(newest->day, &detail);
        postmaster_percent(newest->values[METRIC_SPAM] * 100, &detail);
        buf_str(&detail, " of the mail in inboxes was reported as spam");
    } else {
        struct buf refusals;
        buf_init(&refusals, 512);
        postmaster_delivery_words(&job->judged, words);
        postmaster_write_day(newest->day, &detail);
        postmaster_write_refusals(newest, &refusals);
        buf_str(&detail, buf_text(&refusals));
        buf_fini(&refusals);
    }
    postmaster_answer(cell, words, buf_text(&detail));
    buf_fini(&detail);
}

static void postmaster_judge_compliance(const struct postmaster_cell *cell,
                                        const struct postmaster_job *job)
{
    const struct postmaster_compliance *found = &job->found;
    if (job->compliance.cause != CAUSE_NONE)
        postmaster_no_answer(cell, job->compliance.cause, job->compliance.note);
    else if (!found->proven)
        postmaster_no_answer(cell, CAUSE_NO_DATA, "");
    else
        postmaster_answer(cell,
                          found->words.len ? buf_text(&found->words)
                                           : postmaster_clean_word(NULL, LIST_COMPLIANCE),
                          buf_text(&found->reason));
}

static void postmaster_mark_unasked(struct postmaster_fetch *f)
{
    if (f->cause == CAUSE_NEVER_ASKED)
        f->cause = CAUSE_NOT_ASKED;
}

static void postmaster_finish_job(struct postmaster_account *a, struct postmaster_job *job,
                                  struct postmaster_tally tallies[static POSTMASTER_LISTS])
{
    postmaster_mark_unasked(&job->compliance);
    postmaster_mark_unasked(&job->stats);
    if (job->stats.ok) {
        postmaster_load_days(a, job);
        postmaster_days_merge(&job->judged, job->days, job->day_count);
        postmaster_keep_days(a, job);
    }
    for (size_t i = 0; i < job->day_count; i++) {
        postmaster_add_number(a, job, &job->days[i], LIST_SPAM);
        postmaster_add_number(a, job, &job->days[i], LIST_DELIVERY);
    }
    for (size_t i = 0; i < POSTMASTER_LISTS; i++) {
        const struct postmaster_cell cell = {a, job->row, (enum postmaster_list)i, &tallies[i]};
        if (i == LIST_COMPLIANCE)
            postmaster_judge_compliance(&cell, job);
        else
            postmaster_judge_stats(&cell, job);
    }
}

/* ---- the account ---- */

/* No data is an answer, too. */
static bool postmaster_was_read(const struct postmaster_account *a, enum postmaster_list list)
{
    for (size_t i = 0; i < a->job_count; i++)
        if (list == LIST_COMPLIANCE ? a->jobs[i].compliance.ok : a->jobs[i].stats.ok)
            return true;
    return false;
}

static void postmaster_close_column(struct postmaster_account *a, enum postmaster_list list,
                                    const struct postmaster_tally *n)
{
    struct column *c = results_column(a->state->env.results, a->first + list);
    bool blind = n->due > 0 && n->proved < n->due - n->proved;
    c->via[0] = (struct validity){CAUSE_NONE, CAUSE_NONE};
    c->health = blind ? HEALTH_BLIND : HEALTH_OK;
    c->cause = blind ? n->cause : CAUSE_NONE;
    c->proven = postmaster_was_read(a, list) ? a->state->env.now : 0;
    c->asked = a->asked;
    c->due = a->due;
    if (!a->notes[list][0]) {
        int64_t soon;
        time_t end = list == LIST_SPAM ? postmaster_expires(a, &soon) : 0;
        if (end && end - a->state->env.now <= soon)
            text_fit(a->notes[list], POSTMASTER_NOTE, "%s", a->expiry_note);
    }
    c->note = a->notes[list];
}

static void postmaster_keep_account(struct postmaster_account *a)
{
    time_t now = a->state->env.now, ends = a->login.token.ends;
    int32_t newest = 0;
    bool read = false;
    for (size_t i = 0; i < a->job_count; i++) {
        read |= a->jobs[i].stats.ok;
        if (a->jobs[i].judged.count && a->jobs[i].judged.day[0] > newest)
            newest = a->jobs[i].judged.day[0];
    }
    if (a->login.refused && !postmaster_fact_time(a, "dead.login"))
        postmaster_set_time(a, "dead.login", a->login.refused);
    if (read && postmaster_fact(a, "dead.login")) {
        postmaster_set_fact(a, "dead.login", NULL);
        a->revived = true;
    }
    if (a->login.token.refresh && ends != postmaster_fact_time(a, "ends"))
        postmaster_set_time(a, "ends", ends);
    if (read)
        postmaster_set_time(a, "success", now);
    if (newest > (int32_t)postmaster_fact_time(a, "newest"))
        postmaster_set_time(a, "newest", newest);
}

void postmaster_finish(struct postmaster_account *a)
{
    struct postmaster_tally tallies[POSTMASTER_LISTS] = {0};
    for (size_t i = 0; i < POSTMASTER_LISTS; i++)
        tallies[i].cause = CAUSE_NONE;
    for (size_t i = 0; a->due && i < a->job_count; i++)
        if (a->jobs[i].due)
            postmaster_finish_job(a, &a->jobs[i], tallies);
    if (a->due)
        postmaster_keep_account(a);
    for (size_t i = 0; i < POSTMASTER_LISTS; i++)
        postmaster_close_column(a, (enum postmaster_list)i, &tallies[i]);
}
