/* SPDX-License-Identifier: ISC */
/*
 * The only place that compares sources: what the results of one say about those of another. It
 * works between querying and judging, and changes what a run learned, never what is believed.
 * Pure.
 *
 * When a receiver refuses mail because of a DNS list, the refusal and the listing are one finding,
 * that of the list: its answers gain a word that names the receiver, which is then reported,
 * acknowledged and ended like a code. `check` has no beliefs and uses the same function.
 */
#ifndef REPMON_CROSS_H
#define REPMON_CROSS_H

#include "repmon/belief.h"
#include "repmon/buf.h"
#include "repmon/judge.h"
#include "repmon/results.h"

#include <stdbool.h>
#include <stddef.h>

/* "refused-by:gmail", "partly-refused-by:gmail": state and list of a finding that another one is
 * the reason of. Such words come after all of the list's own. */
#define CROSS_BY "-by:"

/* How many bytes of an answer are the list's own words. */
size_t cross_own_len(const char *answers);

/* The next crossed word at *at, which moves past it: the state ("refused") and the name of the
 * list, which ends where the word does. False at the end. */
bool cross_next(const char **at, const char **state, size_t *state_len, const char **list,
                size_t *list_len);

struct cross_ops {
    /* Whether findings of this column can have a reason in another one. */
    bool (*hears)(void *ctx, size_t column);
    /* The column of the list because of which these answers were given, or JUDGE_NO_COLUMN. */
    size_t (*reason)(void *ctx, size_t column, const char *answers);
    /* Whether what these answers say may come from a sending domain: from its records, or from its
     * being listed. A missing hook: never. */
    bool (*about_senders)(void *ctx, size_t column, const char *answers);
    /* Appends a finding of a sending domain as news ("example.org: SPF no longer covers
     * 203.0.113.5"); false: the row is no domain. */
    bool (*sender)(void *ctx, size_t row, size_t column, const char *answers, struct buf *out);
    void *ctx; /* of all four */
    /* What is believed of a cell; NULL: no row. A missing hook: nothing is believed. */
    const struct belief *(*belief)(void *belief_ctx, size_t row, size_t column);
    void *belief_ctx;
};

/*
 * Refusals because of a list go to that list's finding: its cell names who refuses, and theirs says
 * nothing of its own (`no-data`) unless it is believed as a finding already. A refusal from before
 * the address left the list is part of that incident, too. Where the list does not have the
 * address, the refusal stays a finding by itself.
 */
void cross_refusals(const struct judge *j, const struct cross_ops *ops, struct results *results,
                    size_t rows);

/*
 * Refusals that may come from a sending domain get the findings of the domains into their reason:
 * "…; see example.org: SPF no longer covers 203.0.113.5".
 */
void cross_senders(const struct judge *j, const struct cross_ops *ops, struct results *results,
                   size_t rows);

/*
 * Whether a list that has a test point was right about it through this resolver, in this run. A
 * resolver that denies everything proves no list: what it says is gone need not be.
 */
bool cross_resolver_proved(const struct results *results, unsigned via);

#endif
