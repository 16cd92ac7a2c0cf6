/* SPDX-License-Identifier: ISC */
/* The table of states and rules of [log] in repmon.conf(5). */
#include "pair.h"

#include <stdio.h>
#include <stdlib.h>

#define AFTER_S       60 /* a delivery in the minute of a refusal does not show that it ended */
#define LONG_AGO_S    (12 * HOUR_S)
#define SHARE_FROM    20 /* messages needed before the share counts */
#define SHARE_CALM    5  /* percent */
#define SILENT_S      (4 * HOUR_S)
#define PUT_OFF_MIN   3
#define TENANT_RELAYS 3

static const char *const state_words[PAIR_STATES] = {"", "accepted", "throttled", "partly-refused",
                                                     "refused"};

const char *pair_state_word(enum pair_state state)
{
    return (unsigned)state < PAIR_STATES ? state_words[state] : "";
}

bool pair_is_refusing(const struct pair *p)
{
    return p->state == PAIR_IS_REFUSED || p->state == PAIR_PARTLY_REFUSED;
}

int64_t pair_proven(const struct pair *p)
{
    if (pair_is_refusing(p))
        return p->last_refused;
    return p->state == PAIR_IS_THROTTLED ? p->last_throttled : p->last_taken;
}

/* ---- deliveries around a moment ---- */

/* The first delivery after `time`, to the minute; 0: there was none. */
static int64_t pair_hour_taken_after(const struct pair_hour *h, int64_t time)
{
    if (h->last_taken <= time)
        return 0;
    if (h->first_taken > time)
        return h->first_taken;
    for (int64_t minute = time % HOUR_S / 60 + 1; minute < 60; minute++)
        if (h->taken_minutes >> minute & 1)
            return h->hour * HOUR_S + minute * 60;
    return h->last_taken;
}

static int64_t pair_first_taken_after(const struct pair *p, int64_t time)
{
    for (size_t i = 0; i < p->hour_count; i++) {
        int64_t taken = pair_hour_taken_after(&p->hours[i], time);
        if (taken)
            return taken;
    }
    return 0;
}

static bool pair_took_near(const struct pair *p, int64_t time)
{
    int64_t taken = pair_first_taken_after(p, time - HOUR_S - 1);
    return taken && taken <= time + HOUR_S;
}

/* ---- the end of a refusal ---- */

/*
 * Where each recipient's organisation sets its own rules, a delivery to one says nothing about the
 * others: it takes a delivery through a server that refused, or through three different ones.
 */
static bool pair_relays_agree(const struct pair *p)
{
    size_t different = 0;
    for (size_t i = 0; i < p->relay_count; i++) {
        const struct pair_relay *r = &p->relays[i];
        if (r->taken <= p->last_refused + AFTER_S)
            continue;
        different++;
        if (r->refused && r->refused >= p->first_refused)
            return true;
    }
    return different >= TENANT_RELAYS;
}

bool pair_is_over(const struct pair *p, int64_t now, int64_t confirm_gap_s)
{
    int64_t after = p->last_refused + AFTER_S;
    if (p->last_taken <= after)
        return false;
    if (p->many_tenants && !pair_relays_agree(p))
        return false;
    if (now - p->last_refused > LONG_AGO_S)
        return true;
    return p->last_taken - pair_first_taken_after(p, after) >= confirm_gap_s;
}

/* ---- the beginning of a refusal ---- */

static bool pair_is_share(uint64_t part, uint64_t all, unsigned percent)
{
    return part * 100 >= all * percent;
}

/*
 * A refusal that is older than a counted delivery opens nothing. Where there is enough traffic for
 * a share, the share already weighs deliveries in between, and only what comes too late (older than
 * what an earlier run counted) is left out.
 */
static bool pair_speaks(const struct pair *p, int64_t refused, uint32_t all)
{
    int64_t taken = all >= SHARE_FROM ? p->judged_taken : p->last_taken;
    return refused && taken <= refused + AFTER_S;
}

