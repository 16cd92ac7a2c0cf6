/* SPDX-License-Identifier: ISC */
/*
 * What a run makes of what it learned: what is believed afterwards, and what changed. Pure: the
 * same input gives the same output, and nothing is read or written.
 */
#ifndef RUN_DECIDE_H
#define RUN_DECIDE_H

#include "lists.h"
#include "plan.h"
#include "snapshot.h"

#include "repmon/judge.h"

/* When the credential of a list expires, and how long before that to say so; 0: never. */
struct decide_expiry {
    time_t at;
    int64_t soon_s;
};

/* All borrowed, and for as long as the decision. */
struct decide_in {
    struct judge_conf conf;
    struct judge_ops ops;
    const struct run_lists *lists;
    const struct snapshot *snapshot;
    const struct resolved *watch; /* settled */
    struct shard shard;
    const struct plan *plan;
    const struct results *results;
    const struct decide_expiry *expiries; /* one a column */
    const char *whole;           /* word of the source in whose name changes about everything are */
    const char *const *channels; /* titles of the configured ones */
    size_t channel_count;
    time_t now;     /* when asking ended */
    bool in_doubt;  /* the clock is */
    bool cut_short; /* a signal ended the asking: no opinion about what was not asked */
};

struct decide_belief {
    struct belief belief;
    bool write; /* it differs from what the state has */
};

struct decide_key {
    uint32_t target;
    const char *source, *list;
};

/* Strings are borrowed from the input, or the judge's. */
struct decision {
    struct judge judge;
    struct change *changes; /* owned */
    size_t change_count, change_cap;
    struct decide_belief *beliefs; /* owned: all that is believed now; by source, list, target */
    size_t belief_count, belief_cap;
    struct decide_key *gone; /* owned: beliefs that end */
    size_t gone_count, gone_cap;
    struct proofs *proofs; /* owned, one a column */
    size_t proof_count;
    struct list_count *counts;            /* owned, one a column */
    struct list_judgement *lists;         /* owned, one a column */
    const struct stored_list **forgotten; /* owned: lists that left the configuration */
    size_t forgotten_count;
    struct fact_set facts; /* edits */
    uint64_t *bits;        /* owned: of each channel */
    struct channel_bits all_bits;
    struct stored_text *texts; /* owned: made for changes */
    uint64_t asked, proven;    /* questions; cells */
    uint32_t resting;          /* lists with cells that were not due */
    bool nothing;              /* most lists were to be asked, and none answered */
    bool completed;            /* something was answered, or nothing was due */
    bool first_look;           /* it is reported: nothing was proven before */
};

struct decision decide(const struct decide_in *in);
void decision_fini(struct decision *d);

/* ---- parts ---- */

void decide_add(struct decision *d, const struct change *c);

/* decide_lists.c: judgement of each list, of all of them, and of those that left. */
void decide_lists(const struct decide_in *in, struct decision *d);

/* decide_names.c: names that lost their addresses, and what was said of names. */
void decide_names(const struct decide_in *in, struct decision *d);
void decide_said(const struct decide_in *in, struct decision *d);

/* decide_remind.c: reminders of what is open and not said by the other changes. */
void decide_remind(const struct decide_in *in, struct decision *d);

/* Changes of targets, sorted: the first look may bring tens of thousands of them. */
struct decide_named {
    const struct change **items; /* owned; borrowed from the decision */
    size_t count;
};
struct decide_named decide_named(const struct decision *d);
bool decide_names_cell(const struct decide_named *n, const struct belief *b);
bool decide_names_target(const struct decide_named *n, const struct belief *b);

#endif
