/* SPDX-License-Identifier: ISC */
/*
 * What the probe knows of one queue: its pace and budget, whether it sleeps, and what the DNS
 * engine knows of its servers. Knows no other queue.
 */
#ifndef QUEUE_STATE_H
#define QUEUE_STATE_H

#include "repmon/probe.h"

struct queue_state {
    const struct probe_source *source; /* borrowed */
    size_t index;                      /* of the queue in its source */
    struct queue *queue;               /* borrowed from the source */
    double tokens;
    int64_t filled_ms, wake_ms, asleep_ms, answer_ms; /* 0: not */
    uint64_t replies;
    unsigned in_flight, lost, sleeps;
    bool answered, done, waiting;
    struct dns_list dns; /* what the DNS engine knows of its servers */
};

/* Whether one more may be sent now by its rate; counts the time. */
bool queue_state_has_token(struct queue_state *l, int64_t now_ms);

/* Rate and budget are the operator's, and he counts what is sent, again or not. */
void queue_state_sent(struct queue_state *l);

/* It lost too much: asked no more for a while, which its source is told; and again. */
void queue_state_sleep(struct queue_state *l, int64_t now_ms);
void queue_state_wake(struct queue_state *l);

/* Whether the run goes on for its sake. */
bool queue_state_awaited(const struct queue_state *l);

/* For qsort(): the most severe first; those alike stay in the order of their source. */
int queue_state_by_severity(const void *a, const void *b);

#endif
