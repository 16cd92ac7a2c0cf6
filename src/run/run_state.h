/* SPDX-License-Identifier: ISC */
/* The books of one run, shared by the files run*.c only. */
#ifndef RUN_STATE_H
#define RUN_STATE_H

#include "repmon/ask.h"
#include "repmon/describe.h"
#include "repmon/judge.h"
#include "repmon/message.h"
#include "repmon/run.h"
#include "repmon/store.h"
#include "repmon/watch.h"

/* Highest TTL of a list's positive point: of earlier runs, and seen in this one. */
struct ttl_point {
    uint32_t before, now;
};

/* When the cells of one column are asked. */
struct schedule {
    bool is_new;             /* no proof was ever stored */
    bool rests;              /* no cell is due: the list is no part of this run */
    size_t start_row;        /* the cell asked longest ago */
    uint8_t *due;            /* owned: a bit a row; NULL: all are due */
    uint8_t *known;          /* owned: a bit a row, proven at any time; ptr only, else NULL */
    struct ttl_point ttl[2]; /* IPv4, IPv6 */
    uint64_t asked;          /* questions of earlier runs today */
};

struct run {
    const struct run_options *options; /* borrowed */
    const struct conf *conf;           /* borrowed */
    struct errors *errors;             /* borrowed */
    struct store *store;               /* owned */
    struct loop *loop;                 /* owned */
    struct watch watch;
    struct ask ask;
    struct stored_beliefs beliefs;
    struct stored_list_beliefs list_beliefs;
    struct stored_beliefs reminded; /* as they are after this run */
    struct schedule *schedules;     /* owned, one a column */
    struct judge judge;
    struct stored_run row;
    time_t now;
    bool in_doubt, first_ever;
    bool cut_short;   /* a signal ended the asking: no opinion about what was not asked */
    bool nothing;     /* most lists were to be asked, and none answered */
    bool completed;   /* something was answered, or nothing was due */
    uint32_t resting; /* lists with cells that were not due */

    struct change *changes; /* owned; strings borrowed from judge, beliefs, grid, watch */
    size_t change_count, change_cap;
    struct list_judgement *list_judgements; /* owned, one a column */
    uint64_t *channel_bits;                 /* owned: of each channel of the configuration */
    struct channel_bits bits;
    uint64_t *heard; /* owned, one a change: bits of the channels whose message names it */
    struct entries entries;
    size_t posted; /* messages put into the outbox */
    char digest[64];
    struct describer describer;
    struct run_memory *memory; /* owned: run_memory.c */
};

/* run_ask.c: what is due, where to begin, what is news. */
bool run_schedule(struct run *r, struct error *err);
struct source_env run_hooks(struct run *r);
void run_schedule_fini(struct run *r);
void run_mark_resting(struct run *r); /* after ask_open() */
bool run_row_due(const struct run *r, size_t row, size_t column);

/* run_memory.c: what sources keep over runs. Saved inside the run's transaction. */
void run_memory_hooks(struct run *r, struct source_env *env);
bool run_memory_save(struct run *r, struct error *err);
void run_memory_fini(struct run *r);

/* run_judge.c: grid × beliefs → beliefs, proof and changes, inside the run's transaction. */
bool run_judge(struct run *r, struct error *err);
void run_add_change(struct run *r, const struct change *c);

/* run_names.c: what became of the names of the configuration, and what is told of it. */
void run_names_tell(struct run *r);                    /* after watch_load() */
void run_names_settle(struct run *r);                  /* after the lists were asked */
void run_names_changes(struct run *r);                 /* names that lost their addresses */
bool run_names_save(struct run *r, struct error *err); /* inside the run's transaction */

/* run_told.c: run_told_begin() once all changes are there; run_told_note() for each message as it
 * is stored, after it was cut; run_told_save() in the run's transaction. */
bool run_told_begin(struct run *r, struct error *err);
/* For PagerDuty: lists on which nothing that this channel was told of is open after this message.
 * Sets closed_count; the caller frees. */
const char **run_told_closed(struct run *r, uint64_t bit, struct message *m);
void run_told_note(struct run *r, uint64_t channel, const struct message *m);
bool run_told_save(struct run *r, struct error *err);
void run_told_fini(struct run *r);

/* run_open.c: changes of targets, sorted: the first look may bring tens of thousands of them. */
struct named {
    const struct change **items; /* owned; the changes are the run's */
    size_t count;
};
struct named run_named(const struct run *r);
bool run_names_cell(const struct named *n, const struct belief *b);

/* run_remind.c: reminders of what is open and not told by this digest; after run_judge(). */
bool run_remind(struct run *r, struct error *err);

/* run_open.c: findings open after this run that its digest does not tell, of addresses that it
 * names; neighbours of which the same is said are one. Strings are kept by the run's describer. */
struct open_findings {
    struct message_open items[LIMIT_DIGEST_OPEN];
    size_t count;
    uint32_t more;                                     /* not in items */
    struct message_open neighbours[LIMIT_DIGEST_OPEN]; /* other addresses, where something ends */
    size_t neighbour_count;
};
void run_still_open(struct run *r, struct open_findings *o);

/* run_digest.c: changes → entries → one message a channel, in the same transaction. */
bool run_digest(struct run *r, struct buf *text, struct error *err);

#endif
