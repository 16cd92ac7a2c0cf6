/* SPDX-License-Identifier: ISC */
#include "pair.h"

#include <string.h>

#define AFTER_S       60 /* a delivery in the minute of a refusal says nothing of its end */
#define LONG_AGO_S    (12 * HOUR_S)
#define SHARE_FROM    20 /* messages from which the share counts */
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

/* ---- counting ---- */

static void pair_drop_hour(struct pair *p, size_t at)
{
    p->hour_count--;
    memmove(p->hours + at, p->hours + at + 1, (p->hour_count - at) * sizeof *p->hours);
}

/* The row of that hour, made when there is none; NULL: it is older than all that is kept. */
static struct pair_hour *pair_hour_of(struct pair *p, int64_t time)
{
    int64_t hour = time / HOUR_S;
    size_t at = p->hour_count;
    while (at > 0 && p->hours[at - 1].hour > hour)
        at--;
    if (at > 0 && p->hours[at - 1].hour == hour)
        return &p->hours[at - 1];
    if (p->hour_count == PAIR_HOURS) {
        if (at == 0)
            return NULL;
        pair_drop_hour(p, 0);
        at--;
    }
    memmove(p->hours + at + 1, p->hours + at, (p->hour_count - at) * sizeof *p->hours);
    p->hour_count++;
    p->hours[at] = (struct pair_hour){.hour = hour};
    return &p->hours[at];
}

static struct pair_relay *pair_relay_of(struct pair *p, uint32_t relay)
{
    size_t oldest = 0;
    for (size_t i = 0; i < p->relay_count; i++) {
        if (p->relays[i].relay == relay)
            return &p->relays[i];
        const struct pair_relay *o = &p->relays[oldest];
        int64_t last = o->taken > o->refused ? o->taken : o->refused;
        if (p->relays[i].taken < last && p->relays[i].refused < last)
            oldest = i;
    }
    if (p->relay_count < PAIR_RELAYS)
        oldest = p->relay_count++;
    p->relays[oldest] = (struct pair_relay){.relay = relay};
    return &p->relays[oldest];
}

static void later(int64_t *time, int64_t other)
{
    if (other > *time)
        *time = other;
}

static void earlier(int64_t *time, int64_t other)
{
    if (*time == 0 || other < *time)
        *time = other;
}

static void pair_note_taken(struct pair *p, struct pair_hour *h, const struct pair_message *m)
{
    earlier(&h->first_taken, m->time);
    later(&h->last_taken, m->time);
    later(&pair_relay_of(p, m->relay)->taken, m->time);
}

static void pair_note_refused(struct pair *p, const struct pair_message *m)
{
    earlier(&p->first_refused, m->time);
    later(&p->last_refused, m->time);
    later(&pair_relay_of(p, m->relay)->refused, m->time);
    if (m->decisive)
        later(&p->last_decisive, m->time);
}

void pair_add(struct pair *p, const struct pair_message *m)
{
    struct pair_hour *h = pair_hour_of(p, m->time);
    if (!h)
        return;
    h->messages[m->outcome]++;
    switch (m->outcome) {
    case PAIR_TAKEN: pair_note_taken(p, h, m); break;
    case PAIR_REFUSED: pair_note_refused(p, m); break;
    case PAIR_THROTTLED:
        earlier(&p->first_throttled, m->time);
        later(&p->last_throttled, m->time);
        break;
    default: break;
    }
}

void pair_take_back(struct pair *p, int64_t time, enum pair_outcome outcome)
{
    for (size_t i = 0; i < p->hour_count; i++)
        if (p->hours[i].hour == time / HOUR_S && p->hours[i].messages[outcome] > 0)
            p->hours[i].messages[outcome]--;
}

void pair_day(const struct pair *p, int64_t now, uint32_t messages[static PAIR_OUTCOMES])
{
    memset(messages, 0, PAIR_OUTCOMES * sizeof *messages);
    for (size_t i = 0; i < p->hour_count; i++) {
        const struct pair_hour *h = &p->hours[i];
        if (h->hour <= (now - DAY_S) / HOUR_S)
            continue;
        for (size_t o = 0; o < PAIR_OUTCOMES; o++)
            messages[o] += h->messages[o];
    }
}

