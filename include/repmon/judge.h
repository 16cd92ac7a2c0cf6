/* SPDX-License-Identifier: ISC */
/*
 * The judge compares what is believed about one (target, list), or about one list, with what a run
 * learned; the result is a new belief and at most one change. Pure: no input or output, no clock,
 * no store; time and configuration come in, and the same input always gives the same output.
 *
 * Order of a run: judge_init(); judge_cell() for every (target, list), also those that were not
 * due (time passes for them too); judge_retire() for what is no longer watched; judge_list() for
 * every list, then judge_all_lists(); judge_remind() when reminders are due; group_changes().
 *
 * Strings in beliefs and changes are borrowed: from the belief that came in, from the outcome or
 * detail of the cell, or from the judge's own pool, which lives until judge_fini().
 */
#ifndef REPMON_JUDGE_H
#define REPMON_JUDGE_H

#include "repmon/belief.h"
#include "repmon/buf.h"
#include "repmon/change.h"
#include "repmon/results.h"
#include "repmon/stored.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Keys of [repmon], in seconds where they are times. */
struct judge_conf {
    uint32_t confirm_listed, confirm_cleared;
    int64_t confirm_gap;
    uint32_t blind_after;
    enum severity blind_severity;
    int64_t stale_after, remind; /* remind 0: never */
    uint32_t flap_changes;       /* 0: off; at most LIMIT_FLAP */
    int64_t flap_window;
};
/* The defaults of repmon.conf(5). */
struct judge_conf judge_conf_default(void);

/* What the judgement must be told about answers. `column` is the index of the results. */
struct judge_ops {
    /* Level of these answers, or of any single word of them, by today's configuration; never
     * UNKNOWN.
     */
    enum level (*level)(void *ctx, size_t column, const char *answers);
    /*
     * Whether these answers are the source's plain good state ("normal", "green", "confirmed"),
     * which is believed without a row. Must not depend on the configuration. "" is always clean
     * and never asked for. NULL: only "" is clean.
     */
    bool (*clean)(void *ctx, size_t column, const char *answers);
    /* Whether answers are codes of a DNS list, each a finding of its own. NULL: all are. */
    bool (*dns_list)(void *ctx, size_t column);
    /* Whether only the level of its answers counts: a score list. NULL: none is. */
    bool (*by_level)(void *ctx, size_t column);
    /* Allow lists: how much the list trusts this address, 0 for "not on it". NULL: on it is 1. */
    int (*trust)(void *ctx, size_t column, const char *answers);
    void *ctx;
};

/* What was said of several incidents that are told of as one. */
void told_join(struct told *t, const struct told *other);

/* One run's judge. */
struct judge {
    struct judge_conf conf;
    struct judge_ops ops;
    time_t now;     /* wall clock when probing ended: no answer and no proof is younger */
    bool in_doubt;  /* the clock is: nothing lapses, expires, is reminded, pruned or cleared */
    bool cut_short; /* set by the caller: a signal ended the run, so no list is blind for it */
    /* Set by the caller, borrowed: the source of a change that is about everything, list "". */
    const char *whole;
    char **pool; /* owned: strings made while judging */
    size_t pool_count, pool_cap;
};

void judge_init(struct judge *j, const struct judge_conf *conf, const struct judge_ops *ops,
                time_t now, bool in_doubt);
void judge_fini(struct judge *j);

/* One (target, list) as it comes in. Everything borrowed. */
struct judge_cell {
    size_t column;               /* index */
    const struct column *health; /* of this run */
    int64_t holds;               /* seconds a belief on this list holds without proof; 0: forever */
    uint32_t target;             /* stable id */
    struct ip ip;
    uint8_t prefix;
    const char *label;           /* "" */
    const struct belief *belief; /* NULL: no row */
    struct cell_proof proof;
    bool asked;              /* this run was to ask it; else `outcome` is not read */
    struct outcome outcome;  /* effective: results_effective() */
    const char *detail;      /* results_detail(); may be NULL */
    struct cell_times times; /* results_times(): of events that were heard of; zero: now */
};

