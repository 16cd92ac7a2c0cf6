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

/* Whether its rate allows one more to be sent now; first credits the time that has passed. */
bool queue_state_has_token(struct queue_state *l, int64_t now_ms);

/* Rate and budget are set by the operator, who counts every query, repeated or not. */
void queue_state_sent(struct queue_state *l);

/* It lost too many: its source is informed and it is asked nothing for a while; and woken again. */
void queue_state_sleep(struct queue_state *l, int64_t now_ms);
void queue_state_wake(struct queue_state *l);

/* Whether the run has to go on because of this queue. */
bool queue_state_awaited(const struct queue_state *l);

/* For qsort(): the most severe first; equals keep the order of their source. */
int queue_state_by_severity(const void *a, const void *b);

#endif
