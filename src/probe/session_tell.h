/* SPDX-License-Identifier: ISC */
/* With -v: what is about to be asked, and one line a list of what came of it, on stderr. */
#ifndef REPMON_SESSION_TELL_H
#define REPMON_SESSION_TELL_H

#include "repmon/session.h"

void session_tell_start(const struct session *a);
void session_tell_end(const struct session *a, const struct probe_stats *stats);

#endif
