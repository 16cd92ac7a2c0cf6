/* SPDX-License-Identifier: ISC */
#include "dmarc_day.h"

#include "repmon/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* repmon.conf(5), [reports] */
#define FAILED_MIN       5
#define THROWN_OUT_MIN   10
#define THROWN_OUT_SHARE 5  /* percent of ours */
#define CLOSED_AHEAD     10 /* days: only a wrong clock can have closed them so early */
#define BETTER_DAYS      2  /* better days that end a finding */

const char *dmarc_state_word(enum dmarc_state state)
{
    static const char *const words[DMARC_STATES] = {
        "", "", "aligned", "failing", "quarantined-by-one", "quarantined"};
    return words[state];
}

uint64_t dmarc_sum(uint64_t a, uint64_t b)
{
    return a > DMARC_MESSAGES_MAX - b ? DMARC_MESSAGES_MAX : a + b;
}

static void dmarc_day_fini(struct dmarc_day *day)
{
    free(day->reporters);
    free(day->froms);
}

void dmarc_days_fini(struct dmarc_days *d)
{
    for (size_t i = 0; i < d->count; i++)
        dmarc_day_fini(&d->items[i]);
    free(d->items);
    free(d->addresses);
    *d = (struct dmarc_days){0};
}

/* ---- days ---- */

static int dmarc_day_compare(const struct dmarc_day *day, const struct ip *ip, int64_t number)
{
    int order = ip_cmp(&day->ip, ip);
    if (order)
        return order;
    return day->day < number ? -1 : day->day > number;
}

