/* SPDX-License-Identifier: ISC */
#include "cwnd.h"

#include "repmon/limits.h"

#include <string.h>

#define PACE_US     700
#define LIMITED_MS  500
#define CWND_LEAST  (CWND_START / 2)
#define LONG_WAY_US 2000 /* below this, the answers themselves set the pace */

void cwnd_init(struct cwnd *w)
{
    memset(w, 0, sizeof *w);
    w->size = CWND_START;
    w->round_left = w->size;
    cwnd_wake(w, 0);
}

void cwnd_wake(struct cwnd *w, int64_t now_us)
{
    if (w->mean_us >= LONG_WAY_US && now_us - w->burst_us < PACE_US)
        return;
    w->burst = CWND_BURST;
    w->burst_us = now_us;
}

unsigned cwnd_room(struct cwnd *w)
{
    unsigned free = w->in_flight < w->size ? w->size - w->in_flight : 0;
    if (free == 0)
        w->full = true;
    return free < w->burst ? free : w->burst;
}

void cwnd_sent(struct cwnd *w)
{
    w->in_flight++;
    if (w->burst)
        w->burst--;
    if (w->in_flight >= w->size)
        w->full = true;
}

void cwnd_resent(struct cwnd *w)
{
    if (w->burst)
        w->burst--;
}

/* Looks back several seconds, so that a slowly growing queue does not become the yardstick. */
static int64_t cwnd_smallest_mean(struct cwnd *w, int64_t now_ms, int64_t mean)
{
    int64_t now_s = now_ms / 1000, least = mean;
    for (; w->slot_s < now_s; w->slot_s++) {
        if (now_s - w->slot_s > CWND_SLOTS)
            w->slot_s = now_s - CWND_SLOTS;
        w->least_us[(w->slot_s + 1) % CWND_SLOTS] = 0;
    }
    int64_t *slot = &w->least_us[now_s % CWND_SLOTS];
    if (!*slot || mean < *slot)
        *slot = mean;
    for (size_t i = 0; i < CWND_SLOTS; i++) {
        if (w->least_us[i] && w->least_us[i] < least)
            least = w->least_us[i];
    }
    return least;
}

/*
 * Grow by a quarter while the mean stays near the smallest recent mean: means, because one early
 * answer would poison a minimum of single samples; recent, because a path may change.
 */
static void cwnd_end_round(struct cwnd *w, int64_t now_ms)
{
    int64_t mean = w->round_sum_us / (w->round_count ? w->round_count : 1);
    if (mean < 1)
        mean = 1;
    int64_t least = cwnd_smallest_mean(w, now_ms, mean);
    int64_t useful = least * CWND_RATE / 1000000;
    if (useful > CWND_MAX)
        useful = CWND_MAX;
    if (w->limit && useful > w->limit)
        useful = w->limit;
    if (w->full && mean <= least + least / 8 && (int64_t)w->size < useful) {
        w->size += w->size / 4;
        if ((int64_t)w->size > useful)
            w->size = (unsigned)useful;
    }
    w->mean_us = mean;
    w->round_left = w->size;
    w->round_sum_us = 0;
    w->round_count = 0;
    w->full = false;
}

static void cwnd_leave(struct cwnd *w)
{
    if (w->in_flight)
        w->in_flight--;
}

void cwnd_answered(struct cwnd *w, int64_t now_ms, int64_t rtt_us)
{
    cwnd_leave(w);
    if (rtt_us < 0)
        return;
    w->round_sum_us += rtt_us;
    w->round_count++;
    if (--w->round_left == 0)
        cwnd_end_round(w, now_ms);
}

void cwnd_lost(struct cwnd *w, int64_t now_ms, bool blame)
{
    cwnd_leave(w);
    if (!blame || (w->halved_ms && now_ms - w->halved_ms < 1000))
        return;
    w->halved_ms = now_ms ? now_ms : 1;
    unsigned least = w->limit && w->limit < CWND_START ? w->limit : CWND_START;
    w->size = w->size / 2 < least ? least : w->size / 2;
    if (w->round_left > w->size)
        w->round_left = w->size;
}

void cwnd_limited(struct cwnd *w, int64_t now_ms)
{
    unsigned most = w->in_flight < w->size ? w->in_flight : w->size;
    /* What was sent before the first refusal is refused as well, and says nothing new. */
    if (w->limit && now_ms - w->limited_ms < LIMITED_MS)
        return;
    w->limited_ms = now_ms;
    w->limit = most - most / 4;
    if (w->limit < CWND_LEAST)
        w->limit = CWND_LEAST;
    if (w->size > w->limit)
        w->size = w->limit;
    if (w->round_left > w->size)
        w->round_left = w->size;
}

int64_t cwnd_mean_us(const struct cwnd *w)
{
    return w->mean_us;
}
