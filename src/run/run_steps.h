/* SPDX-License-Identifier: ISC */
/* A run, shared by run.c, the chain of its steps; run_ask.c, which finds out; and run_conclude.c,
 * which makes of it what is believed, told and kept. */
#ifndef RUN_STEPS_H
#define RUN_STEPS_H

#include "commit.h"
#include "decide.h"
#include "learned.h"
#include "load.h"
#include "plan.h"
#include "publish.h"

#include "repmon/describe.h"
#include "repmon/loop.h"
#include "repmon/run.h"

#define ID_MAX 64

/*
 * The values of a run, in the order in which they come to be. Each step takes those before it as
 * const and makes one; nothing is changed afterwards. They are kept here for later steps, and to be
 * freed.
 */
struct values {
    const struct run_options *options; /* borrowed */
    const struct conf *conf;           /* borrowed */
    struct errors *errors;             /* borrowed */
    struct store *store;               /* owned */
    struct loop *loop;                 /* owned */
    int64_t started_ms;                /* on clock_mono_ms() */

    struct session session;
    struct snapshot snapshot; /* load */
    struct stored_run row;
    struct resolved watch;          /* resolve, settle */
    struct inventory all;           /* of it: what hearers see */
    struct run_lists lists;         /* hear: its lists are known then */
    struct plan plan;               /* plan */
    struct learned learned;         /* probe, and the results of `ask` */
    struct decide_expiry *expiries; /* owned, one a column */
    char (*titles)[256];            /* owned, one a channel */
    const char **channels;          /* owned; they are the titles */
    char *config;                   /* owned: path for a reader elsewhere */
    struct decide_in decided;
    struct decision decision; /* decide */
    struct describer describer;
    struct entries entries; /* describe */
    char digest[ID_MAX];
    struct messages messages; /* publish */
};

/* run_ask.c: resolve, hear, plan, probe, settle, cross. */
bool run_resolve(struct values *v);
bool run_hear(struct values *v, struct error *err);
void run_plan(struct values *v);
bool run_probe(struct values *v, struct error *err);
void run_settle(struct values *v);
void run_cross(struct values *v);

/* run_conclude.c: decide, describe, publish, commit; all after run_conclude(). */
void run_conclude(struct values *v);
bool run_decide_and_publish(struct values *v, struct error *err);
bool run_commit(struct values *v, struct error *err);
void run_forget_decision(struct values *v);

#endif
