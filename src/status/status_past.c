/* SPDX-License-Identifier: ISC */
/*
 * What was, for the page. Of the history only ends are of interest, because each end knows its
 * beginning; what is open is among the beliefs. Nothing was known while a list was blind, or
 * without a completed run.
 */
#include "status_state.h"

#include "repmon/clock.h"
#include "repmon/day.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S     86400
#define SPANS     4000 /* ends of findings and of blindness; older ones are counted */
#define GAPS      200
#define ADDRESSES 60 /* of a list with numbers day by day; the worst */
#define RECEIVERS 60 /* with the most trouble */

/* ---- spans ---- */

static struct report_span *past_add(struct saved *s)
{
    if (s->past.span_count == SPANS) {
        s->past.span_left_out++;
        return NULL;
    }
    if ((s->past.span_count & (s->past.span_count - 1)) == 0)
        s->spans =
            mem_grow(s->spans, s->past.span_count ? s->past.span_count * 2 : 1, sizeof *s->spans);
    struct report_span *span = &s->spans[s->past.span_count++];
    *span = (struct report_span){.source = "", .list = "", .label = "", .words = ""};
    return span;
}

static bool past_is_end(const struct change *c)
{
    return !c->of_list && c->from > LEVEL_OK && c->to <= LEVEL_OK;
}

/* Codes or state of the finding that ended, with today's configuration. */
static const char *past_words(struct saved *s, const struct change *c)
{
    struct verdict v = {.advice = ""};
    struct buf words;
    size_t column = session_find(&s->session, c->source, c->list);
    if (column == SESSION_NO_COLUMN)
        return text_keep(&s->past_texts, c->answers_from);
    session_explain(&s->session, column, c->answers_from, &v);
    buf_init(&words, 1024);
    for (size_t i = 0; i < v.code_count; i++)
        buf_fmt(&words, "%s%s", i ? ", " : "", v.codes[i].name);
    const char *kept = text_keep(&s->past_texts, v.code_count ? buf_text(&words) : v.state);
    buf_fini(&words);
    return kept;
}

/* The finding that this change, older than its end, was a part of. */
static struct report_span *past_find(struct saved *s, const struct history_row *row)
{
    const struct change *c = &row->change;
    for (size_t k = 0; k < s->past.span_count; k++) {
        struct report_span *span = &s->spans[k];
        bool within = span->begin <= row->time && row->time < span->end;
        if (within && ip_cmp(&span->ip, &c->ip) == 0 && strcmp(span->list, c->list) == 0 &&
            source_equal(span->source, c->source))
            return span;
    }
    return NULL;
}

/* A bar is as bad as its incident ever was. */
static void past_worsen(struct saved *s, const struct history_row *row)
{
    struct report_span *span = row->change.of_list ? NULL : past_find(s, row);
    if (span && row->change.to > span->level)
        span->level = row->change.to;
}

static void past_add_change(struct saved *s, const struct history_row *row)
{
    const struct change *c = &row->change;
    if (!c->of_list && c->to > LEVEL_OK)
        past_worsen(s, row);
    bool seen_again = c->of_list && c->kind == CHANGE_RECOVERED;
    if (!past_is_end(c) && !seen_again)
        return;
    if (c->since <= 0 || c->since >= row->time)
        return;
    struct report_span *span = past_add(s);
    if (!span)
        return;
    span->begin = c->since;
    span->end = row->time;
    span->source = text_keep(&s->past_texts, c->source);
    span->list = text_keep(&s->past_texts, c->list);
    span->level = seen_again ? LEVEL_UNKNOWN : c->from;
    if (seen_again) {
        span->words = "could not be queried or trusted";
        return;
    }
    span->ip = c->ip;
    span->prefix = c->prefix;
    span->label = text_keep(&s->past_texts, c->label);
    span->words = past_words(s, c);
    span->lapsed = c->kind == CHANGE_LAPSED;
}

static bool past_load_history(struct saved *s, struct error *err)
{
    struct history_query query = {.since = s->past.since};
    struct history_row row;
    struct error trouble = {0};
    struct pager *it = store_history(s->store, &query, err);
    if (!it)
        return false;
    while (history_next(it, &row, &trouble))
        past_add_change(s, &row);
    pager_free(it);
    if (trouble.class != ERR_NONE && err)
        *err = trouble;
    return trouble.class == ERR_NONE;
}

/* What is not known now. */
static void past_add_blind(struct saved *s)
{
    for (size_t j = 0; j < s->column_count; j++) {
        const struct report_list *list = &s->lists[j];
        bool blind = list->health == HEALTH_BLIND || list->health == HEALTH_UNTRUSTED;
        struct report_span *span = blind && list->since ? past_add(s) : NULL;
        if (!span)
            continue;
        span->begin = list->since;
        span->source = list->source;
        span->list = list->list;
        span->words = cause_word(list->cause);
    }
}

