/* SPDX-License-Identifier: ISC */
/* What came through a section [reports "NAME"], as `repmon accounts` shows it. */
#ifndef REPMON_CMD_REPORTS_SHOW_H
#define REPMON_CMD_REPORTS_SHOW_H

#include "repmon/json_out.h"
#include "repmon/reports_overview.h"

void reports_show_text(const struct conf_reports *section, const struct reports_tally *t,
                       time_t now, bool first);
void reports_show_json(struct json_out *w, const struct conf_reports *section,
                       const struct reports_tally *t);

#endif