static bool pair_begins_refused(const struct pair *p, const uint32_t day[static PAIR_OUTCOMES],
                                const struct pair_rules *rules)
{
    uint32_t all = pair_all_of(day);
    if (day[PAIR_DECISIVE] > 0 && pair_speaks(p, p->last_decisive, all) &&
        !pair_took_near(p, p->last_decisive))
        return true;
    uint32_t refused = day[PAIR_REFUSED] + day[PAIR_DECISIVE];
    if (refused < rules->refused_min)
        return false;
    return all < SHARE_FROM || pair_is_share(refused, all, rules->refused_share);
}

/* A single refusal followed by a delivery is normal in mixed traffic. */
static bool pair_begins_partly(const struct pair *p, const uint32_t day[static PAIR_OUTCOMES],
                               const struct pair_rules *rules)
{
    return pair_refused_of(day) >= rules->refused_min || p->last_taken <= p->last_refused + AFTER_S;
}

/* ---- throttling ---- */

static bool pair_is_throttled_hour(const struct pair_hour *h, const struct pair_rules *rules)
{
    uint32_t put_off = h->messages[PAIR_THROTTLED];
    return put_off >= rules->throttled_min &&
           pair_is_share(put_off, pair_all_of(h->messages), rules->throttled_share);
}

static bool pair_is_calm_hour(const struct pair_hour *h)
{
    uint32_t put_off = h->messages[PAIR_THROTTLED];
    if (h->messages[PAIR_TAKEN] == 0)
        return false;
    return put_off == 0 || !pair_is_share(put_off, pair_all_of(h->messages), SHARE_CALM);
}

/* Five messages, and a fifth of all, in each of two consecutive hours of the last day. */
static bool pair_slows(const struct pair *p, int64_t now, const struct pair_rules *rules)
{
    for (size_t i = 1; i < p->hour_count; i++) {
        const struct pair_hour *h = &p->hours[i];
        if (h->hour < pair_day_begin(now) || h[-1].hour != h->hour - 1)
            continue;
        if (pair_is_throttled_hour(h, rules) && pair_is_throttled_hour(h - 1, rules))
            return true;
    }
    return false;
}

/* Deferred for four hours, at least three messages, and nothing taken since the first of them. */
static bool pair_stops(const struct pair *p, int64_t now)
{
    uint32_t put_off = 0;
    int64_t first = 0;
    for (size_t i = 0; i < p->hour_count; i++) {
        const struct pair_hour *h = &p->hours[i];
        if (h->hour < pair_day_begin(now))
            continue;
        if (first == 0 && h->first_put_off > p->last_taken)
            first = h->first_put_off;
        if (first)
            put_off += h->messages[PAIR_THROTTLED];
    }
    return put_off >= PUT_OFF_MIN && first <= now - SILENT_S;
}

/* Two hours with deliveries and hardly a throttled message, after the last hour of throttling. */
static bool pair_is_calm(const struct pair *p)
{
    size_t calm = 0;
    if (p->last_taken - p->last_throttled >= LONG_AGO_S)
        return true;
    for (size_t i = p->hour_count; i-- > 0;) {
        const struct pair_hour *h = &p->hours[i];
        if (h->messages[PAIR_THROTTLED] && !pair_is_calm_hour(h))
            return false;
        calm += pair_is_calm_hour(h);
        if (calm == 2)
            return true;
    }
    return false;
}

/* ---- moving ---- */

/* What was said about message, domain or account holds only for the day it was said. */
static void pair_age_evidence(struct pair *p, int64_t now)
{
    if (!p->evidence || p->evidence->outcome >= PAIR_THROTTLED ||
        p->evidence->time / HOUR_S >= pair_day_begin(now))
        return;
    free(p->evidence);
    p->evidence = NULL;
}

static void pair_forget_refusals(struct pair *p)
{
    p->first_refused = p->last_refused = p->last_decisive = 0;
    if (!p->evidence || p->evidence->outcome <= PAIR_THROTTLED)
        return;
    free(p->evidence);
    p->evidence = NULL;
}

static void pair_forget_throttling(struct pair *p)
{
    p->first_throttled = p->last_throttled = 0;
    if (!p->evidence || p->evidence->outcome != PAIR_THROTTLED)
        return;
    free(p->evidence);
    p->evidence = NULL;
}

