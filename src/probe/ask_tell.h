/* SPDX-License-Identifier: ISC */
/* With -v: what is about to be asked, and one line a list of what came of it, on stderr. */
#ifndef REPMON_ASK_TELL_H
#define REPMON_ASK_TELL_H

#include "repmon/ask.h"

void ask_tell_start(const struct ask *a);
void ask_tell_end(const struct ask *a, const struct probe_stats *stats);

#endif
