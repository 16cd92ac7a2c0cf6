/* SPDX-License-Identifier: ISC */
/*
 * One round of asking, the part that `check` and `run` share: which sources and lists are on, their
 * columns in the grid, and what the grid's answers mean.
 */
#ifndef REPMON_ASK_H
#define REPMON_ASK_H

#include "repmon/advice.h"
#include "repmon/judge.h"
#include "repmon/probe.h"
#include "repmon/source.h"

#define ASK_NOTES 32

/* One source of the round. */
struct ask_part {
    const struct source *source; /* borrowed */
    const void *setup;           /* borrowed, or own_setup */
    void *own_setup;             /* owned; NULL: the configuration itself */
    void *state;                 /* owned by the source; ask_open() makes it */
    bool on;                     /* chosen */
    size_t first, columns;       /* 0: it is off */
};

struct ask {
    const struct conf *conf;    /* borrowed */
    struct advice_book *advice; /* owned */
    struct ask_part parts[SOURCES_MAX];
    size_t part_count;
    size_t column_count;
    bool tests_only; /* lists prove themselves, no target is asked about */
    struct conf_resolver resolvers[LIMIT_RESOLVERS];
    size_t resolver_count;
    const struct inventory *inventory; /* borrowed; set by ask_open() */
    struct grid *grid;                 /* owned; made by ask_open() */
    char *notes[ASK_NOTES];            /* owned: what a person should know about the whole */
    size_t note_count;
};

/* What a person chose to ask. Zero: what the configuration has on. */
struct ask_choice {
    const char *const *sources; /* borrowed: words */
    size_t source_count;
    struct source_zones zones; /* DNS lists; without `sources` they alone are asked */
};

/*
 * Chooses among conf->sources; `choice` NULL: what the configuration has on. Errors as check_run()
 * names them. After false only ask_fini() is allowed.
 */
bool ask_init(struct ask *a, const struct conf *conf, const struct ask_choice *choice,
              struct error *err);
void ask_fini(struct ask *a);

/*
 * Hearers, between ask_init() and ask_open(): what they remember (NULL: nothing yet), then what
 * they hear now. Their columns are known, and those behind them numbered, afterwards.
 */
typedef const char *ask_recall_fn(void *ctx, const char *source);
void ask_recall(struct ask *a, ask_recall_fn *memory, void *ctx);
bool ask_hear(struct ask *a, const struct hear_env *env, struct error *err);

/* Appends what the source of that part is to remember; false: it is no hearer. */
bool ask_remember(const struct ask *a, size_t part, time_t now, struct buf *out);

/*
 * For callers that will actually ask. False with ERR_CONFIG if there is no resolver or
 * (the second) nothing is enabled.
 */
bool ask_has_resolver(const struct ask *a, struct error *err);
bool ask_is_possible(const struct ask *a, struct error *err);

/*
 * Makes the grid and opens the sources on it. `hooks` gives check, now and the callbacks; the rest
 * of it is filled in here. Columns keep their numbers from ask_init() on.
 */
bool ask_open(struct ask *a, const struct inventory *inventory, const struct source_env *hooks,
              struct error *err);

/* Asks until done or the deadline; options->dns is filled in here. */
bool ask_run(struct ask *a, struct probe_options *options, struct probe_stats *stats,
             struct error *err);

/* The part of that source, also one that is off; NULL: this program has none. */
const struct ask_part *ask_part(const struct ask *a, const char *source);

/* The part of a column, and the column's number within it. */
const struct ask_part *ask_part_of(const struct ask *a, size_t column, size_t *local);

/* Source, list, severity and kind of a column, also before ask_open(). */
void ask_describe(const struct ask *a, size_t column, struct column *out);
const char *ask_source(const struct ask *a, size_t column);

/* The name of a column, also before ask_open(). */
const char *ask_list(const struct ask *a, size_t column);

/* Whether it blocks, allows or scores; also before ask_open(). */
enum list_kind ask_kind(const struct ask *a, size_t column);
enum severity ask_severity(const struct ask *a, size_t column);

/* What answers of a column mean with today's configuration. */
void ask_explain(const struct ask *a, size_t column, const char *answers, struct verdict *out);
/* The word of the plain good state; "": it has none. */
const char *ask_clean_word(const struct ask *a, size_t column);

/* A state as news ("BLOCKED AT OUTLOOK"); false: the kind of change says it. */
bool ask_headline(const struct ask *a, size_t column, const char *state, struct buf *out);
/* What doctor should say of what the sources remember; after ask_recall(). */
void ask_doubts(const struct ask *a, time_t now, source_doubt_fn *say, void *ctx);
/* Messages that receivers answered, of all sources; at most `max`. */
size_t ask_messages(const struct ask *a, struct report_messages *out, size_t max);
/* Which receivers answered lately, of all sources; borrows `out`. NULL: none is heard. */
const char *ask_heard(const struct ask *a, time_t now, struct buf *out);
void ask_sentence(const struct ask *a, size_t column, const char *state, const char *who,
                  struct buf *out);

/* How many of the columns are DNS lists. */
size_t ask_list_count(const struct ask *a);

/* Seconds that a belief holds without proof (0: for ever), and between two questions of a cell. */
int64_t ask_valid_for_s(const struct ask *a, size_t column);
int64_t ask_every_s(const struct ask *a, size_t column);

/* The page where a person looks the address up, or gets it delisted. */
void ask_url(const struct ask *a, size_t column, const struct ip *ip, bool finding,
             struct buf *out);

/*
 * What to do next about a verdict of a column (NULL: about its blindness, with `cause`, or about
 * `change` of the list). `ip` NULL: several addresses. False: nothing.
 */
bool ask_advise(const struct ask *a, size_t column, const struct verdict *v, enum cause cause,
                enum change_kind change, const struct ip *ip, struct advice *out);

/* The column of that name, or ASK_NO_COLUMN. */
#define ASK_NO_COLUMN ((size_t)-1) /* JUDGE_NO_COLUMN */
size_t ask_find(const struct ask *a, const char *source, const char *list);

/* What the judge must be told about answers of these columns; ctx is `a`. */
struct judge_ops ask_judge_ops(struct ask *a);

/* The keys of [repmon] that the judge knows. */
struct judge_conf ask_judge_conf(const struct conf *conf);

/* Adds a note once; what does not fit is dropped. */
void ask_note(struct ask *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Time-out, tries and resolvers of these questions. */
struct dns_options ask_dns_options(const struct ask *a);

#endif