/* What comes out. proof, first, write and said are always filled; belief only with `write`, change
 * only with `said`. A change may point into the belief that came in: keep that until it is sent. */
struct judgement {
    struct cell_proof proof; /* the new dense row */
    bool write; /* the belief row changed: store `belief`, or delete it unless `keep` */
    bool keep;
    bool first; /* this was the first proven answer of the cell: baseline */
    bool said;  /* `change` is filled */
    struct belief belief;
    struct change change;
};

void judge_cell(struct judge *j, const struct judge_cell *in, struct judgement *out);

/*
 * The target, or the list, is no longer watched: its row must be deleted; true when this ends a
 * finding and *out is to be reported. `column` JUDGE_NO_COLUMN: the list left the configuration.
 * `target` NULL: it is no longer known what it was.
 */
#define JUDGE_NO_COLUMN ((size_t)-1)
bool judge_retire(struct judge *j, const struct belief *b, size_t column,
                  const struct stored_target *target, struct change *out);

/* The list is no longer configured: true when this ends a blindness reported for it alone. */
bool judge_list_retire(const struct list_belief *b, struct change *out);

/*
 * Level of what is believed: UNKNOWN when nothing was ever proven, the belief lapsed, or the proof
 * is older than `holds` seconds (0: forever). `b` may be NULL.
 */
enum level judge_level(const struct judge *j, size_t column, const struct belief *b,
                       const struct cell_proof *proof, int64_t holds);

/* True when these answers are not what is believed: worth a TXT question. `b` may be NULL. */
bool judge_is_news(const struct judge *j, const struct column *health, size_t column,
                   const struct belief *b, const struct cell_proof *proof, const char *answers);

/* A finding is believed (level above ok, not lapsed): it can be reminded, retired. */
bool judge_is_finding(const struct judge *j, size_t column, const struct belief *b);

/* That, or one that lapsed: it can be acknowledged. */
bool judge_is_open(const struct judge *j, size_t column, const struct belief *b);

/* No finding is believed, but the last answer was one and waits for its confirmation. */
bool judge_is_unconfirmed(const struct judge *j, size_t column, const struct belief *b);

/* Covered by an acknowledgement that is in force now. */
bool judge_is_acked(const struct judge *j, size_t column, const struct belief *b);

/* ---- lists (blind.c) ---- */

/* Counts of one list in this run, gathered by the caller with judge_count(). */
struct list_count {
    uint32_t due;                 /* cells to be asked, those with normal causes left out */
    uint32_t proved;              /* of them */
    uint32_t empty;               /* answered, proving nothing: no data, no test entry, old proof */
    uint32_t stale;               /* findings and cells without proof for `stale_after` */
    uint32_t first;               /* cells that got their first proof */
    uint32_t causes[CAUSE_COUNT]; /* of those not proved */
};
/* After judge_cell(): `every` is the list's own interval in seconds. */
void judge_count(const struct judge *j, const struct judge_cell *in, const struct judgement *out,
                 int64_t every, struct list_count *count);

struct judge_list_in {
    const struct column *health;
    const struct list_belief *belief; /* NULL: no row yet */
    struct list_count count;
    time_t expires;       /* of the credential; 0: none */
    int64_t expires_soon; /* seconds before that from which "expiring" is said */
    bool covered;         /* another list of its account says that their credential has expired */
};

/* At most one of blind and recovered, one of expiring and expired, and stale. */
#define JUDGE_LIST_CHANGES 3

struct list_judgement {
    bool off;            /* it is not asked: everything said of it ends */
    bool judged;         /* it had something to ask: it takes part in judge_all_lists() */
    bool bad;            /* it proved fewer than half */
    bool dns_list;       /* as its column says */
    bool matters;        /* its severity is `blind_severity` or above */
    const char *culprit; /* borrowed from the column: who is at fault, and the cure; NULL */
    enum severity severity;
    bool write;
    struct list_belief belief;
    struct change changes[JUDGE_LIST_CHANGES];
    size_t change_count;
};

