/* SPDX-License-Identifier: ISC */
/* What `repmon status` and `check_repmon --state` share. */
#ifndef REPMON_CMD_SAVED_SHOW_H
#define REPMON_CMD_SAVED_SHOW_H

#include "repmon/render.h"
#include "repmon/status_report.h"

/* Reads, renders to stdout and gives the exit code; on false it is 3 and *err says why. */
bool status_and_render(const struct status_options *what, const struct renderer *format,
                       const struct render_options *how, int *exit_code, struct error *err);

#endif
