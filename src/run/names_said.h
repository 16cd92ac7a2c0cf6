/* SPDX-License-Identifier: ISC */
/* What is said of the names of the configuration: once, then by `remind`. Pure. */
#ifndef RUN_NAMES_SAID_H
#define RUN_NAMES_SAID_H

#include "snapshot.h"

/* All borrowed. */
struct names_said {
    const struct snapshot *snapshot;
    int64_t remind_s; /* 0: never */
    time_t now;
};

/* Whether the note is to be said in this run; when it was said last goes into it. */
bool names_said_is_news(const struct names_said *n, struct resolve_note *note);

/* The facts that keep what was said, as edits. */
void names_said_keep(const struct names_said *n, const struct resolved *w, struct fact_set *out);

#endif
