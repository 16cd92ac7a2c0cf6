/* SPDX-License-Identifier: ISC */
/* What `repmon accounts` shows of a Google Postmaster account. */
#ifndef REPMON_CMD_POSTMASTER_SHOW_H
#define REPMON_CMD_POSTMASTER_SHOW_H

#include "repmon/json_out.h"
#include "repmon/postmaster_overview.h"

void postmaster_show_text(const struct postmaster_overview *o, time_t now, bool first);

/* One object of the array `accounts`. */
void postmaster_show_json(struct json_out *w, const struct postmaster_overview *o);

#endif