int64_t pair_last_heard(const struct pair *p)
{
    return p->hour_count ? (p->hours[p->hour_count - 1].hour + 1) * HOUR_S - 1 : 0;
}

/* ---- deliveries around a moment ---- */

static int64_t pair_last_taken(const struct pair *p)
{
    int64_t last = 0;
    for (size_t i = 0; i < p->hour_count; i++)
        later(&last, p->hours[i].last_taken);
    return last;
}

/* The first delivery after `time` that the hours prove; a later one where an hour holds both. */
static int64_t pair_first_taken_after(const struct pair *p, int64_t time)
{
    for (size_t i = 0; i < p->hour_count; i++) {
        const struct pair_hour *h = &p->hours[i];
        if (h->first_taken > time)
            return h->first_taken;
        if (h->last_taken > time)
            return h->last_taken;
    }
    return 0;
}

static bool pair_took_near(const struct pair *p, int64_t time)
{
    for (size_t i = 0; i < p->hour_count; i++) {
        const struct pair_hour *h = &p->hours[i];
        if (h->last_taken == 0)
            continue;
        if (h->last_taken >= time - HOUR_S && h->first_taken <= time + HOUR_S)
            return true;
    }
    return false;
}

/* ---- rules ---- */

/*
 * Where each recipient's organisation has rules of its own, a delivery to one says nothing of the
 * others: it must go through a server that refused, or through three different ones.
 */
static bool pair_relays_agree(const struct pair *p)
{
    size_t different = 0;
    for (size_t i = 0; i < p->relay_count; i++) {
        const struct pair_relay *r = &p->relays[i];
        if (r->taken <= p->last_refused + AFTER_S)
            continue;
        different++;
        if (r->refused)
            return true;
    }
    return different >= TENANT_RELAYS;
}

bool pair_is_over(const struct pair *p, int64_t confirm_gap_s)
{
    int64_t after = p->last_refused + AFTER_S;
    int64_t last = pair_last_taken(p);
    if (last <= after)
        return false;
    if (p->many_tenants && !pair_relays_agree(p))
        return false;
    if (last - p->last_refused > LONG_AGO_S)
        return true;
    return last - pair_first_taken_after(p, after) >= confirm_gap_s;
}

static bool is_share(uint64_t part, uint64_t all, unsigned percent)
{
    return part * 100 >= all * percent;
}

static uint32_t sum(const uint32_t messages[static PAIR_OUTCOMES])
{
    uint32_t all = 0;
    for (size_t o = 0; o < PAIR_OUTCOMES; o++)
        all += messages[o];
    return all;
}

static bool pair_begins_refused(const struct pair *p, int64_t now, const struct pair_rules *rules)
{
    uint32_t day[PAIR_OUTCOMES];
    pair_day(p, now, day);
    bool decisive = p->last_decisive > now - DAY_S && !pair_took_near(p, p->last_decisive);
    if (decisive)
        return true;
    if (day[PAIR_REFUSED] < rules->refused_min)
        return false;
    return sum(day) < SHARE_FROM || is_share(day[PAIR_REFUSED], sum(day), rules->refused_share);
}

/* A single refusal that a delivery followed is what mixed traffic looks like. */
static bool pair_begins_partly(const struct pair *p, int64_t now, const struct pair_rules *rules)
{
    uint32_t day[PAIR_OUTCOMES];
    pair_day(p, now, day);
    if (day[PAIR_REFUSED] == 0)
        return false;
    return day[PAIR_REFUSED] >= rules->refused_min ||
           pair_last_taken(p) <= p->last_refused + AFTER_S;
}

static const struct pair_hour *pair_hour_at(const struct pair *p, int64_t hour)
{
    static const struct pair_hour none;
    for (size_t i = 0; i < p->hour_count; i++)
        if (p->hours[i].hour == hour)
            return &p->hours[i];
    return &none;
}

static bool is_throttled_hour(const struct pair_hour *h, const struct pair_rules *rules)
{
    return h->messages[PAIR_THROTTLED] >= rules->throttled_min &&
           is_share(h->messages[PAIR_THROTTLED], sum(h->messages), rules->throttled_share);
}

