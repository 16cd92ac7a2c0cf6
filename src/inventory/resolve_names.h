/* SPDX-License-Identifier: ISC */
/* The half of resolve.c that looks names up; for resolve.c only. */
#ifndef RESOLVE_NAMES_H
#define RESOLVE_NAMES_H

#include "repmon/resolve.h"

/* Looks up every `host` and `spf` item, merges with what was believed, adds the addresses. */
bool resolve_names(const struct resolve_options *o, struct resolved *w, struct errors *errors);

struct stored_origin *resolve_origin(struct stored_origins *origins, const char *key);
bool resolve_origin_holds(const struct stored_origin *origin, const struct ip *ip, uint8_t prefix);

void resolve_note(struct resolved *w, const char *key, const char *kind, bool lost, const char *fmt,
                  ...) __attribute__((format(printf, 5, 6)));

#endif
