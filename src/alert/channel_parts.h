/* SPDX-License-Identifier: ISC */
/* What the channels share within alert/. */
#ifndef REPMON_ALERT_CHANNEL_PARTS_H
#define REPMON_ALERT_CHANNEL_PARTS_H

#include "repmon/channel.h"

#include <stdarg.h>
#include <stdint.h>

extern const struct channel channel_stdout; /* when no other is configured */

/*
 * Fills *out; the text is cleaned and cut to one line. What a peer said goes in as "%s" and may be
 * hostile; a secret never goes in.
 */
void delivery_set(struct delivery *out, enum delivery_outcome outcome, int code, const char *fmt,
                  ...) __attribute__((format(printf, 4, 5)));

#endif
