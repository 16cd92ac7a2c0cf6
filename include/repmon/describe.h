/* SPDX-License-Identifier: ISC */
/*
 * Adds to an entry what the judge can't know: codes, words, web pages and advice for a change, by
 * today's configuration. For a run's digests and for `history`.
 */
#ifndef REPMON_DESCRIBE_H
#define REPMON_DESCRIBE_H

#include "repmon/judge.h"
#include "repmon/session.h"

struct describer {
    struct session *session; /* borrowed */
    char **words;            /* owned: strings that entries and messages borrow */
    size_t word_count;
};

/* For group_changes(); ctx is the describer, which must outlive the entries. */
struct describe_ops describer_ops(struct describer *d);

/* Takes `text` over until describer_fini(). */
const char *describer_keep(struct describer *d, char *text);
void describer_fini(struct describer *d);

#endif
