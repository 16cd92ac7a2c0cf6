/* SPDX-License-Identifier: ISC */
/*
 * The digest: what one channel is sent about one run. The run composes it, the outbox stores its
 * JSON in the same transaction as the beliefs, and a channel sends it, perhaps days later; so it
 * holds everything a reader needs and nothing that would have to be looked up again. Every text in
 * it was cleaned (buf_clean) by the code that put it in, or is cleaned when composed.
 */
#ifndef REPMON_MESSAGE_H
#define REPMON_MESSAGE_H

#include "repmon/buf.h"
#include "repmon/change.h"
#include "repmon/error.h"
#include "repmon/json_out.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Still open for an address that the digest names. */
struct message_open {
    const char *source;
    const char *list;
    enum level level;
    struct ip_range range;
    const char *state; /* the source's own word */
    const char *codes; /* "SBL, CSS"; "" */
    time_t since;      /* 0: unknown */
    bool acked;
};

/* A list or source that could not be queried or trusted, in this run. */
struct message_unknown {
    const char *source;
    const char *list;
    enum cause cause;
    uint32_t targets; /* for how many targets; 0: all */
    time_t since;     /* 0: unknown */
    bool dns_list;    /* it proves itself; else the resolver does */
};

struct message {
    const char *id;       /* digest id: letters, digits, '-', '_'; the same on every retry */
    const char *instance; /* who says it */
    const char *config;   /* path of the configuration; "" for none */
    time_t time;          /* of the run */
    bool baseline;        /* the first message about these lists: how things stand */
    const char
        *heard; /* which receivers answered lately; "": none is heard, as a first look says */
    const char *below; /* of a first look: findings that this channel's min_level leaves out; "" */
    const char *const *notes; /* sentences said first */
    size_t note_count;
    /* The first of them says that no earlier state was found, and comes before all else: every
     * finding may have been told already, from the state that is gone. */
    bool no_state;
    const struct entry *entries; /* worst first; at most LIMIT_DIGEST_ENTRIES */
    size_t entry_count;
    uint32_t more_entries; /* left out beyond the limit */
    const struct message_open *open;
    size_t open_count;
    uint32_t more_open; /* left out beyond LIMIT_DIGEST_OPEN */
    /* Still open on a list where something ends: other addresses, for the entry of the end. */
    const struct message_open *neighbours;
    size_t neighbour_count;
    const struct message_unknown *unknown;
    size_t unknown_count;
    const char *const *reply_to; /* ids of the digests that opened these incidents, oldest first */
    size_t reply_to_count;
    /*
     * PagerDuty only: lists for which nothing is open any more after this digest, whatever ended
     * it (delisted, retired, lapsed); their incidents are resolved.
     */
    const char *const *closed;
    size_t closed_count;

    /* Set by the deliverer before a try; not part of the JSON. */
    bool may_have_arrived; /* an earlier try ended without a final reply */

    bool test; /* of `doctor --send`: tells that a channel works, and nothing else; not in the JSON
                */

    void *owned; /* owned: what message_from_json() allocated; NULL when all is borrowed */
};

/*
 * What priority, icon and X-Repmon-Level say: what is true now, info at least. What is over is
 * calm, whatever it was.
 */
enum level message_entry_level(const struct entry *e);
enum level message_level(const struct message *m);

/* How much of a message goes into a text. 0 means the documented limit. */
struct message_caps {
    size_t entries;   /* LIMIT_DIGEST_ENTRIES */
    size_t addresses; /* per entry, LIMIT_ENTRY_ADDRESSES */
    size_t text;      /* bytes of a reason or an advice; 0: no limit */
};

/*
 * The whole message as one JSON object. It is the webhook body of repmon-alerts(7) plus
 * what only repmon reads back: "reply_to", "closed", "baseline", "config".
 * False when `out` is too small.
 */
bool message_to_json(const struct message *m, struct buf *out);

/* The body of the webhook format "repmon" within `caps`; besides the documented keys it has
 * "notes", "open" and "unknown", because every digest says what is still open. */
bool message_to_webhook(const struct message *m, const struct message_caps *caps, struct buf *out);

/* The members of one entry of "changes", into an object that is open: for `history`. */
void message_entry_write(struct json_out *w, const struct entry *e);

/*
 * Reads message_to_json() back. All of *out is then owned by it (message_fini). False for anything
 * that is not such an object: a damaged outbox row, a bug.
 */
bool message_from_json(const char *text, size_t len, struct message *out, struct error *err);
void message_fini(struct message *m); /* harmless for a borrowed one */

/* "203.0.113.5", "203.0.113.5-203.0.113.9", "2001:db8:0:1::/64"; IP ranges of change.h. */
#define MESSAGE_RANGE_MAX (2 * CIDR_TEXT_MAX + 2)
void message_range_format(const struct ip_range *r, char out[static MESSAGE_RANGE_MAX]);
bool message_range_parse(const char *text, struct ip_range *out);
uint32_t message_range_count(const struct ip_range *r); /* targets in it, at most UINT32_MAX */

#endif
