/* SPDX-License-Identifier: ISC */
#include "repmon/window.h"

#include "repmon/limits.h"

#include <string.h>

void window_init(struct window *w)
{
    memset(w, 0, sizeof *w);
    w->size = WINDOW_START;
    w->round_left = w->size;
    window_wake(w);
}

void window_wake(struct window *w)
{
    w->burst = WINDOW_BURST;
}

unsigned window_room(struct window *w)
{
    unsigned free = w->in_flight < w->size ? w->size - w->in_flight : 0;
    if (free == 0)
        w->full = true;
    return free < w->burst ? free : w->burst;
}

void window_sent(struct window *w)
{
    w->in_flight++;
    if (w->burst)
        w->burst--;
    if (w->in_flight >= w->size)
        w->full = true;
}

static int64_t smallest_mean(const struct window *w)
{
    int64_t least = 0;
    for (size_t i = 0; i < WINDOW_MEANS; i++) {
        if (w->means_us[i] && (!least || w->means_us[i] < least))
            least = w->means_us[i];
    }
    return least;
}

/*
 * Grow by a quarter while the mean stays near the smallest recent mean: means, because one early
 * answer would poison a minimum of single samples; recent, because a path may change.
 */
static void end_round(struct window *w)
{
    int64_t mean = w->round_sum_us / (w->round_count ? w->round_count : 1);
    int64_t least = smallest_mean(w);
    if (mean < 1)
        mean = 1;
    if (w->full && (!least || mean <= least + least / 4)) {
        w->size += w->size / 4;
        if (w->size > WINDOW_MAX)
            w->size = WINDOW_MAX;
    }
    w->means_us[w->next_mean] = mean;
    w->next_mean = (w->next_mean + 1) % WINDOW_MEANS;
    w->round_left = w->size;
    w->round_sum_us = 0;
    w->round_count = 0;
    w->full = false;
}

static void leave(struct window *w)
{
    if (w->in_flight)
        w->in_flight--;
}

void window_answered(struct window *w, int64_t rtt_us)
{
    leave(w);
    if (rtt_us < 0)
        return;
    w->round_sum_us += rtt_us;
    w->round_count++;
    if (--w->round_left == 0)
        end_round(w);
}

void window_lost(struct window *w, int64_t now_ms, bool blame)
{
    leave(w);
    if (!blame || (w->halved_ms && now_ms - w->halved_ms < 1000))
        return;
    w->halved_ms = now_ms ? now_ms : 1;
    w->size = w->size / 2 < 8 ? 8 : w->size / 2;
    if (w->round_left > w->size)
        w->round_left = w->size;
}

int64_t window_mean_us(const struct window *w)
{
    return w->means_us[(w->next_mean + WINDOW_MEANS - 1) % WINDOW_MEANS];
}
