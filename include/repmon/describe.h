/* SPDX-License-Identifier: ISC */
/*
 * What an entry says and the judgement can't know: codes, words, pages and advice of a change, with
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
