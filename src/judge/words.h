/* SPDX-License-Identifier: ISC */
/*
 * Inside the judge's room: what answers mean to it, and strings it makes. Knows nothing of
 * beliefs.
 */
#ifndef JUDGE_WORDS_H
#define JUDGE_WORDS_H

#include "repmon/judge.h"

/* One "not listed" is enough when the last "listed" is older than this. */
#define LONG_AGO (12 * 3600)

/* A flapping cell is held until it has been quiet for this long. */
#define QUIET (48 * 3600)

/* Seconds from `then` to now, never negative; 0 when `then` was never. */
int64_t judge_age(const struct judge *j, time_t then);

/* The plain good state; NULL (nothing believed) is not clean. */
bool judge_clean(const struct judge *j, size_t column, const char *answers);

/* Level of answers; NULL is UNKNOWN, clean is OK. */
enum level judge_answers_level(const struct judge *j, size_t column, const char *answers);

/* Notes a change; the oldest one gives way. */
void flap_note(time_t flaps[static LIMIT_FLAP], uint32_t *count, time_t now);

/* Drops changes older than the window; true when there were any. */
bool flap_age(const struct judge *j, time_t flaps[static LIMIT_FLAP], uint32_t *count);

/* Whether the last change is long enough ago to say what came of it. */
bool flap_is_quiet(const struct judge *j, const time_t flaps[static LIMIT_FLAP], uint32_t count,
                   time_t held);

/* Reports `c` as part of an ongoing incident, which remembers what was said. */
void told_say(struct told *t, struct change *c, enum incident incident);

/* Reports `c` as its end. */
void told_end(struct told *t, struct change *c);

/* The worst level of any single word of the set. */
enum level judge_worst_word(const struct judge *j, size_t column, const char *answers);

/* Whether its answers are codes of a DNS list. */
bool judge_is_dns_list(const struct judge *j, size_t column);

/* How much an allow list trusts; 0 for none. */
int judge_trust(const struct judge *j, size_t column, const char *answers);

/* True when `answers` holds a word that `known` does not. */
bool words_has_new(const char *answers, const char *known);

/* The set with all words of both; borrowed from a, b or the judge's pool. */
const char *words_union(struct judge *j, const char *a, const char *b);

#endif
