/* SPDX-License-Identifier: ISC */
/* What the host that was talked to is: one of ours, or a receiver by the domain of its name. */
#ifndef SOURCE_LOG_HEARD_HOST_H
#define SOURCE_LOG_HEARD_HOST_H

#include "repmon/conf.h"
#include "repmon/maillog.h"

/* A filter, a mailbox store or a relay of our own: what receivers answer it is not in this log. */
bool heard_is_our_own(const struct conf_log *log, const struct maillog_event *e);

/*
 * The registrable domain of a host, in lower case: its last two labels, or three where the second
 * one is public ("example.co.uk"). False: it is no name.
 */
bool heard_domain(struct maillog_piece host, char *out, size_t size);

#endif
