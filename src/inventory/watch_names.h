/* SPDX-License-Identifier: ISC */
/* The half of watch.c that looks names up. Not for anybody else. */
#ifndef WATCH_NAMES_H
#define WATCH_NAMES_H

#include "repmon/watch.h"

/* Looks up every `host` and `spf` item, merges with what was believed, adds the addresses. */
bool watch_names(const struct watch_options *o, struct watch *w, struct errors *errors);

void watch_note(struct watch *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
