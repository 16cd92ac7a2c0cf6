/* SPDX-License-Identifier: ISC */
/* The source's setup: what the configuration says, what is remembered, and how reading went. */
#ifndef SOURCE_REPORTS_SETUP_H
#define SOURCE_REPORTS_SETUP_H

#include "reports_memory.h"

#include "repmon/refusals.h"
#include "repmon/source.h"

/* How the reading of one section went. */
struct reports_inbox {
    enum cause cause;           /* CAUSE_NONE: to its present end */
    char note[REPORTS_TROUBLE]; /* what is wrong and what to do; "" */
    char *spool;                /* owned: folder; NULL: none */
    char **taken; /* owned: names in the spool to remove when what was read is durable */
    size_t taken_count, taken_cap;
};

struct reports_setup {
    const struct conf *conf; /* borrowed */
    bool off;                /* this command does not use reports */
    struct reports_memory memory;
    struct reports_inbox *inboxes; /* owned: one a section */
    struct refusals refusals;
    /* Of this run; borrowed. */
    const struct hear_env *env;
    const char **domains, **envelopes; /* owned arrays: the domain targets, and their envelopes */
    size_t domain_count;
};

void *reports_setup_new(const struct conf *conf, const struct source_zones *zones,
                        struct error *err);
void reports_setup_free(void *setup);
void reports_recall(void *setup, const char *text);
void reports_remember(const void *setup, time_t now, struct buf *out);
bool reports_hear(void *setup, const struct hear_env *env, struct error *err);
void reports_committed(void *setup);

/* "Gmail" for "gmail"; for a receiver outside the table its own name. */
void reports_receiver_title(const struct reports_setup *s, const char *receiver, struct buf *out);

/* The target that is, or whose /64 holds, this address; NULL: none. */
const struct target *reports_target_of(const struct inventory *inventory, const struct ip *ip);

/* The domain target that a name is at or below; NULL. Of several the most exact. */
const char *reports_domain_of(const struct reports_setup *s, const char *name);

/* Adds what a proven report says. False: its day is no longer counted, or not yet. */
bool reports_count(struct reports_setup *s, const struct mail_report *r, time_t received);

/* Remembers a proven DMARC report if none of its domains is a target. */
void reports_note_unwatched(const struct reports_setup *s, struct reports_section *section,
                            const struct mail_report *r);
/* Warns once of reports that are counted and never judged. */
void reports_say_once(const struct reports_setup *s, const struct conf_reports *conf,
                      struct reports_section *section);

/* Day of a time, counted from 1970. */
int64_t reports_day(int64_t time);

/* The columns: one for each section, and these two. */
size_t reports_column_dmarc(const struct reports_setup *s);
size_t reports_column_complaints(const struct reports_setup *s);

/* What the pure half gives to the table in reports_source.c. */
size_t reports_columns(const void *setup);
void reports_describe(const void *setup, size_t column, struct column *out);
void reports_explain(const void *setup, size_t column, const char *answers, struct verdict *out);
const char *reports_clean_word(const void *setup, size_t column);
bool reports_headline(const void *setup, size_t column, const char *state, struct buf *out);
void reports_sentence(const void *setup, size_t column, const char *state, const char *who,
                      struct buf *out);

/* The words of the answers. */
#define REPORTS_HEARD     "heard"
#define REPORTS_STRANGERS "strangers"
#define REPORTS_FEW       "few"
#define REPORTS_HIGH      "complaints"
#define REPORTS_VERY_HIGH "many-complaints"

/* Sentences about a finding, for people. */
void reports_tell_dmarc(const struct reports_setup *s, const struct dmarc_address *a,
                        struct buf *out);
void reports_tell_strangers(const struct reports_setup *s, const char *domain, struct buf *out);
void reports_tell_complaints(const struct reports_setup *s, const struct ip *ip, int64_t today,
                             struct buf *out);
/* "google.com 412, yahoo.com 3 (2 failed)": the reporters of a day. */
void reports_tell_reporters(const struct dmarc_day *day, struct buf *out);

/* Gives the run the numbers of the days that it changed. */
void reports_give_numbers(const struct reports_setup *s, const struct source_env *env);

#endif
