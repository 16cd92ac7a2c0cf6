/* SPDX-License-Identifier: ISC */
/*
 * What the columns of the mail log are called, and how bad they are. A column is a log or a
 * receiver. A function without a comment is the hook of that name in repmon/source.h.
 */
#ifndef SOURCE_LOG_WORDS_H
#define SOURCE_LOG_WORDS_H

#include "log_setup.h"

#include "repmon/source.h"

#define LOG_HEARD    "heard"
#define LOG_ACCEPTED "accepted"

static inline const struct log_setup *log_setup_of(const void *setup)
{
    return setup;
}

/* Whether the column is a log; else it is a receiver. */
static inline bool log_is(const struct log_setup *s, size_t column)
{
    return column < s->conf->log_count;
}

static inline const struct log_receiver *log_receiver_of(const struct log_setup *s, size_t column)
{
    return &s->receivers[column - s->conf->log_count];
}

/* Whether the configuration takes no refusal of this receiver for a finding. */
bool log_is_off(const struct log_setup *s, size_t column);

void log_explain(const void *setup, size_t column, const char *answers, struct verdict *out);
bool log_about_senders(const void *setup, size_t column, const char *answers);
const char *log_reason(const void *setup, size_t column, const char *answers);
bool log_as_code(const void *setup, const char *state, const char *list, struct code *out);
const char *log_clean_word(const void *setup, size_t column);
void log_url(const void *setup, size_t column, const struct ip *ip, bool finding, struct buf *out);
bool log_headline(const void *setup, size_t column, const char *state, struct buf *out);
bool log_change_headline(const void *setup, size_t column, const char *from, const char *to,
                         struct buf *out);
void log_sentence(const void *setup, size_t column, const char *state, const char *who,
                  struct buf *out);

#endif
