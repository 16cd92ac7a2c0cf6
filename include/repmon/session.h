/* SPDX-License-Identifier: ISC */
/*
 * One round of queries, the part that `check` and `run` share: which sources and lists are on,
 * their columns in the results, and what their answers mean.
 */
#ifndef REPMON_SESSION_H
#define REPMON_SESSION_H

#include "repmon/advice.h"
#include "repmon/cross.h"
#include "repmon/judge.h"
#include "repmon/probe.h"
#include "repmon/source.h"

#define SESSION_NOTES 32

/* One source of the round. */
struct session_part {
    const struct source *source; /* borrowed */
    const void *setup;           /* borrowed, or own_setup */
    void *own_setup;             /* owned; NULL: the configuration itself */
    void *state;                 /* owned by the source; session_open() makes it */
    bool on;                     /* chosen */
    size_t first, columns;       /* 0: it is off */
};

struct session {
    const struct conf *conf;     /* borrowed */
    struct advice_table *advice; /* owned */
    struct session_part parts[SOURCES_MAX];
    size_t part_count;
    size_t column_count;
    bool tests_only; /* lists prove themselves, no target is asked about */
    struct conf_resolver resolvers[LIMIT_RESOLVERS];
    size_t resolver_count;
    const struct inventory *inventory; /* borrowed; set by session_open() */
    struct inventory all;              /* of it: what sources see that hear of all targets */
    struct results *results;           /* owned; made by session_open() */
    char *notes[SESSION_NOTES];        /* owned: what a person should know about the whole */
    size_t note_count;
    uint32_t notes_of_resolvers; /* a bit a note */
};

/* What a person chose to ask. Zero: what the configuration has on. */
struct session_choice {
    const char *const *sources; /* borrowed: words */
    size_t source_count;
    struct source_zones zones; /* DNS lists; without `sources` they alone are asked */
};

/*
 * Chooses among conf->sources; `choice` NULL: what the configuration has on, and is this
 * shard's. Errors as check_run() names them. After false only session_fini() is allowed.
 */
bool session_init(struct session *a, const struct conf *conf, const struct session_choice *choice,
                  struct error *err);
void session_fini(struct session *a);

/* Whether a source works on the targets of all shards: the inventory must keep them. */
bool session_wants_all(const struct session *a);

/*
 * Hearers, between session_init() and session_open(): what they remember (NULL: nothing yet), then
 * what they hear now. Their columns are known, and those after them numbered, only then.
 */
typedef const char *session_recall_fn(void *ctx, const char *source);
void session_recall(struct session *a, session_recall_fn *memory, void *ctx);
bool session_hear(struct session *a, const struct hear_env *env, struct error *err);

/* Appends what the source of that part is to remember; false: it is no hearer. */
/* What was heard is durable: sources may empty inputs of their own. */
void session_committed(struct session *a);
bool session_remember(const struct session *a, size_t part, time_t now, struct buf *out);

/*
 * Whether all resolvers run on this host, so that to name one here is no advice. The stub of
 * systemd-resolved does not count: it only forwards.
 */
bool session_resolver_is_here(const struct session *a);

/*
 * For callers that will actually ask. False with ERR_CONFIG if there is no resolver or
 * (the second) nothing is enabled.
 */
bool session_has_resolver(const struct session *a, struct error *err);
bool session_is_possible(const struct session *a, struct error *err);

/*
 * Makes the results and opens the sources on it. `hooks` gives check, now and the callbacks; the
 * rest of it is filled in here. Columns keep their numbers from session_init() on.
 */
bool session_open(struct session *a, const struct inventory *inventory,
                  const struct source_env *hooks, struct error *err);

/* Asks until done or the deadline; options->dns is filled in here. */
bool session_run(struct session *a, struct probe_options *options, struct probe_stats *stats,
                 struct error *err);

/* The part of that source, also one that is off; NULL: this program has none. */
const struct session_part *session_part(const struct session *a, const char *source);

