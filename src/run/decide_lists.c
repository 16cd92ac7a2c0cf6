/* SPDX-License-Identifier: ISC */
#include "decide.h"

#include "repmon/buf.h"
#include "repmon/status_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool decide_is_configured(const struct decide_in *in, const char *source, const char *list)
{
    return run_lists_find(in->lists, source, list) != RUN_NO_LIST;
}

/* For `status` and the metrics, which open no source. An expiry is kept until it is known whether
 * the credential was renewed; after that, one that nobody knows is dropped. */
static void decide_keep_expiry(const struct decide_in *in, size_t column, struct decision *d)
{
    char key[512], value[32];
    const struct run_list *list = &in->lists->items[column];
    const struct decide_expiry *end = &in->expiries[column];
    const struct list_belief *told = &d->lists[column].belief;
    bool known = end->at && (end->at <= in->now || end->soon_s > 0);
    status_expiry_key(list->source, list->list, key, sizeof key);
    snprintf(value, sizeof value, "%" PRId64, (int64_t)end->at);
    if (known)
        facts_set(&d->facts, key, value);
    else if (!told->expired_said && !told->expiring_said && snapshot_fact(in->snapshot, key))
        facts_set(&d->facts, key, NULL);
}

/* Who was told that no list can be asked, by lists that are no longer configured. */
static struct told decide_told_of_lists_that_left(const struct decide_in *in)
{
    struct told told = {0};
    const struct stored_list_beliefs *before = &in->snapshot->list_beliefs;
    for (size_t i = 0; i < before->count; i++) {
        const struct list_belief *b = &before->items[i];
        if (b->blind_whole && !decide_is_configured(in, b->source, b->list))
            told_join(&told, &b->blind_told);
    }
    return told;
}

/* A list or two that fail while the others rest are no reason to call the whole run blind. And an
 * answer that proves nothing does not hide that nothing else was proven either. */
static void decide_judge_the_run(const struct decide_in *in, struct decision *d)
{
    uint32_t answering = 0, due = 0;
    for (size_t j = 0; j < in->lists->count; j++) {
        if (d->counts[j].proved > 0)
            answering++;
        if (d->counts[j].due > 0)
            due++;
    }
    bool most = d->resting == 0 || due > d->resting;
    d->nothing = !in->cut_short && answering == 0 && due > 0 && most;
    d->completed = !d->nothing && (!in->cut_short || answering > 0);
}

/* If nothing was proven, the weightiest of the lists that were asked matter, whatever the
 * configuration says: otherwise the failure would go unreported. */
static void decide_let_something_matter(const struct decide_in *in, struct decision *d)
{
    enum severity most = SEV_OFF;
    for (size_t j = 0; j < in->lists->count; j++) {
        enum severity severity = results_column_const(in->results, j)->severity;
        if (d->counts[j].due > 0 && severity > most)
            most = severity;
    }
    if (most < d->judge.conf.blind_severity)
        d->judge.conf.blind_severity = most;
}

/* "main" of "main/data" */
static size_t decide_account_length(const char *list)
{
    const char *slash = strrchr(list, '/');
    return slash ? (size_t)(slash - list) : 0;
}

/* Lists of one account share one credential: its end is reported once. */
static bool decide_is_covered(const struct decide_in *in, size_t column, const struct decision *d)
{
    const struct run_list *list = &in->lists->items[column];
    size_t length = decide_account_length(list->list);
    for (size_t j = 0; j < in->lists->count && length; j++) {
        const struct run_list *other = &in->lists->items[j];
        time_t end = in->expiries[j].at;
        if (j != column && end && end <= d->judge.now &&
            source_equal(other->source, list->source) &&
            decide_account_length(other->list) == length &&
            strncmp(other->list, list->list, length) == 0)
            return true;
    }
    return false;
}

static void decide_judge_one(const struct decide_in *in, size_t column, struct decision *d)
{
    const struct run_list *list = &in->lists->items[column];
    struct judge_list_in l = {
        .health = results_column_const(in->results, column),
        .belief = snapshot_list_belief(in->snapshot, list->source, list->list),
        .count = d->counts[column],
        .expires = in->expiries[column].at,
        .expires_soon = in->expiries[column].soon_s,
        .covered = decide_is_covered(in, column, d),
    };
    if (l.health->health == HEALTH_OFF)
        l.count = (struct list_count){0};
    judge_list(&d->judge, &l, d->nothing, &d->lists[column]);
    decide_keep_expiry(in, column, d);
}

static void decide_retire_lists(const struct decide_in *in, struct decision *d)
{
    const struct stored_list_beliefs *before = &in->snapshot->list_beliefs;
    for (size_t i = 0; i < before->count; i++) {
        const struct list_belief *b = &before->items[i];
        struct change change;
        if (!decide_is_configured(in, b->source, b->list) && judge_list_retire(b, &change))
            decide_add(d, &change);
    }
}

static void decide_forget_lists(const struct decide_in *in, struct decision *d)
{
    d->forgotten = mem_array(in->snapshot->list_count, sizeof *d->forgotten);
    for (size_t i = 0; i < in->snapshot->list_count; i++) {
        const struct stored_list *l = &in->snapshot->names[i];
        if (!decide_is_configured(in, l->source, l->list))
            d->forgotten[d->forgotten_count++] = l;
    }
}

void decide_lists(const struct decide_in *in, struct decision *d)
{
    struct change all;
    decide_judge_the_run(in, d);
    if (d->nothing)
        decide_let_something_matter(in, d);
    for (size_t j = 0; j < in->lists->count; j++)
        decide_judge_one(in, j, d);
    struct told left = decide_told_of_lists_that_left(in);
    if (judge_all_lists(&d->judge, d->lists, in->lists->count, &left, &all))
        decide_add(d, &all);
    for (size_t j = 0; j < in->lists->count; j++) {
        for (size_t i = 0; i < d->lists[j].change_count; i++)
            decide_add(d, &d->lists[j].changes[i]);
    }
    decide_retire_lists(in, d);
    decide_forget_lists(in, d);
}
