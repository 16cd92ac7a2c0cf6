/* SPDX-License-Identifier: ISC */
/*
 * What receivers answered day by day, for the history: the memory keeps only what its rules need,
 * about a week, but the run keeps these numbers as long as all others.
 */
#include "log_setup.h"
#include "repmon/day.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define RECENT 3 /* days whose counts may still change; earlier runs gave the older ones */

static void log_give_day(const struct source_env *env, size_t column, const struct pair *p,
                         const struct pair_day *d)
{
    char text[128];
    uint32_t all = pair_all_of(d->messages), refused = pair_refused_of(d->messages);
    snprintf(text, sizeof text,
             "accepted %" PRIu32 ", throttled %" PRIu32 ", refused %" PRIu32 " of %" PRIu32,
             d->messages[PAIR_TAKEN], d->messages[PAIR_THROTTLED], refused, all);
    const struct source_number number = {.ip = p->own,
                                         .day = day_of((time_t)(d->day * DAY_S)),
                                         .recipients = d->messages[PAIR_TAKEN],
                                         .data = refused,
                                         .messages = all,
                                         .traps = d->messages[PAIR_THROTTLED],
                                         .complaint = -1,
                                         .complaint_text = "",
                                         .colour = "",
                                         .raw = text};
    env->number_add(env->ctx, column, &number);
}

/* Of the thousands of small receivers, keeps only days on which something was wrong. */
static bool log_is_worth_a_row(const struct log_receiver *r, const struct pair_day *d)
{
    return r->in_table || pair_refused_of(d->messages) || d->messages[PAIR_THROTTLED];
}

void log_give_days(const struct log_setup *s, const struct source_env *env)
{
    const struct memory *m = &s->heard.memory;
    int64_t today = (int64_t)env->now / DAY_S;
    for (size_t i = 0; i < m->pair_count && env->number_add; i++) {
        const struct pair *p = m->pairs[i];
        size_t k = 0;
        while (k < s->receiver_count && strcmp(s->receivers[k].name, p->receiver) != 0)
            k++;
        if (k == s->receiver_count || !p->own.family)
            continue;
        for (size_t d = 0; d < p->day_count; d++) {
            bool recent = p->days[d].day > today - RECENT;
            if (recent && log_is_worth_a_row(&s->receivers[k], &p->days[d]))
                log_give_day(env, env->first_column + s->conf->log_count + k, p, &p->days[d]);
        }
    }
}
