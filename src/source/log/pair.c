/* SPDX-License-Identifier: ISC */
#include "pair.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

/* ---- hours, days, servers ---- */

void pair_fini(struct pair *p)
{
    free(p->receiver);
    free(p->hours);
    free(p->evidence);
    *p = (struct pair){0};
}

static void pair_later(int64_t *time, int64_t other)
{
    if (other > *time)
        *time = other;
}

static void pair_earlier(int64_t *time, int64_t other)
{
    if (*time == 0 || other < *time)
        *time = other;
}

/* The row of that hour, made if needed; NULL: it is older than anything kept. */
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
        at--;
        memmove(p->hours, p->hours + 1, at * sizeof *p->hours);
    } else {
        p->hours = mem_grow(p->hours, p->hour_count + 1, sizeof *p->hours);
        memmove(p->hours + at + 1, p->hours + at, (p->hour_count - at) * sizeof *p->hours);
        p->hour_count++;
    }
    p->hours[at] = (struct pair_hour){.hour = hour};
    return &p->hours[at];
}

bool pair_put_hour(struct pair *p, const struct pair_hour *hour)
{
    if (p->hour_count == PAIR_HOURS)
        return false;
    if (p->hour_count > 0 && p->hours[p->hour_count - 1].hour >= hour->hour)
        return false;
    p->hours = mem_grow(p->hours, p->hour_count + 1, sizeof *p->hours);
    p->hours[p->hour_count++] = *hour;
    return true;
}

static struct pair_day *pair_day_of(struct pair *p, int64_t time)
{
    int64_t day = time / DAY_S;
    size_t at = p->day_count;
    while (at > 0 && p->days[at - 1].day > day)
        at--;
    if (at > 0 && p->days[at - 1].day == day)
        return &p->days[at - 1];
    if (p->day_count == PAIR_DAYS) {
        if (at == 0)
            return NULL;
        at--;
        memmove(p->days, p->days + 1, at * sizeof *p->days);
    } else {
        memmove(p->days + at + 1, p->days + at, (p->day_count - at) * sizeof *p->days);
        p->day_count++;
    }
    p->days[at] = (struct pair_day){.day = day};
    return &p->days[at];
}

static int64_t pair_relay_last(const struct pair_relay *r)
{
    return r->taken > r->refused ? r->taken : r->refused;
}

static struct pair_relay *pair_relay_of(struct pair *p, uint32_t relay)
{
    size_t oldest = 0;
    for (size_t i = 0; i < p->relay_count; i++) {
        if (p->relays[i].relay == relay)
            return &p->relays[i];
        if (pair_relay_last(&p->relays[i]) < pair_relay_last(&p->relays[oldest]))
            oldest = i;
    }
    if (p->relay_count < PAIR_RELAYS)
        oldest = p->relay_count++;
    p->relays[oldest] = (struct pair_relay){.relay = relay};
    return &p->relays[oldest];
}

/* ---- noting and counting ---- */

static void pair_note_taken(struct pair *p, struct pair_hour *h, const struct pair_message *m)
{
    pair_earlier(&h->first_taken, m->time);
    pair_later(&h->last_taken, m->time);
    h->taken_minutes |= UINT64_C(1) << (m->time % HOUR_S / 60);
    pair_later(&p->last_taken, m->time);
    pair_later(&pair_relay_of(p, m->relay)->taken, m->time);
}

static void pair_note_refused(struct pair *p, const struct pair_message *m)
{
    pair_earlier(&p->first_refused, m->time);
    pair_later(&p->last_refused, m->time);
    pair_later(&pair_relay_of(p, m->relay)->refused, m->time);
    if (m->outcome == PAIR_DECISIVE)
        pair_later(&p->last_decisive, m->time);
}

static void pair_note_put_off(struct pair *p, struct pair_hour *h, const struct pair_message *m)
{
    pair_earlier(&p->first_throttled, m->time);
    pair_later(&p->last_throttled, m->time);
    pair_earlier(&h->first_put_off, m->time);
}

void pair_note(struct pair *p, const struct pair_message *m)
{
    struct pair_hour *h = pair_hour_of(p, m->time);
    if (!h)
        return;
    switch (m->outcome) {
    case PAIR_TAKEN: pair_note_taken(p, h, m); break;
    case PAIR_RANGE:
    case PAIR_REFUSED:
    case PAIR_DECISIVE: pair_note_refused(p, m); break;
    case PAIR_THROTTLED: pair_note_put_off(p, h, m); break;
    default: break;
    }
}

void pair_note_unread(struct pair *p, int64_t time)
{
    struct pair_hour *h = pair_hour_of(p, time);
    if (h && h->unread < UINT32_MAX)
        h->unread++;
}

uint32_t pair_unread(const struct pair *p, int64_t now)
{
    uint32_t unread = 0;
    for (size_t i = 0; i < p->hour_count; i++)
        if (p->hours[i].hour >= pair_day_begin(now))
            unread += p->hours[i].unread;
    return unread;
}

static void pair_count_one(uint32_t *count, bool add)
{
    if (add)
        ++*count;
    else if (*count > 0)
        --*count;
}

void pair_count(struct pair *p, int64_t time, enum pair_outcome outcome, bool add)
{
    struct pair_hour *h = pair_hour_of(p, time);
    struct pair_day *d = pair_day_of(p, time);
    p->totals[outcome] += add;
    if (h)
        pair_count_one(&h->messages[outcome], add);
    if (d)
        pair_count_one(&d->messages[outcome], add);
}

bool pair_wants_evidence(const struct pair *p, enum pair_outcome outcome, int64_t time)
{
    const struct pair_evidence *known = p->evidence;
    if (!known || known->outcome < outcome)
        return true;
    return known->outcome == outcome && time < known->time;
}

void pair_keep_evidence(struct pair *p, const struct pair_evidence *e)
{
    if (!pair_wants_evidence(p, e->outcome, e->time))
        return;
    free(p->evidence);
    p->evidence = mem_alloc(sizeof *p->evidence);
    *p->evidence = *e;
}

uint32_t pair_refused_of(const uint32_t messages[static PAIR_OUTCOMES])
{
    return messages[PAIR_RANGE] + messages[PAIR_REFUSED] + messages[PAIR_DECISIVE];
}

uint32_t pair_all_of(const uint32_t messages[static PAIR_OUTCOMES])
{
    uint32_t all = 0;
    for (size_t o = 0; o < PAIR_OUTCOMES; o++)
        all += messages[o];
    return all;
}

int64_t pair_day_begin(int64_t now)
{
    return (now - DAY_S) / HOUR_S;
}

void pair_last_day(const struct pair *p, int64_t now, uint32_t messages[static PAIR_OUTCOMES])
{
    memset(messages, 0, PAIR_OUTCOMES * sizeof *messages);
    for (size_t i = 0; i < p->hour_count; i++) {
        const struct pair_hour *h = &p->hours[i];
        if (h->hour < pair_day_begin(now))
            continue;
        for (size_t o = 0; o < PAIR_OUTCOMES; o++)
            messages[o] += h->messages[o];
    }
}

int64_t pair_last_heard(const struct pair *p)
{
    int64_t last = p->hour_count ? p->hours[p->hour_count - 1].hour * HOUR_S : 0;
    pair_later(&last, p->last_taken);
    pair_later(&last, p->last_refused);
    pair_later(&last, p->last_throttled);
    return last;
}
