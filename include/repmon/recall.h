/* SPDX-License-Identifier: ISC */
/* What sources that read logs or mail remember between runs: one text per source, in the state. */
#ifndef REPMON_RECALL_H
#define REPMON_RECALL_H

#include "repmon/session.h"

struct store;

/* The keys of its facts begin so. They are large, and no other module's. */
#define RECALL_KEYS "memory."

/* Gives each hearer back what it wrote in the last run; its lists are columns afterwards. */
bool recall_hearers(struct session *session, struct store *store, struct error *err);

/* Keeps what each hearer is to remember, in the run's transaction. */
bool recall_save(const struct session *session, struct store *store, time_t now, struct error *err);

#endif
