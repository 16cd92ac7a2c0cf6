/* SPDX-License-Identifier: ISC */
/* Words that several commands read alike: labels of watched targets, moments, formats. */
#ifndef REPMON_CMD_CHOICE_H
#define REPMON_CMD_CHOICE_H

#include "repmon/store.h"
#include "targets_arg.h"

/*
 * Turns the names among the words into the addresses of the watched targets with that label. A name
 * that is no label is ERR_USAGE.
 */
bool args_resolve_labels(struct targets_arg *targets, struct store *store, struct error *err);

/*
 * "7d" before `now`, or "2026-11-01", "2026-11-01 06:00" in local time, "2026-11-01T06:00:00Z" as
 * JSON output writes it. False for anything else, and for a moment after `now`. Pure but for the
 * time zone.
 */
bool args_since(const char *text, time_t now, time_t *out);

/* "text" or "json". */
bool args_json(const char *value, bool *json, struct error *err);

#endif
