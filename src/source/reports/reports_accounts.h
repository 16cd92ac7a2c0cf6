/* SPDX-License-Identifier: ISC */
/* The sections [reports "NAME"] outside of a run, shared by reports_*.c only. */
#ifndef REPORTS_ACCOUNTS_H
#define REPORTS_ACCOUNTS_H

#include "reports_overview.h"

#include "repmon/numbers_view.h"
#include "repmon/source.h"

extern const struct source_accounts reports_accounts;

/* What came so far, from what the last run remembered; to be given to reports_overview_fini(). */
void reports_recall_overview(const struct source_look *look, struct reports_overview *out);

bool reports_show(const struct source_look *look, struct json_out *json, bool first);
void reports_examine(const struct source_look *look);
extern const struct numbers_view reports_numbers[]; /* reports_numbers.c */

/* Names of its lists: the sections, and what is summed over them. */
void reports_list_names(const struct conf *conf, source_name_fn *take, void *ctx);

#endif
