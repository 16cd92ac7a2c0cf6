/* SPDX-License-Identifier: ISC */
/*
 * The dead man's switch: tells a monitoring service (healthchecks.io and those that copy it) that
 * a run completed. It says nothing about findings and never changes an exit code.
 */
#ifndef REPMON_HEARTBEAT_H
#define REPMON_HEARTBEAT_H

#include "repmon/channel.h"

#include <stdbool.h>

/*
 * Success when a run completed, failure (the URL with "/fail") when nothing could be asked or a
 * channel is held. Without a ping URL it does nothing and is true. On false `err` says why, without
 * the URL; the caller logs it.
 */
bool heartbeat_send(const struct channel_env *env, bool success, struct error *err);

#endif