/* Where the day is, or belongs. */
static size_t dmarc_day_place_of(const struct dmarc_days *d, const struct ip *ip, int64_t day)
{
    size_t low = 0, high = d->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (dmarc_day_compare(&d->items[middle], ip, day) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool dmarc_day_is_at(const struct dmarc_days *d, size_t at, const struct ip *ip, int64_t day)
{
    return at < d->count && dmarc_day_compare(&d->items[at], ip, day) == 0;
}

struct dmarc_day *dmarc_day_of(struct dmarc_days *d, const struct ip *ip, int64_t day)
{
    size_t at = dmarc_day_place_of(d, ip, day);
    if (dmarc_day_is_at(d, at, ip, day))
        return &d->items[at];
    if (d->count == d->cap) {
        d->cap = d->cap ? d->cap * 2 : 64;
        d->items = mem_grow(d->items, d->cap, sizeof *d->items);
    }
    memmove(&d->items[at + 1], &d->items[at], (d->count - at) * sizeof *d->items);
    d->count++;
    d->items[at] = (struct dmarc_day){.ip = *ip, .day = day};
    return &d->items[at];
}

const struct dmarc_day *dmarc_day_find(const struct dmarc_days *d, const struct ip *ip, int64_t day)
{
    size_t at = dmarc_day_place_of(d, ip, day);
    return dmarc_day_is_at(d, at, ip, day) ? &d->items[at] : NULL;
}

static struct dmarc_reporter *dmarc_day_find_reporter(struct dmarc_day *day, const char *name)
{
    for (size_t i = 0; i < day->reporter_count; i++)
        if (strcmp(day->reporters[i].name, name) == 0)
            return &day->reporters[i];
    return NULL;
}

static struct dmarc_reporter *dmarc_day_reporter_of(struct dmarc_day *day, const char *name)
{
    struct dmarc_reporter *r = dmarc_day_find_reporter(day, name);
    if (!r && day->reporter_count >= DMARC_REPORTERS - 1) {
        name = "others";
        r = dmarc_day_find_reporter(day, name);
    }
    if (r)
        return r;
    day->reporters = mem_grow(day->reporters, day->reporter_count + 1, sizeof *day->reporters);
    r = &day->reporters[day->reporter_count++];
    *r = (struct dmarc_reporter){.large = false};
    snprintf(r->name, sizeof r->name, "%s", name);
    return r;
}

void dmarc_day_add(struct dmarc_day *day, const char *reporter, bool large,
                   const struct dmarc_counts *counts)
{
    char name[DMARC_REPORTER_MAX];
    snprintf(name, sizeof name, "%.*s", (int)sizeof name - 1, reporter);
    struct dmarc_reporter *r = dmarc_day_reporter_of(day, name);
    r->large |= large;
    r->counts.passed = dmarc_sum(r->counts.passed, counts->passed);
    r->counts.failed = dmarc_sum(r->counts.failed, counts->failed);
    r->counts.thrown_out = dmarc_sum(r->counts.thrown_out, counts->thrown_out);
    r->counts.relayed = dmarc_sum(r->counts.relayed, counts->relayed);
    day->amended = true;
}

static struct dmarc_from *dmarc_day_from_of(struct dmarc_day *day, const char *domain)
{
    for (size_t i = 0; i < day->from_count; i++)
        if (strcmp(day->froms[i].domain, domain) == 0)
            return &day->froms[i];
    if (day->from_count == DMARC_FROMS)
        return &day->froms[DMARC_FROMS - 1];
    day->froms = mem_grow(day->froms, day->from_count + 1, sizeof *day->froms);
    struct dmarc_from *from = &day->froms[day->from_count++];
    *from = (struct dmarc_from){.failed = 0};
    bool last = day->from_count == DMARC_FROMS;
    snprintf(from->domain, sizeof from->domain, "%s", last ? "others" : domain);
    return from;
}

void dmarc_day_add_from(struct dmarc_day *day, const char *domain,
                        const struct dmarc_counts *counts)
{
    if (counts->failed == 0 && counts->thrown_out == 0)
        return;
    struct dmarc_from *from = dmarc_day_from_of(day, domain);
    from->failed = dmarc_sum(from->failed, counts->failed);
    from->thrown_out = dmarc_sum(from->thrown_out, counts->thrown_out);
}

struct dmarc_counts dmarc_day_sum(const struct dmarc_day *day)
{
    struct dmarc_counts sum = {0};
    for (size_t i = 0; i < day->reporter_count; i++) {
        const struct dmarc_counts *c = &day->reporters[i].counts;
        sum.passed = dmarc_sum(sum.passed, c->passed);
        sum.failed = dmarc_sum(sum.failed, c->failed);
        sum.thrown_out = dmarc_sum(sum.thrown_out, c->thrown_out);
        sum.relayed = dmarc_sum(sum.relayed, c->relayed);
    }
    return sum;
}

void dmarc_days_forget(struct dmarc_days *d, int64_t first)
{
    size_t kept = 0;
    for (size_t i = 0; i < d->count; i++) {
        if (d->items[i].day >= first)
            d->items[kept++] = d->items[i];
        else
            dmarc_day_fini(&d->items[i]);
    }
    d->count = kept;
}

/* ---- what a day shows ---- */

/* Several reporters agree, or one says so that is large enough to be believed alone. */
static bool dmarc_day_is_confirmed(const struct dmarc_day *day)
{
    size_t reporters = 0;
    for (size_t i = 0; i < day->reporter_count; i++) {
        const struct dmarc_reporter *r = &day->reporters[i];
        if (r->counts.thrown_out == 0)
            continue;
        reporters += r->large ? 2 : 1;
    }
    return reporters >= 2;
}

static bool dmarc_day_is_share(uint64_t part, uint64_t whole, double percent)
{
    return (double)part * 100 >= (double)whole * percent;
}

enum dmarc_state dmarc_judge_day(const struct dmarc_day *day, const struct dmarc_rules *rules)
{
    const struct dmarc_counts sum = dmarc_day_sum(day);
    uint64_t ours = sum.passed + sum.failed;
    bool enough = ours >= rules->min_messages;
    if (sum.thrown_out >= THROWN_OUT_MIN &&
        dmarc_day_is_share(sum.thrown_out, ours, THROWN_OUT_SHARE))
        return dmarc_day_is_confirmed(day) ? DMARC_QUARANTINED : DMARC_BY_ONE;
    if (enough && sum.failed >= FAILED_MIN &&
        dmarc_day_is_share(sum.failed, ours, rules->fail_share))
        return DMARC_FAILING;
    if (enough)
        return DMARC_ALIGNED;
    return ours > 0 ? DMARC_TOO_FEW : DMARC_NO_DATA;
}

/* ---- what is believed of an address ---- */

static size_t dmarc_day_address_place(const struct dmarc_days *d, const struct ip *ip)
{
    size_t low = 0, high = d->address_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ip_cmp(&d->addresses[middle].ip, ip) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct dmarc_address *dmarc_address_find(const struct dmarc_days *d, const struct ip *ip)
{
    size_t at = dmarc_day_address_place(d, ip);
    bool found = at < d->address_count && ip_cmp(&d->addresses[at].ip, ip) == 0;
    return found ? &d->addresses[at] : NULL;
}

struct dmarc_address *dmarc_address_of(struct dmarc_days *d, const struct ip *ip)
{
    size_t at = dmarc_day_address_place(d, ip);
    if (at < d->address_count && ip_cmp(&d->addresses[at].ip, ip) == 0)
        return &d->addresses[at];
    if (d->address_count == d->address_cap) {
        d->address_cap = d->address_cap ? d->address_cap * 2 : 16;
        d->addresses = mem_grow(d->addresses, d->address_cap, sizeof *d->addresses);
    }
    memmove(&d->addresses[at + 1], &d->addresses[at],
            (d->address_count - at) * sizeof *d->addresses);
    d->address_count++;
    d->addresses[at] = (struct dmarc_address){.ip = *ip};
    return &d->addresses[at];
}

static void dmarc_day_end(struct dmarc_address *a)
{
    a->state = a->best;
    a->since = a->state > DMARC_ALIGNED ? a->since : 0;
    a->told = a->last;
    a->better = 0;
}

/* A worse day counts at once, better ones only after two. Days with too little mail say nothing. */
static void dmarc_day_move_state(struct dmarc_address *a, const struct dmarc_day *day, bool first)
{
    if (day->found < DMARC_ALIGNED)
        return;
    a->last = day->day;
    if (day->found >= a->state) {
        bool begins = day->found > DMARC_ALIGNED && a->state <= DMARC_ALIGNED;
        a->since = begins ? day->day : a->since;
        a->untold |= begins && !first;
        a->state = day->found;
        a->told = day->day;
        a->better = 0;
        return;
    }
    a->best = a->better == 0 || day->found > a->best ? day->found : a->best;
    a->better += a->better < BETTER_DAYS;
    if (a->better == BETTER_DAYS && !a->untold)
        dmarc_day_end(a);
}

/* A finding that began and ended between two runs is told all the same, and ends with the next run;
 * but the first run only tells how things are now. */
static void dmarc_day_end_told(struct dmarc_days *d)
{
    for (size_t i = 0; i < d->address_count; i++) {
        d->addresses[i].untold = false;
        if (d->addresses[i].better == BETTER_DAYS)
            dmarc_day_end(&d->addresses[i]);
    }
}

void dmarc_judge(struct dmarc_days *d, int64_t until, const struct dmarc_rules *rules)
{
    bool first = d->closed == 0;
    if (d->closed > until + CLOSED_AHEAD)
        d->closed = until - 1;
    dmarc_day_end_told(d);
    for (size_t i = 0; i < d->count; i++) {
        struct dmarc_day *day = &d->items[i];
        if (day->judged || day->day > until)
            continue;
        day->judged = true;
        if (day->day <= d->closed)
            continue;
        day->found = dmarc_judge_day(day, rules);
        dmarc_day_move_state(dmarc_address_of(d, &day->ip), day, first);
    }
    if (until > d->closed)
        d->closed = until;
}
