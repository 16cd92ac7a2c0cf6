/* SPDX-License-Identifier: ISC */
/* The output of `repmon accounts`, for people and for programs. */
#ifndef REPMON_CMD_SNDS_SHOW_H
#define REPMON_CMD_SNDS_SHOW_H

#include "repmon/snds_overview.h"

void snds_show_text(const struct snds_overview *o, time_t now, bool first);

/* {"version":1,"accounts":[…]} */
void snds_show_begin(void);
void snds_show_json(const struct snds_overview *o, bool first);
void snds_show_end(void);

#endif
