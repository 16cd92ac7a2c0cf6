/* SPDX-License-Identifier: ISC */
/* The source's setup: what the configuration says, what is remembered, and what was heard. */
#ifndef SOURCE_LOG_SETUP_H
#define SOURCE_LOG_SETUP_H

#include "heard.h"
#include "twice.h"

#include "repmon/clock.h"
#include "repmon/receivers.h"
#include "repmon/refusals.h"
#include "repmon/source.h"

/* A receiver that is a list of this run. */
struct log_receiver {
    const char *name;                /* borrowed from the memory */
    char title[RECEIVER_TITLE_SIZE]; /* "Gmail": the first name of the operator, or the domain */
    char refused[96], partly_refused[96]; /* "refused by Gmail" */
    bool in_table;
};

/* How the reading of one log went. */
struct log_heard {
    enum cause cause; /* CAUSE_NONE: to its present end */
    char note[512];   /* what is wrong and what to do; "" */
    struct heard_lines lines;
    uint32_t same;   /* lines that another section gave, too */
    size_t same_log; /* which */
};

struct log_setup {
    const struct conf *conf; /* borrowed */
    struct heard heard;
    struct log_heard *logs;         /* owned: one a section */
    struct log_receiver *receivers; /* owned: sorted by title */
    size_t receiver_count;
    struct refusals refusals;
    struct twice *twice; /* owned: of this run; NULL: there is one section only */
};

void *log_setup_new(const struct conf *conf, const struct source_zones *zones, struct error *err);
void log_setup_free(void *setup);
void log_recall(void *setup, const char *text);
bool log_hear(void *setup, const struct hear_env *env, struct error *err);
void log_remember(const void *setup, time_t now, struct buf *out);
void log_advise(const void *setup, size_t column, struct advice_query *query);

/* log_days.c: gives the run what was counted of the last days, by receiver and own address. */
void log_give_days(const struct log_setup *s, const struct source_env *env);

/* log_answers.c: what was counted, as source.h wants it (heard, doubts, messages, accepted). */
void log_answered(const void *setup, time_t now, struct buf *out);
/* Refusals of the last day that say nothing of the address, as sentences that begin with a blank.
 */
void log_answered_otherwise(const struct log_setup *s, time_t now, struct buf *out);
void log_doubts(const void *setup, time_t now, source_doubt_fn *say, void *ctx);
size_t log_messages(const void *setup, struct report_messages *out, size_t max);
bool log_accepted(const void *setup, const char *receiver, const struct ip *own, time_t now,
                  uint64_t *messages);

/* The first address of that section which is not watched; NULL: there is none. */
const struct ip *log_unwatched(const struct conf_log *log, const struct inventory *inventory);

/* ERR_CONFIG for an unwatched address: refusals of mail sent from it would be lost. */
bool log_addresses_are_targets(const struct conf *conf, const struct inventory *inventory,
                               struct error *err);

/* Rebuilds the list of receivers from the pairs. */
void log_list_receivers(struct log_setup *s);

/* The pair of that receiver and own address; NULL: nothing was heard. */
const struct pair *log_pair_of(const struct log_setup *s, const char *receiver,
                               const struct ip *own);

struct source_look;
/* log_exam.c: the hook of struct source. */
void log_examine(const struct source_look *look);

#endif
