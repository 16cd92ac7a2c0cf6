/* SPDX-License-Identifier: ISC */
/* The half of watch.c that looks names up. Not for anybody else. */
#ifndef WATCH_NAMES_H
#define WATCH_NAMES_H

#include "repmon/watch.h"

/* Looks up every `host` and `spf` item, merges with what was believed, adds the addresses. */
bool watch_names(const struct watch_options *o, struct watch *w, struct errors *errors);

struct stored_origin *watch_origin(struct stored_origins *origins, const char *key);
bool watch_origin_holds(const struct stored_origin *origin, const struct ip *ip, uint8_t prefix);

void watch_note(struct watch *w, const char *key, const char *kind, bool lost, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

#endif
