/* SPDX-License-Identifier: ISC */
/* The channels that a configuration can name, for the registry in cmd/ and for tests; every other
 * room knows only channel.h. */
#ifndef REPMON_CHANNELS_H
#define REPMON_CHANNELS_H

#include "repmon/channel.h"

extern const struct channel channel_command, channel_mail, channel_webhook;

#endif