static bool is_calm_hour(const struct pair_hour *h)
{
    uint32_t all = sum(h->messages);
    return h->messages[PAIR_TAKEN] > 0 && (h->messages[PAIR_THROTTLED] == 0 ||
                                           !is_share(h->messages[PAIR_THROTTLED], all, SHARE_CALM));
}

static bool pair_begins_throttled(const struct pair *p, int64_t now, const struct pair_rules *rules)
{
    int64_t hour = now / HOUR_S;
    for (int64_t last = hour; last > hour - 2; last--)
        if (is_throttled_hour(pair_hour_at(p, last), rules) &&
            is_throttled_hour(pair_hour_at(p, last - 1), rules))
            return true;
    uint32_t put_off = 0;
    for (size_t i = 0; i < p->hour_count; i++)
        if (p->hours[i].hour > (now - SILENT_S) / HOUR_S)
            put_off += p->hours[i].messages[PAIR_THROTTLED];
    return put_off >= PUT_OFF_MIN && pair_last_taken(p) < now - SILENT_S;
}

/* Two hours with deliveries and hardly a throttled message, after the last one that was. */
static bool pair_is_calm(const struct pair *p)
{
    size_t calm = 0;
    if (pair_last_taken(p) - p->last_throttled > LONG_AGO_S)
        return true;
    for (size_t i = p->hour_count; i-- > 0;) {
        const struct pair_hour *h = &p->hours[i];
        if (h->messages[PAIR_THROTTLED] && !is_calm_hour(h))
            return false;
        calm += is_calm_hour(h);
        if (calm == 2)
            return true;
    }
    return false;
}

static void pair_forget_refusals(struct pair *p)
{
    p->first_refused = p->last_refused = p->last_decisive = 0;
    p->evidence = (struct pair_evidence){0};
}

static void pair_move(struct pair *p, enum pair_state state, int64_t since)
{
    if (state == p->state)
        return;
    p->state = state;
    p->since = since;
}

/* What it is when nothing is wrong. */
static void pair_rest(struct pair *p, int64_t now)
{
    int64_t taken = pair_last_taken(p);
    bool heard = taken > now - PAIR_LAPSE_S;
    pair_move(p, heard ? PAIR_ACCEPTED : PAIR_NO_DATA, taken);
}

static bool is_refusing(enum pair_state state)
{
    return state == PAIR_IS_REFUSED || state == PAIR_PARTLY_REFUSED;
}

/* Ends what is over; afterwards `state` is no refusal that does not last. */
static void pair_end_refusal(struct pair *p, int64_t now, const struct pair_rules *rules)
{
    bool over = pair_is_over(p, rules->confirm_gap_s);
    if (p->state == PAIR_PARTLY_REFUSED && p->last_refused <= now - DAY_S)
        over = true;
    if (!over)
        return;
    pair_forget_refusals(p);
    pair_rest(p, now);
}

static void pair_begin_refusal(struct pair *p, int64_t now, const struct pair_rules *rules)
{
    if (p->state == PAIR_IS_REFUSED)
        return;
    if (pair_begins_refused(p, now, rules))
        pair_move(p, PAIR_IS_REFUSED, p->first_refused);
    else if (pair_begins_partly(p, now, rules))
        pair_move(p, PAIR_PARTLY_REFUSED, p->first_refused);
}

static void pair_judge_throttle(struct pair *p, int64_t now, const struct pair_rules *rules)
{
    if (is_refusing(p->state))
        return;
    if (p->state == PAIR_IS_THROTTLED && !pair_is_calm(p))
        return;
    if (pair_begins_throttled(p, now, rules)) {
        pair_move(p, PAIR_IS_THROTTLED, p->first_throttled);
        return;
    }
    p->first_throttled = p->last_throttled = 0;
    pair_rest(p, now);
}

void pair_judge(struct pair *p, int64_t now, const struct pair_rules *rules)
{
    if (p->last_refused)
        pair_end_refusal(p, now, rules);
    /* What began nothing within its day is no part of a later episode. */
    if (!is_refusing(p->state) && p->last_refused <= now - DAY_S)
        pair_forget_refusals(p);
    if (p->last_refused)
        pair_begin_refusal(p, now, rules);
    pair_judge_throttle(p, now, rules);
}
