/* SPDX-License-Identifier: ISC */
/* What kind of host answered: one of ours, or a receiver, known by the domain of its name. */
#ifndef SOURCE_LOG_HEARD_HOST_H
#define SOURCE_LOG_HEARD_HOST_H

#include "repmon/conf.h"
#include "repmon/maillog.h"

/* A filter, mailbox store or relay of our own: receivers' answers to it are not in this log. */
bool heard_is_our_own(const struct conf_log *log, const struct maillog_event *e);

/*
 * The registrable domain of a host, in lower case: its last two labels, or three where the second
 * one is public ("example.co.uk"). False: not a name.
 */
bool heard_domain(struct maillog_piece host, char *out, size_t size);

#endif
