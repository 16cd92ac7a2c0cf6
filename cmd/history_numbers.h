/* SPDX-License-Identifier: ISC */
/* Numbers by day that follow the changes of some lists: of SNDS, of Postmaster, of
 * DMARC reports, of complaints. */
#ifndef REPMON_CMD_HISTORY_NUMBERS_H
#define REPMON_CMD_HISTORY_NUMBERS_H

#include "repmon/json_out.h"
#include "repmon/store.h"

/* Whether a list of that name has numbers; NULL: no. */
bool history_has_numbers(const char *list);

/* Prints those of the query's list as a table, or to the writer when it is not NULL. */
bool history_show_numbers(struct store *store, const struct history_query *query,
                          struct json_out *w, struct error *err);

#endif
