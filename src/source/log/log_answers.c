/* SPDX-License-Identifier: ISC */
/* What the log source tells of what it counted: who answered, how much, and what is in doubt. */
#include "log_setup.h"

#include "repmon/receivers.h"
#include "repmon/report.h"
#include "repmon/sources.h"

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

/* Pairs of one receiver with several own addresses are one. */
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

/* A row of rows[first..], made when there is none. */
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

/* Receivers outside the table are one row an own address: there are too many of them. */
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
