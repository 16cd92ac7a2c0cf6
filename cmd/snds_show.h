/* SPDX-License-Identifier: ISC */
/* The output of `repmon accounts`, for people and for programs. */
#ifndef REPMON_CMD_SNDS_SHOW_H
#define REPMON_CMD_SNDS_SHOW_H

#include "repmon/json_out.h"
#include "repmon/snds_overview.h"

void snds_show_text(const struct snds_overview *o, time_t now, bool first);

/* One object of the array `accounts`. */
void snds_show_json(struct json_out *w, const struct snds_overview *o);

#endif
