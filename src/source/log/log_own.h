/* SPDX-License-Identifier: ISC */
/*
 * The words of a log's own list: what it says that is not about a single address. There is no
 * target for a log as a whole, so they are attached to the addresses that its mail is sent from:
 * "account-blocked/microsoft-365 not-watched/198.51.100.7". All are warnings.
 */
#ifndef SOURCE_LOG_OWN_H
#define SOURCE_LOG_OWN_H

#include "log_setup.h"

/* The words of this log, sorted, and the sentences that explain them; both "" when it has none. */
void log_own_words(const struct log_setup *s, size_t log, int64_t now, struct buf *words,
                   struct buf *sentences);

/* Whether the log's own words are about this target, since its mail leaves by it. */
bool log_own_is_of(const struct log_setup *s, size_t log, const struct target *t);

/* Level, state and codes of these words; false: there are no words. */
bool log_own_explain(const char *words, struct verdict *out);

/* Whether the words report refusals for content or sender. */
bool log_own_is_about_senders(const char *words);

/* "OWN ACCOUNT BLOCKED", "OVER: OWN ACCOUNT BLOCKED": the first word that is new, else the first
 * that is gone; false: neither. */
bool log_own_change_headline(const char *from, const char *to, struct buf *out);

/* "OWN ACCOUNT BLOCKED"; NULL: no such state. */
const char *log_own_headline(const char *state);

#endif