/* The part of a column, and the column's number within it. */
const struct session_part *session_part_of(const struct session *a, size_t column, size_t *local);

/* Source, list, severity and kind of a column, also before session_open(). */
void session_describe(const struct session *a, size_t column, struct column *out);
const char *session_source(const struct session *a, size_t column);

/* What people call the source of a column: "DNS lists". */
const char *session_heading(const struct session *a, size_t column);

/* The name of a column, also before session_open(). */
const char *session_list(const struct session *a, size_t column);

/* Whether it blocks, allows or scores; also before session_open(). */
enum list_kind session_kind(const struct session *a, size_t column);
enum severity session_severity(const struct session *a, size_t column);

/*
 * What answers of a column mean with today's configuration; who refuses because of them is a code.
 */
void session_explain(const struct session *a, size_t column, const char *answers,
                     struct verdict *out);
/* The word of the plain good state; "": it has none. */
const char *session_clean_word(const struct session *a, size_t column);

/* A state as news ("BLOCKED AT OUTLOOK"); false: the kind of change says it. */
bool session_headline(const struct session *a, size_t column, const char *state, struct buf *out);
/* The same of a change of answers, where the source has more to say of it than of the state. */
bool session_change_headline(const struct session *a, size_t column, const char *from,
                             const char *to, struct buf *out);
/* What doctor should say of what the sources remember; after session_recall(). */
void session_doubts(const struct session *a, time_t now, source_doubt_fn *say, void *ctx);
/* Messages that receivers answered, of all sources; at most `max`. */
size_t session_messages(const struct session *a, struct report_messages *out, size_t max);
size_t session_mails(const struct session *a, struct mail_count *out, size_t max);
/*
 * Which receivers answered lately, of all sources; borrows `out`. NULL: none is heard. `blind` says
 * of a list whether it proved too little when it was asked last; NULL: as this session's own
 * results say.
 */
typedef bool session_blind_fn(void *ctx, const char *source, const char *list);
const char *session_heard(const struct session *a, time_t now, session_blind_fn *blind, void *ctx,
                          struct buf *out);
void session_sentence(const struct session *a, size_t column, const char *state, const char *who,
                      struct buf *out);

/* How many of the columns are DNS lists. */
size_t session_list_count(const struct session *a);

/* Seconds that a belief holds without proof (0: forever), and between two questions of a cell. */
int64_t session_valid_for_s(const struct session *a, size_t column);
int64_t session_every_s(const struct session *a, size_t column);

/* The page where a person looks the address up, or gets it delisted. */
void session_url(const struct session *a, size_t column, const struct ip *ip, bool finding,
                 struct buf *out);

/*
 * What to do next about a verdict of a column (NULL: about its blindness, with `cause`, or about
 * `change` of the list). `ip` NULL: several addresses. False: nothing.
 */
bool session_advise(const struct session *a, size_t column, const struct verdict *v,
                    enum cause cause, enum change_kind change, const struct ip *ip,
                    struct advice *out);

/* The column of that name, or SESSION_NO_COLUMN. */
#define SESSION_NO_COLUMN ((size_t)-1) /* JUDGE_NO_COLUMN */
size_t session_find(const struct session *a, const char *source, const char *list);

/* What the judge must be told about answers of these columns; ctx is `a`. */
struct judge_ops session_judge_ops(struct session *a);

/* session_cross.c: what cross_refusals() must be told of these columns; ctx is `a`, and `belief` is
 * the caller's. */
struct cross_ops session_cross_ops(struct session *a);
/* Adds the codes of those who refuse because of these answers to an explained listing. */
void session_explain_crossed(const struct session *a, size_t column, const char *answers,
                             struct verdict *out);

/* The keys of [repmon] that the judge knows. */
struct judge_conf session_judge_conf(const struct conf *conf);

/* Adds a note once; what does not fit is dropped. */
void session_note(struct session *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Time-out, tries and resolvers of these questions. */
struct dns_options session_dns_options(const struct session *a);

#endif
