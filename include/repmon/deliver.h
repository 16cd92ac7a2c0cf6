/* SPDX-License-Identifier: ISC */
/*
 * Sends what waits in the outbox, oldest first, channel by channel. One channel neither blocks nor
 * repeats another. A row is `sending` on disk before the network is touched.
 */
#ifndef REPMON_DELIVER_H
#define REPMON_DELIVER_H

#include "repmon/channel.h"
#include "repmon/conf.h"
#include "repmon/error.h"
#include "repmon/loop.h"
#include "repmon/store.h"

struct deliver_options {
    const struct conf *conf; /* borrowed */
    struct loop *loop;       /* borrowed */
    int64_t deadline_ms;     /* no new try after this, on clock_mono_ms(); 0: none */
    bool in_doubt;           /* the clock is: nothing is given up */
    bool all; /* also what is not due yet; a channel is left at its first try that failed */
    channel_print print; /* for the channel stdout; NULL: it waits */
    const char *digest;  /* counted in `took`: this run's; NULL */
};

struct deliver_result {
    size_t sent, deferred, held, failed; /* tries by outcome */
    size_t took;                         /* channels that took `digest` */
    bool any_held;                       /* a channel is misconfigured */
};

/*
 * The caller holds store_lock(). Remote trouble is in the result and the state (and said on stderr
 * once a run); false only when the state can't be read or written.
 */
bool deliver_waiting(const struct deliver_options *options, struct store *store,
                     struct deliver_result *result, struct error *err);

/*
 * Pure: what a try that ended so makes of its row. The outcome is that of repmon-alerts(7)
 * DELIVERY; here comes the next try. Strings are borrowed from `tried`.
 */
struct outbox_result deliver_settle(const struct outbox_item *item, const struct delivery *tried,
                                    time_t now);

/* Pure: death "after 7 days and 5 tries", of a try that did not succeed. */
void deliver_give_up(const struct outbox_item *item, time_t now, struct outbox_result *r);

#endif
