/* SPDX-License-Identifier: ISC */
/* What the log source reports about its counts: who answered, how often, and what is in doubt. */
#include "log_setup.h"

#include "repmon/receivers.h"
#include "repmon/report.h"
#include "repmon/sources.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct log_setup *log_answers_of(const void *setup)
{
    return setup;
}

/* ---- who answered ---- */

static bool log_is_among(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* ---- what else was refused ---- */

#define OTHERWISE_MIN   2
#define OTHERWISE_SHARE 20 /* percent of the receiver's messages */

/* Of the last day, over all own addresses. */
struct log_otherwise {
    uint32_t all, content, tenant, unread;
};

static void log_otherwise_of(const struct memory *m, const char *receiver, time_t now,
                             struct log_otherwise *out)
{
    *out = (struct log_otherwise){0};
    for (size_t i = 0; i < m->pair_count; i++) {
        uint32_t day[PAIR_OUTCOMES];
        const struct pair *p = m->pairs[i];
        if (strcmp(p->receiver, receiver) != 0)
            continue;
        pair_last_day(p, (int64_t)now, day);
        out->all += pair_all_of(day);
        out->content += day[PAIR_CONTENT];
        out->tenant += day[PAIR_TENANT];
        out->unread += pair_unread(p, (int64_t)now);
    }
}

static bool log_is_much(uint32_t part, uint32_t all)
{
    return part >= OTHERWISE_MIN && (uint64_t)part * 100 >= (uint64_t)all * OTHERWISE_SHARE;
}

static void log_tell_otherwise(const struct log_otherwise *o, const char *title, struct buf *out)
{
    if (log_is_much(o->content, o->all))
        buf_fmt(out,
                " %s refused %" PRIu32 " of %" PRIu32
                " messages in the last day for their content or sender (domain, SPF, DKIM, DMARC), "
                "not for the address.",
                title, o->content, o->all);
    if (log_is_much(o->tenant, o->all))
        buf_fmt(out,
                " %s refused %" PRIu32 " of %" PRIu32
                " messages in the last day because your account is blocked.",
                title, o->tenant, o->all);
}

static const char *log_file_shown(const struct log_setup *s)
{
    bool one = s->conf->log_count == 1 && s->conf->logs[0].file_count == 1;
    return one ? s->conf->logs[0].files[0] : "FILE";
}

/* A refusal for another reason leaves the address "accepted", so it is mentioned separately. */
void log_answered_otherwise(const struct log_setup *s, time_t now, struct buf *out)
{
    const struct memory *m = &s->heard.memory;
    uint32_t unread = 0;
    for (size_t i = 0; i < m->pair_count; i++) {
        struct log_otherwise o;
        char title[RECEIVER_TITLE_SIZE];
        const char *receiver = m->pairs[i]->receiver;
        size_t first = 0;
        while (strcmp(m->pairs[first]->receiver, receiver) != 0)
            first++;
        if (first < i || !m->pairs[i]->in_table)
            continue;
        log_otherwise_of(m, receiver, now, &o);
        receivers_title(s->heard.explain, receiver, title);
        log_tell_otherwise(&o, title, out);
        if (log_is_much(o.unread, o.all))
            unread += o.unread;
    }
    if (unread)
        buf_fmt(out,
                " %" PRIu32 " refusals in the last day were not understood, and count neither for "
                "nor against the address; look with: repmon explain %s",
                unread, log_file_shown(s));
}

/* A receiver is named once, however many own addresses it answered. */
void log_answered(const void *setup, time_t now, struct buf *out)
{
    const struct log_setup *s = log_answers_of(setup);
    const struct memory *m = &s->heard.memory;
    if (s->conf->log_count == 0)
        return;
    const char **answered = mem_array(m->pair_count + 1, sizeof *answered);
    size_t count = 0;
    for (size_t i = 0; i < m->pair_count; i++) {
        const struct pair *p = m->pairs[i];
        bool lately = p->in_table && pair_last_heard(p) > (int64_t)now - DAY_S;
        if (lately && !log_is_among(answered, count, p->receiver))
            answered[count++] = p->receiver;
    }
    receivers_tell(s->heard.explain, answered, count, out);
    log_answered_otherwise(s, now, out);
    free(answered);
}

/* ---- what is in doubt ---- */

void log_doubts(const void *setup, time_t now, source_doubt_fn *say, void *ctx)
{
    const struct memory *m = &log_answers_of(setup)->heard.memory;
    for (size_t i = 0; i < m->section_count; i++) {
        char until[32], text[160];
        if (m->sections[i].not_assumed <= (int64_t)now)
            continue;
        clock_format_local((time_t)m->sections[i].not_assumed, until, sizeof until);
        snprintf(text, sizeof text,
                 "a refusal named a different address of yours than the one assumed, so none is "
                 "assumed until "
                 "%s",
                 until);
        say(ctx, source_log.word, m->sections[i].name, text,
            "name all addresses that its mail leaves through: address or tag in the [log] section");
    }
}

/* ---- what was counted ---- */

static void log_add_counts(struct report_messages *m, const uint64_t totals[static PAIR_OUTCOMES])
{
    m->accepted += totals[PAIR_TAKEN];
    m->refused += totals[PAIR_RANGE] + totals[PAIR_REFUSED] + totals[PAIR_DECISIVE];
    m->throttled += totals[PAIR_THROTTLED];
    m->other += totals[PAIR_OTHER] + totals[PAIR_CONTENT] + totals[PAIR_TENANT];
}

struct log_counts {
    struct report_messages *rows; /* borrowed */
    size_t count, max;
};

/* Adds to a row of rows[first..], making it if needed. */
static void log_count(struct log_counts *c, size_t first, const struct ip *own,
                      const char *receiver, const uint64_t totals[static PAIR_OUTCOMES])
{
    size_t at = first;
    while (at < c->count &&
           (strcmp(c->rows[at].receiver, receiver) != 0 || ip_cmp(&c->rows[at].ip, own) != 0))
        at++;
    if (at == c->max)
        return;
    if (at == c->count)
        c->rows[c->count++] = (struct report_messages){.ip = *own, .receiver = receiver};
    log_add_counts(&c->rows[at], totals);
}

/* Receivers outside the table share one row per own address: there are too many of them. */
size_t log_messages(const void *setup, struct report_messages *out, size_t max)
{
    const struct memory *m = &log_answers_of(setup)->heard.memory;
    struct log_counts c = {.rows = out, .max = max};
    for (size_t i = 0; i < m->gone_count; i++)
        log_count(&c, c.count, &m->gone[i].own, m->gone[i].receiver, m->gone[i].totals);
    for (size_t i = 0; i < m->pair_count; i++) {
        const struct pair *p = m->pairs[i];
        log_count(&c, 0, &p->own, p->in_table ? p->receiver : MEMORY_OTHERS, p->totals);
    }
    return c.count;
}

#define LOG_ACCEPTED_DAYS 7

bool log_accepted(const void *setup, const char *receiver, const struct ip *own, time_t now,
                  uint64_t *messages)
{
    const struct pair *p = log_pair_of(log_answers_of(setup), receiver, own);
    int64_t today = (int64_t)now / DAY_S;
    if (!p)
        return false;
    *messages = 0;
    for (size_t i = 0; i < p->day_count; i++)
        if (p->days[i].day > today - LOG_ACCEPTED_DAYS)
            *messages += p->days[i].messages[PAIR_TAKEN];
    return true;
}
