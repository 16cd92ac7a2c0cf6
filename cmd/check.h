/* SPDX-License-Identifier: ISC */
/* What `repmon check` and the plugin share. */
#ifndef REPMON_CMD_CHECK_H
#define REPMON_CMD_CHECK_H

#include "repmon/check_run.h"
#include "repmon/render.h"

/* Asks, renders to stdout and gives the exit code; on false it is 3 and *err says why. */
bool check_and_render(const struct check_options *ask, const struct renderer *format,
                      const struct render_options *how, int *exit_code, struct error *err);

#endif
