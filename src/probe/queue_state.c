/* SPDX-License-Identifier: ISC */
#include "queue_state.h"

#define LEAST_BURST    8 /* tokens a slow queue may save: three tests, a target, its follow-ups */
#define FIRST_SLEEP_MS 5000  /* a network hiccup; the run waits for it */
#define LATER_SLEEP_MS 60000 /* a list that went away; the run does not wait */

/* Tokens accrue with time; an idle queue saves at most a second's worth. */
bool queue_state_has_token(struct queue_state *l, int64_t now_ms)
{
    double rate = l->queue->rate;
    if (rate <= 0)
        return true;
    double most = rate < LEAST_BURST ? LEAST_BURST : rate;
    l->tokens = l->filled_ms ? l->tokens + rate * (double)(now_ms - l->filled_ms) / 1000 : most;
    if (l->tokens > most)
        l->tokens = most;
    l->filled_ms = now_ms;
    return l->tokens >= 1;
}

void queue_state_sent(struct queue_state *l)
{
    l->tokens -= 1;
    if (l->queue->budget != UINT64_MAX)
        l->queue->budget--;
}

static void queue_tell_asleep(const struct queue_state *l, bool asleep)
{
    const struct source *ops = l->source->ops;
    if (ops->queue_asleep)
        ops->queue_asleep(l->source->state, l->index, asleep);
}

void queue_state_sleep(struct queue_state *l, int64_t now_ms)
{
    l->lost = 0;
    l->asleep_ms = now_ms + (l->sleeps++ == 0 ? FIRST_SLEEP_MS : LATER_SLEEP_MS);
    queue_tell_asleep(l, true);
}

void queue_state_wake(struct queue_state *l)
{
    l->asleep_ms = 0;
    l->done = l->waiting = false;
    queue_tell_asleep(l, false);
}

bool queue_state_awaited(const struct queue_state *l)
{
    if (l->asleep_ms)
        return l->sleeps <= 1;
    return !l->done;
}

int queue_state_by_severity(const void *a, const void *b)
{
    const struct queue_state *x = a, *y = b;
    if (x->queue->severity != y->queue->severity)
        return x->queue->severity > y->queue->severity ? -1 : 1;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}
