/* SPDX-License-Identifier: ISC */
/* What receivers answered, by receiver and day, over all own addresses: what the page draws. */
#include "log_setup.h"

#include "repmon/report.h"

#include <string.h>

/* The row of that day, which keeps its place among the days of the receiver; NULL: no room. */
static struct report_answers *log_row(struct report_answers *rows, size_t *count, size_t max,
                                      int32_t day)
{
    size_t at = 0;
    while (at < *count && rows[at].day < day)
        at++;
    if (at < *count && rows[at].day == day)
        return &rows[at];
    if (*count >= max)
        return NULL;
    memmove(rows + at + 1, rows + at, (*count - at) * sizeof *rows);
    (*count)++;
    rows[at] = (struct report_answers){.day = day};
    return &rows[at];
}

static void log_add_day(struct report_answers *row, const struct pair_day *d)
{
    row->accepted += d->messages[PAIR_TAKEN];
    row->throttled += d->messages[PAIR_THROTTLED];
    row->refused += pair_refused_of(d->messages);
    row->other += pair_all_of(d->messages) - d->messages[PAIR_TAKEN] - d->messages[PAIR_THROTTLED] -
                  pair_refused_of(d->messages);
}

size_t log_answers(const void *setup, int32_t from, struct report_answers *out, size_t max)
{
    const struct log_setup *s = setup;
    const struct memory *m = &s->heard.memory;
    size_t total = 0;
    for (size_t k = 0; k < s->receiver_count; k++) {
        const struct log_receiver *r = &s->receivers[k];
        struct report_answers *rows = out + total;
        size_t count = 0;
        for (size_t i = 0; i < m->pair_count; i++) {
            const struct pair *p = m->pairs[i];
            for (size_t d = 0; d < p->day_count && strcmp(p->receiver, r->name) == 0; d++) {
                int32_t day = clock_day((time_t)(p->days[d].day * DAY_S));
                struct report_answers *row =
                    day < from ? NULL : log_row(rows, &count, max - total, day);
                if (row)
                    log_add_day(row, &p->days[d]);
            }
        }
        for (size_t d = 0; d < count; d++) {
            rows[d].receiver = r->name;
            rows[d].title = r->title;
        }
        total += count;
    }
    return total;
}
