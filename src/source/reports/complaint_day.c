/* SPDX-License-Identifier: ISC */
#include "complaint_day.h"

#include "repmon/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* repmon.conf(5), [reports] */
#define RATE_COMPLAINTS 3
#define RATE_MESSAGES   1000
#define A_DAY_HIGH      3
#define A_DAY_VERY_HIGH 10
#define BETTER_DAYS     2 /* whole days that end a finding */

void complaint_pairs_fini(struct complaint_pairs *c)
{
    free(c->items);
    *c = (struct complaint_pairs){0};
}

struct complaint_pair *complaint_pair_of(struct complaint_pairs *c, const struct ip *ip,
                                         const char *receiver)
{
    for (size_t i = 0; i < c->count; i++) {
        struct complaint_pair *p = &c->items[i];
        if (ip_cmp(&p->ip, ip) == 0 && strcmp(p->receiver, receiver) == 0)
            return p;
    }
    if (c->count == COMPLAINT_PAIRS_MAX)
        return NULL;
    if (c->count == c->cap) {
        c->cap = c->cap ? c->cap * 2 : 16;
        c->items = mem_grow(c->items, c->cap, sizeof *c->items);
    }
    struct complaint_pair *p = &c->items[c->count++];
    *p = (struct complaint_pair){.ip = *ip};
    snprintf(p->receiver, sizeof p->receiver, "%.*s", (int)sizeof p->receiver - 1, receiver);
    return p;
}

struct complaint_day *complaint_day_of(struct complaint_pair *p, int64_t day)
{
    size_t at = p->day_count;
    while (at > 0 && p->days[at - 1].day > day)
        at--;
    if (at > 0 && p->days[at - 1].day == day)
        return &p->days[at - 1];
    if (p->day_count == COMPLAINT_DAYS) {
        if (at == 0)
            return NULL;
        memmove(&p->days[0], &p->days[1], --p->day_count * sizeof *p->days);
        at--;
    }
    memmove(&p->days[at + 1], &p->days[at], (p->day_count - at) * sizeof *p->days);
    p->day_count++;
    p->days[at] = (struct complaint_day){.day = day};
    return &p->days[at];
}

uint64_t complaint_sum(const struct complaint_pair *p, int64_t last, int64_t days)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < p->day_count; i++)
        if (p->days[i].day <= last && p->days[i].day > last - days)
            sum += p->days[i].complaints;
    return sum;
}

static enum complaint_state complaint_by_rate(uint64_t complaints, uint64_t accepted,
                                              const struct complaint_rules *rules)
{
    if (complaints < RATE_COMPLAINTS || accepted < RATE_MESSAGES)
        return COMPLAINTS_FEW;
    double percent = (double)complaints * 100 / (double)accepted;
    if (percent >= rules->critical)
        return COMPLAINTS_VERY_HIGH;
    return percent >= rules->warning ? COMPLAINTS_HIGH : COMPLAINTS_FEW;
}

static enum complaint_state complaint_by_number(uint64_t complaints)
{
    if (complaints >= A_DAY_VERY_HIGH)
        return COMPLAINTS_VERY_HIGH;
    return complaints >= A_DAY_HIGH ? COMPLAINTS_HIGH : COMPLAINTS_FEW;
}

/*
 * A day without a complaint is never bad, however bad its week was. What a receiver accepted is
 * known only for the last seven days, so the newest complaint stands for all of them.
 */
static enum complaint_state complaint_judge_day(const struct complaint_pair *p,
                                                const struct complaint_day *d, int64_t today,
                                                bool known, uint64_t accepted,
                                                const struct complaint_rules *rules)
{
    const struct complaint_day *newest = &p->days[p->day_count - 1];
    if (d->complaints == 0)
        return COMPLAINTS_FEW;
    if (!known)
        return complaint_by_number(d->complaints);
    if (d != newest)
        return COMPLAINTS_FEW;
    return complaint_by_rate(complaint_sum(p, today, COMPLAINT_RATE_DAYS), accepted, rules);
}

/* Days up to the last bad one already belong to the current belief, or to a finding that has ended.
 */
static bool complaint_is_told(const struct complaint_pair *p, int64_t day)
{
    return p->state >= COMPLAINTS_HIGH ? day < p->last_bad : day <= p->last_bad;
}

static void complaint_look_at_days(struct complaint_pair *p, int64_t today, bool known,
                                   uint64_t accepted, const struct complaint_rules *rules)
{
    for (size_t i = 0; i < p->day_count; i++) {
        const struct complaint_day *d = &p->days[i];
        if (d->day > today || d->day <= today - COMPLAINT_RATE_DAYS || complaint_is_told(p, d->day))
            continue;
        enum complaint_state found = complaint_judge_day(p, d, today, known, accepted, rules);
        if (found < COMPLAINTS_HIGH || found < p->state)
            continue;
        p->since = p->state < COMPLAINTS_HIGH ? d->day : p->since;
        p->state = found;
        p->last_bad = d->day;
    }
}

void complaint_judge(struct complaint_pair *p, int64_t today, bool known, uint64_t accepted,
                     const struct complaint_rules *rules)
{
    bool is_believed = p->state >= COMPLAINTS_HIGH;
    p->known = known;
    p->accepted = accepted;
    if (p->state == COMPLAINTS_NONE && p->day_count > 0)
        p->state = COMPLAINTS_FEW;
    complaint_look_at_days(p, today, known, accepted, rules);
    /* A finding that came and went between two runs is told all the same, and ends with the next
     * run. */
    if (!is_believed || today <= p->last_bad + BETTER_DAYS)
        return;
    p->state = COMPLAINTS_FEW;
    p->since = 0;
    complaint_look_at_days(p, today, known, accepted, rules); /* a milder finding may remain */
}

static void complaint_forget_days(struct complaint_pair *p, int64_t first)
{
    size_t old = 0;
    while (old < p->day_count && p->days[old].day < first)
        old++;
    p->day_count -= old;
    memmove(&p->days[0], &p->days[old], p->day_count * sizeof *p->days);
}

void complaint_pairs_forget(struct complaint_pairs *c, int64_t first)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->count; i++) {
        struct complaint_pair *p = &c->items[i];
        complaint_forget_days(p, first);
        if (p->day_count > 0 || p->state >= COMPLAINTS_HIGH)
            c->items[kept++] = *p;
    }
    c->count = kept;
}
