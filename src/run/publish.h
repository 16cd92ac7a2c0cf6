/* SPDX-License-Identifier: ISC */
/* Entries become one message a channel. Pure. */
#ifndef RUN_PUBLISH_H
#define RUN_PUBLISH_H

#include "decide.h"

#include "repmon/message.h"
#include "repmon/session.h"

/* All borrowed. */
struct publish_in {
    const struct conf *conf;
    const struct session *session; /* what answers mean, what to say of the whole */
    const struct decide_in *decided;
    const struct decision *decision;
    const struct entries *entries; /* of the decision's changes */
    const char *id;                /* of the digest, the same for every channel */
    const char *config;            /* path of the configuration, for a reader elsewhere; "" */
};

struct published {
    const char *channel; /* borrowed: its title */
    char *content;       /* owned: message_to_json() */
    bool tells_refused;  /* it tells of recipients refused at an earlier one */
};

struct messages {
    struct published *items; /* owned */
    size_t count;
    uint64_t *heard; /* owned, one a change: bits of the channels whose message names it */
    struct buf text; /* the digest for stdout; "": nothing to say there */
};

/* False (ERR_BUG): an entry is too long for any message. messages_fini() in any case. */
bool publish(const struct publish_in *in, struct messages *out, struct error *err);
void messages_fini(struct messages *m);

/* ---- parts ---- */

/* publish_open.c: findings open after this run that its digest does not report, about addresses
 * that it names; adjacent addresses with identical findings are merged. */
struct publish_open {
    struct message_open items[LIMIT_DIGEST_OPEN];
    size_t count;
    uint32_t more;                                     /* not in items */
    struct message_open neighbours[LIMIT_DIGEST_OPEN]; /* other addresses, where something ends */
    size_t neighbour_count;
};
void publish_open(const struct publish_in *in, struct publish_open *out,
                  struct stored_text **texts);

/* publish_closed.c, for PagerDuty: lists on which nothing that this channel was told of is open
 * after this message. Sets m->closed_count; the caller frees. */
const char **publish_closed(const struct publish_in *in, uint64_t bit, struct message *m);

#endif
