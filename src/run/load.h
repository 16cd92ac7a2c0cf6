/* SPDX-License-Identifier: ISC */
/* The only reading of a run: the state as a snapshot. */
#ifndef RUN_LOAD_H
#define RUN_LOAD_H

#include "snapshot.h"

#include "repmon/conf.h"
#include "repmon/error.h"

struct session;
struct store;

/* The state of this configuration; a dry run gets a copy, of which nothing is kept. */
bool load_open(const struct conf *conf, bool dry_run, struct store **out, struct error *err);

/* Nothing is read or written from now on: the state is sealed until the commit. */
void load_end(struct store *store);
void load_close(struct store *store); /* NULL is harmless */

/* `now` decides which days' TTLs and budgets count. On false only snapshot_fini() is allowed. */
bool load_snapshot(struct store *store, time_t now, struct snapshot *out, struct error *err);

/* The beliefs once more, during the commit, with any acknowledgement made since. */
bool load_beliefs(struct store *store, struct snapshot *s, struct error *err);

#endif
