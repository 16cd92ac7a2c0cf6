/* SPDX-License-Identifier: ISC */
#include "lane_state.h"

#define LEAST_BURST    8    /* tokens a slow lane may save: three tests, a target, its follow-ups */
#define FIRST_SLEEP_MS 5000 /* a hiccup of the network; the run waits for it */
#define LATER_SLEEP_MS 60000 /* a list that went away; the run does not wait */

/* Tokens flow in with the time; an idle lane saves at most a second's worth. */
bool lane_state_has_token(struct lane_state *l, int64_t now_ms)
{
    double rate = l->lane->rate;
    if (rate <= 0)
        return true;
    double most = rate < LEAST_BURST ? LEAST_BURST : rate;
    l->tokens = l->filled_ms ? l->tokens + rate * (double)(now_ms - l->filled_ms) / 1000 : most;
    if (l->tokens > most)
        l->tokens = most;
    l->filled_ms = now_ms;
    return l->tokens >= 1;
}

void lane_state_sent(struct lane_state *l)
{
    l->tokens -= 1;
    if (l->lane->budget != UINT64_MAX)
        l->lane->budget--;
}

static void tell_asleep(const struct lane_state *l, bool asleep)
{
    const struct source *ops = l->source->ops;
    if (ops->lane_asleep)
        ops->lane_asleep(l->source->state, l->index, asleep);
}

void lane_state_sleep(struct lane_state *l, int64_t now_ms)
{
    l->lost = 0;
    l->asleep_ms = now_ms + (l->sleeps++ == 0 ? FIRST_SLEEP_MS : LATER_SLEEP_MS);
    tell_asleep(l, true);
}

void lane_state_wake(struct lane_state *l)
{
    l->asleep_ms = 0;
    l->done = l->waiting = false;
    tell_asleep(l, false);
}

bool lane_state_awaited(const struct lane_state *l)
{
    if (l->asleep_ms)
        return l->sleeps <= 1;
    return !l->done;
}

int lane_state_by_severity(const void *a, const void *b)
{
    const struct lane_state *x = a, *y = b;
    if (x->lane->severity != y->lane->severity)
        return x->lane->severity > y->lane->severity ? -1 : 1;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}
