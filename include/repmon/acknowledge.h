/* SPDX-License-Identifier: ISC */
/*
 * Acknowledgements as people give them, and which of the present findings they cover. The judge
 * ends one when its finding ends, gets worse or gains a code, or when its time is up. No lock is
 * taken: a run in progress does not lose one that is made meanwhile.
 */
#ifndef REPMON_ACKNOWLEDGE_H
#define REPMON_ACKNOWLEDGE_H

#include "repmon/conf.h"
#include "repmon/error.h"
#include "repmon/ip.h"
#include "repmon/store.h"

/* What is meant. All borrowed. */
struct ack_choice {
    const struct cidr *targets; /* none: all */
    size_t target_count;
    const char *list; /* NULL: all lists; also a source's word */
    bool blind;       /* the blindness of the list instead of findings */
};

struct ack_terms {
    time_t now, until;
    const char *note; /* borrowed; cleaned here; NULL: what an earlier one says stays */
};

/*
 * Acknowledges what the choice names; *made counts. A list that today's configuration does not ask
 * is ERR_USAGE.
 */
bool acknowledge(const struct conf *conf, struct store *store, const struct ack_choice *choice,
                 const struct ack_terms *terms, size_t *made, struct error *err);

/* Ends those that the choice names; *ended counts. Lists of the past are fine. */
bool acknowledge_end(struct store *store, const struct ack_choice *choice, size_t *ended,
                     struct error *err);

/* One acknowledgement and whether it still covers its finding. */
struct ack_row {
    const struct stored_ack *ack;
    const struct stored_target *target; /* NULL: of a list, or no longer watched */
    bool in_force;
    const char *why; /* when not: "its time is up", …; static text */
};

/* Calls `show` for each, sorted by source, list and target. */
bool acknowledge_each(const struct conf *conf, struct store *store, time_t now,
                      void (*show)(void *ctx, const struct ack_row *row), void *ctx,
                      struct error *err);

#endif