static void pair_move(struct pair *p, enum pair_state state, int64_t since)
{
    if (state == p->state)
        return;
    p->state = state;
    p->since = since;
    snprintf(p->code, sizeof p->code, "%s", p->evidence ? p->evidence->code : "");
}

/* The state when nothing is wrong. */
static void pair_rest(struct pair *p, int64_t now)
{
    bool heard = p->last_taken && p->last_taken > now - PAIR_LAPSE_S;
    pair_move(p, heard ? PAIR_ACCEPTED : PAIR_NO_DATA, p->last_taken);
}

/*
 * If it is not known which own address a refusal is about, a delivery may be from another one and
 * can't end it: like a partial refusal, it ends after a day without any.
 */
static bool pair_is_known(const struct pair *p)
{
    return p->own.family != 0;
}

static void pair_end_refusal(struct pair *p, int64_t now, const struct pair_rules *rules)
{
    bool over = pair_is_known(p) && pair_is_over(p, now, rules->confirm_gap_s);
    bool stays = p->state == PAIR_IS_REFUSED && pair_is_known(p);
    if (pair_is_refusing(p) && !stays && p->last_refused <= now - DAY_S)
        over = true;
    /* A refusal that opened no episode within a day is not part of a later one. */
    if (!pair_is_refusing(p) && p->last_refused / HOUR_S < pair_day_begin(now))
        over = true;
    if (!over)
        return;
    pair_forget_refusals(p);
    pair_rest(p, now);
}

static void pair_begin_refusal(struct pair *p, int64_t now, const struct pair_rules *rules)
{
    uint32_t day[PAIR_OUTCOMES];
    pair_last_day(p, now, day);
    if (p->state == PAIR_IS_REFUSED || pair_refused_of(day) == 0)
        return;
    if (!pair_speaks(p, p->last_refused, pair_all_of(day)))
        return;
    if (pair_begins_refused(p, day, rules))
        pair_move(p, PAIR_IS_REFUSED, p->first_refused);
    else if (pair_begins_partly(p, day, rules))
        pair_move(p, PAIR_PARTLY_REFUSED, p->first_refused);
}

static void pair_judge_throttling(struct pair *p, int64_t now, const struct pair_rules *rules)
{
    bool throttled = p->state == PAIR_IS_THROTTLED;
    bool calm = p->last_throttled == 0 || pair_is_calm(p);
    if (!pair_is_known(p) && p->last_throttled <= now - DAY_S)
        calm = true;
    if (throttled && (!calm || rules->ends_nothing))
        return;
    if (!calm && (pair_slows(p, now, rules) || pair_stops(p, now))) {
        pair_move(p, PAIR_IS_THROTTLED, p->first_throttled);
        return;
    }
    if (calm || p->last_throttled <= now - DAY_S)
        pair_forget_throttling(p);
    pair_rest(p, now);
}

static void pair_judge_at(struct pair *p, int64_t now, const struct pair_rules *rules)
{
    pair_age_evidence(p, now);
    if (p->last_refused && !(pair_is_refusing(p) && rules->ends_nothing))
        pair_end_refusal(p, now, rules);
    if (p->last_refused)
        pair_begin_refusal(p, now, rules);
    if (!pair_is_refusing(p))
        pair_judge_throttling(p, now, rules);
    p->judged_taken = p->last_taken;
}

/* Refusals from a time without runs, too old for this run's 24 hours, are judged as of then. */
static int64_t pair_missed(const struct pair *p, int64_t now)
{
    int64_t last = p->last_refused > p->last_throttled ? p->last_refused : p->last_throttled;
    bool late = last / HOUR_S < pair_day_begin(now) && last > now - PAIR_LAPSE_S;
    return late && p->state <= PAIR_ACCEPTED ? last : 0;
}

void pair_judge(struct pair *p, int64_t now, const struct pair_rules *rules)
{
    int64_t missed = pair_missed(p, now);
    if (missed)
        pair_judge_at(p, missed, rules);
    pair_judge_at(p, now, rules);
}
