/* SPDX-License-Identifier: ISC */
/*
 * What happened, newest first, as digests reported it: each change of the history as an entry,
 * with the codes, pages and advice of today's configuration. What `repmon history` shows.
 */
#ifndef REPMON_HISTORY_VIEW_H
#define REPMON_HISTORY_VIEW_H

#include "repmon/conf.h"
#include "repmon/error.h"
#include "repmon/store.h"

struct history_view; /* opaque */

/* `list` of the query that neither the configuration nor the state knows is ERR_USAGE. */
struct history_view *history_view_open(const struct conf *conf, struct store *store,
                                       const struct history_query *query, struct error *err);

struct history_view_row {
    time_t time;
    const struct change *change; /* borrowed until the next call */
    const struct entry *entry;   /* the same */
};

/* False at the end, and on an error, which is then set. */
bool history_view_next(struct history_view *p, struct history_view_row *out, struct error *err);
void history_view_free(struct history_view *p);

#endif
