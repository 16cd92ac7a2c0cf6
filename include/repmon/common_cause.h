/* SPDX-License-Identifier: ISC */
/*
 * When most DNS lists fail in the same way, the fault is not theirs but that of the resolver
 * through which all of them are queried. One decision for check, status, doctor and lists --test.
 */
#ifndef REPMON_COMMON_CAUSE_H
#define REPMON_COMMON_CAUSE_H

#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>

/* What is said once, instead of a cure for each list. */
#define COMMON_CAUSE_TEXT "most lists fail alike, so it is most likely the resolver, not the lists"

/* Zero is the start. */
struct common_cause {
    size_t asked, by_cause[CAUSE_COUNT];
};

/* Counts one list with the cause it has, or CAUSE_NONE; lists that were not asked do not count. */
void common_cause_add(struct common_cause *c, enum cause cause);

/*
 * The cause that more than half of the lists asked share, at least three, and that a resolver can
 * bring about: time-out, SERVFAIL, refused, rewritten, self-test. CAUSE_NONE when there is none.
 */
enum cause common_cause(const struct common_cause *c);

/* Of that cause. `here`: the resolver is one on this host already (session_resolver_is_here()). */
const char *common_cause_cure(enum cause cause, bool here);

#endif
