/* SPDX-License-Identifier: ISC */
/* With -v, on stderr: what is about to be asked, and then one line per list on the result. */
#ifndef REPMON_SESSION_TELL_H
#define REPMON_SESSION_TELL_H

#include "repmon/session.h"

void session_tell_start(const struct session *a);
void session_tell_end(const struct session *a, const struct probe_stats *stats);

#endif