/*
 * `nothing` says that no list proved anything in this run: then blindness is certain at once.
 */
void judge_list(struct judge *j, const struct judge_list_in *in, bool nothing,
                struct list_judgement *out);

/*
 * When all lists that were asked (or all DNS lists) turned blind or recovered in one run, their
 * changes become one change with list "" and the likely reason. Edits the judgements; *out and
 * the return value: that one change, if there is one. `left`: who was told of that by lists that
 * left the configuration.
 */
bool judge_all_lists(struct judge *j, struct list_judgement *lists, size_t count,
                     const struct told *left, struct change *out);

/* The likely cause of a list's failures: the column's own, else the most frequent of its cells. */
enum cause judge_list_cause(const struct column *health, const struct list_count *count);

/* ---- reminders ---- */

/*
 * Open critical findings and blindness, in one message: due when one of them was opened, and the
 * last reminder sent, `remind` ago or longer. First ask *_due() of every row; when one says yes,
 * every row for which the *_remind() functions say yes goes into this run's changes, and the
 * caller stores `now` as the time of the last reminder.
 */
bool judge_remind_due(const struct judge *j, size_t column, const struct belief *b,
                      time_t last_reminder);
bool judge_list_remind_due(const struct judge *j, const struct list_belief *b,
                           enum severity severity, time_t last_reminder);
bool judge_remind(const struct judge *j, const struct belief *b, size_t column,
                  const struct stored_target *target, struct change *out);
bool judge_list_remind(const struct judge *j, const struct list_belief *b, enum severity severity,
                       struct change *out);

/* Two reminders of all lists at once (list "") are one. */
void judge_remind_together(const struct judge *j, struct change *all, const struct change *one);

/*
 * The one change that says that a first run looked at everything: of_list, list "", count; to level
 * ok, or to unknown if nothing was proven. `why`: nothing was proven, or no DNS list.
 */
struct change judge_first_run(const struct judge *j, uint32_t targets, bool proven, enum cause why);

/* ---- grouping (group.c) ---- */

/* What an entry says and the judgement can't know. Strings borrowed, alive with ctx. */
struct describe_ops {
    /* Codes of these answers of the change's list, at most LIMIT_CODES; returns how many. */
    size_t (*codes)(void *ctx, const struct change *c, const char *answers,
                    struct code out[static LIMIT_CODES]);
    const char *(*state)(void *ctx, const struct change *c);    /* "listed", "blocked", … */
    const char *(*headline)(void *ctx, const struct change *c); /* "BLOCKED AT OUTLOOK"; "" */
    /* The news in plain words; `who`: an address, or how many there are. NULL: never. */
    const char *(*sentence)(void *ctx, const struct change *c, const char *who);
    bool (*dns_list)(void *ctx, const struct change *c);
    /* Pages to look it up and to ask for removal; false: none. */
    bool (*url)(void *ctx, const struct change *c, struct buf *out);
    bool (*delist)(void *ctx, const struct change *c, struct buf *out);
    enum severity (*severity)(void *ctx, const struct change *c); /* of the worst code, or list */
    const char *(*advice)(void *ctx, const struct change *c);     /* "": none */
    /* True where codes do not keep changes apart (score lists: only the band does). NULL: never. */
    bool (*by_level)(void *ctx, const struct change *c);
    void *ctx;
};

struct entries {
    struct entry *items; /* owned, with everything in them */
    size_t count;
    void **pool; /* owned: what the items point to */
    size_t pool_count, pool_cap;
};

/*
 * Changes that share list, kind, level and codes become one entry. First what is worst now (by
 * change_level(), then by severity of code or list), then by kind, list and address. All of them:
 * a channel chooses before it cuts. The order of the input makes no difference. Free with
 * entries_fini().
 */
void group_changes(const struct change *changes, size_t count, const struct describe_ops *ops,
                   struct entries *out);
void entries_fini(struct entries *e);

#endif
