/* SPDX-License-Identifier: ISC */
/*
 * What happened, newest first, as digests told it: each change of the history as an entry, with the
 * codes, pages and advice of today's configuration. What `repmon history` shows.
 */
#ifndef REPMON_PAST_H
#define REPMON_PAST_H

#include "repmon/conf.h"
#include "repmon/error.h"
#include "repmon/store.h"

struct past; /* opaque */

/* `list` of the query that neither the configuration nor the state knows is ERR_USAGE. */
struct past *past_open(const struct conf *conf, struct store *store,
                       const struct history_query *query, struct error *err);

struct past_row {
    time_t time;
    const struct change *change; /* borrowed until the next call */
    const struct entry *entry;   /* the same */
};

/* False at the end, and on an error, which is then set. */
bool past_next(struct past *p, struct past_row *out, struct error *err);
void past_free(struct past *p);

#endif
