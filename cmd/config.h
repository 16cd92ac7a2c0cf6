/* SPDX-License-Identifier: ISC */
/* The configuration of a command: found, loaded, and its errors told in one go. */
#ifndef REPMON_CMD_CONFIG_H
#define REPMON_CMD_CONFIG_H

#include "repmon/conf.h"
#include "repmon/error.h"

#include <stdbool.h>

/*
 * Loads `path`, or without one CONF_DEFAULT_PATH. When no path is given and no file exists (or,
 * with a warning, may be read), the defaults are taken if `optional`. Several
 * errors of a file are logged one by one, and *err sums them up with the class of the first; a
 * single one is *err itself.
 */
bool config_load(const char *path, bool optional, struct conf *out, struct error *err);

/* Logs all but the last of them and how many more there were; the last becomes *err, unless it is
 * set. True: there was none. */
bool config_tell_errors(const struct errors *errors, struct error *err);

#endif
