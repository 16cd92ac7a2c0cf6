/* SPDX-License-Identifier: ISC */
/* The only writing of a run: one transaction. */
#ifndef RUN_COMMIT_H
#define RUN_COMMIT_H

#include "decide.h"
#include "learned.h"
#include "publish.h"

struct store;

/* All borrowed. */
struct commit_in {
    const struct decide_in *decided;
    const struct decision *decision;
    const struct learned *learned;
    const struct session *session; /* what hearers are to remember */
    const struct messages *messages;
    const char *digest; /* id of the messages */
    int64_t keep_s;     /* what ended longer ago is deleted; 0: nothing is */
};

/*
 * Begins; *newer: an acknowledgement was made since the beliefs were loaded, so that what was
 * decided must be decided again (nothing else can have changed: the caller holds store_lock()).
 */
bool commit_begin(struct store *store, const struct snapshot *snapshot, struct stored_run *row,
                  bool *newer, struct error *err);

/* Writes all of it; on false the caller calls commit_drop(). */
bool commit_write(struct store *store, const struct commit_in *in, int64_t run, struct error *err);

/* Makes it durable; or takes it back. */
bool commit_end(struct store *store, const struct stored_run *row, struct error *err);
void commit_drop(struct store *store);

#endif