static bool past_load_gaps(struct saved *s, struct error *err)
{
    struct stored_gap gaps[GAPS];
    size_t count = 0;
    if (!store_run_gaps(s->store, s->past.since, s->conf->max_age_ms / 1000, gaps, GAPS, &count,
                        err))
        return false;
    if (s->stale) {
        struct report_span *span = past_add(s);
        if (span)
            *span = (struct report_span){.begin = s->success.ended,
                                         .source = "",
                                         .list = "",
                                         .label = "",
                                         .words = "no run was completed"};
    }
    for (size_t i = 0; i < count && i < GAPS; i++) {
        struct report_span *span = past_add(s);
        if (!span)
            break;
        span->begin = gaps[i].begin;
        span->end = gaps[i].end;
        span->words = gaps[i].begin ? "no run was completed" : "before the first run";
    }
    return true;
}

/* ---- day by day ---- */

static enum report_colour past_colour(const char *word)
{
    static const char *const words[] = {[COLOUR_NONE] = "",
                                        [COLOUR_GREEN] = "green",
                                        [COLOUR_YELLOW] = "yellow",
                                        [COLOUR_RED] = "red"};
    for (enum report_colour c = COLOUR_GREEN; c <= COLOUR_RED; c++) {
        if (strcmp(word, words[c]) == 0)
            return c;
    }
    return COLOUR_NONE;
}

/* The numbers of each list by their meaning; those of receivers are summed over all addresses. */
static bool past_load_days(struct saved *s, struct error *err)
{
    int32_t from = day_of(s->past.since);
    const char *summed = NULL; /* its lists are receivers */
    for (size_t k = 0; k < s->session.column_count; k++) {
        struct column c = {0};
        session_describe(&s->session, k, &c);
        if (c.numbers == NUMBERS_ANSWERS)
            summed = c.source;
        bool of_addresses = c.numbers != NUMBERS_NONE && c.numbers != NUMBERS_ANSWERS;
        if (of_addresses && !store_worst_days(s->store, c.source, c.list, from, ADDRESSES,
                                              &s->stored_days, &s->past.day_addresses, err))
            return false;
    }
    return !summed || store_day_sums(s->store, summed, from, RECEIVERS, &s->stored_sums, err);
}

static void past_name_days(struct saved *s)
{
    s->days = mem_array(s->stored_days.count, sizeof *s->days);
    for (size_t i = 0; i < s->stored_days.count; i++) {
        const struct stored_numbers *n = &s->stored_days.items[i];
        struct column c = {0};
        session_describe(&s->session, session_find(&s->session, n->source, n->list), &c);
        s->days[i] = (struct report_day){.kind = c.numbers,
                                         .source = n->source,
                                         .list = n->list,
                                         .title = c.title ? c.title : n->list,
                                         .ip = n->ip,
                                         .day = n->day,
                                         .colour = past_colour(n->colour),
                                         .complaint = n->complaint,
                                         .complaint_text = n->complaint_text,
                                         .recipients = n->recipients,
                                         .data = n->data,
                                         .messages = n->messages,
                                         .traps = n->traps};
    }
    s->past.days = s->days;
    s->past.day_count = s->stored_days.count;
}

static uint32_t past_count(int64_t n)
{
    if (n < 0)
        return 0;
    return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static void past_name_answers(struct saved *s)
{
    s->answers = mem_array(s->stored_sums.count, sizeof *s->answers);
    for (size_t i = 0; i < s->stored_sums.count; i++) {
        const struct stored_numbers *n = &s->stored_sums.items[i];
        struct column c = {0};
        size_t column = session_find(&s->session, n->source, n->list);
        if (column != SESSION_NO_COLUMN)
            session_describe(&s->session, column, &c);
        int64_t other = n->messages - n->recipients - n->data - n->traps;
        s->answers[i] = (struct report_answers){.receiver = n->list,
                                                .title = c.title ? c.title : n->list,
                                                .day = n->day,
                                                .accepted = past_count(n->recipients),
                                                .throttled = past_count(n->traps),
                                                .refused = past_count(n->data),
                                                .other = past_count(other)};
    }
    s->past.answers = s->answers;
    s->past.answer_count = s->stored_sums.count;
}

bool status_past(struct saved *s, struct error *err)
{
    s->past.since = s->judge.now - (time_t)REPORT_PAST_DAYS * DAY_S;
    past_add_blind(s);
    if (!past_load_gaps(s, err))
        return false;
    if (!past_load_history(s, err))
        return false;
    if (!past_load_days(s, err))
        return false;
    s->past.spans = s->spans;
    past_name_days(s);
    past_name_answers(s);
    s->report.past = &s->past;
    return true;
}

void status_past_fini(struct saved *s)
{
    free(s->spans);
    free(s->days);
    free(s->answers);
    stored_days_fini(&s->stored_days);
    stored_days_fini(&s->stored_sums);
    text_free(s->past_texts);
}
