/* SPDX-License-Identifier: ISC */
/*
 * How many questions may be in flight, learned from round trips. Pure: the time is passed in, and
 * it knows no socket. What overflows a resolver is the burst, not the number in flight, so sends
 * per wake are bounded too, retries included. Measurements: doc/decisions.md.
 */
#ifndef REPMON_CWND_H
#define REPMON_CWND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CWND_SLOTS 8 /* seconds that the smallest mean is remembered for */

struct cwnd {
    unsigned size; /* in flight at most */
    unsigned in_flight;
    unsigned burst;      /* sends left in this wake */
    int64_t burst_us;    /* when the burst began */
    bool full;           /* the size was the limit during this round */
    unsigned round_left; /* answers until the round trip counts as over */
    int64_t round_sum_us;
    unsigned round_count;
    int64_t mean_us;              /* of the last round; 0: none yet */
    int64_t least_us[CWND_SLOTS]; /* smallest mean of each of the last seconds; 0: none */
    int64_t slot_s;               /* the second that least_us[slot_s % CWND_SLOTS] is of */
    int64_t halved_ms;            /* when it was halved last; 0: never */
    unsigned limit;               /* the resolver turned away what exceeded this; 0: never */
    int64_t limited_ms;
};

void cwnd_init(struct cwnd *w);

/*
 * A new wake of the loop: the burst starts over. On a long path at most once a millisecond: the
 * answers to a burst come back as a burst, and what is sent in reply must not grow into a larger
 * one than a name server's queue can hold.
 */
void cwnd_wake(struct cwnd *w, int64_t now_us);

/* Questions that may be sent now. */
unsigned cwnd_room(struct cwnd *w);

void cwnd_sent(struct cwnd *w);

/* The same question was sent again: it is part of the burst but takes no place. */
void cwnd_resent(struct cwnd *w);

/* An answer came after `rtt_us`; negative: not known, because it was sent more than once. */
void cwnd_answered(struct cwnd *w, int64_t now_ms, int64_t rtt_us);

/*
 * The resolver turned a question away because it has too many: from now on the size stays below
 * what was in flight.
 */
void cwnd_limited(struct cwnd *w, int64_t now_ms);

/*
 * A send was given up. `blame`: its queue has answered before, so the loss says something about the
 * path; halves the size, at most once a second.
 */
void cwnd_lost(struct cwnd *w, int64_t now_ms, bool blame);

/* Mean round trip of the last full round in microseconds; 0 when there is none. */
int64_t cwnd_mean_us(const struct cwnd *w);

#endif
