/* SPDX-License-Identifier: ISC */
#include "repmon/buf.h"
#include "repmon/resolve.h"

#include <stdlib.h>
#include <string.h>

/* How many answers in a row must lack a block before it goes. */
#define STEADY    2  /* repmon-alerts(7), CHANGES: all of them alike */
#define UNSTEADY  6  /* each different from the last: half a turn of a round robin of some names */
#define GAP_TIMES 4  /* the longest gap seen so far is hardly the longest there is */
#define MOST      24 /* a day of hourly runs */

static int resolve_by_block(const struct cidr *x, const struct cidr *y)
{
    int order = ip_cmp(&x->base, &y->base);
    return order ? order : (x->len > y->len) - (x->len < y->len);
}

static int resolve_by_stored(const void *a, const void *b)
{
    const struct stored_block *x = a, *y = b;
    return resolve_by_block(&x->cidr, &y->cidr);
}

static bool resolve_answered(const struct resolve_answer *a, const struct cidr *one)
{
    for (size_t i = 0; i < a->count; i++) {
        if (resolve_by_block(&a->blocks[i], one) == 0)
            return true;
    }
    return false;
}

static struct stored_block *resolve_find(struct stored_origin *o, size_t count,
                                         const struct cidr *one)
{
    for (size_t i = 0; i < count; i++) {
        if (resolve_by_block(&o->blocks[i].cidr, one) == 0)
            return &o->blocks[i];
    }
    return NULL;
}

static size_t resolve_present(const struct stored_origin *o)
{
    size_t n = 0;
    for (size_t i = 0; i < o->count; i++)
        n += o->blocks[i].missed == 0;
    return n;
}

static uint32_t resolve_patience(const struct stored_origin *o, bool steady)
{
    if (o->gap > (MOST - STEADY) / GAP_TIMES)
        return MOST;
    if (o->gap)
        return GAP_TIMES * o->gap + STEADY;
    return steady ? STEADY : UNSTEADY;
}

/* Blocks of the answer that are not believed yet. */
static void resolve_add_new(struct stored_origin *o, const struct resolve_answer *a)
{
    size_t known = o->count;
    if (a->count == 0)
        return;
    o->blocks = mem_grow(o->blocks, known + a->count, sizeof *o->blocks);
    for (size_t i = 0; i < a->count; i++) {
        if (!resolve_find(o, known, &a->blocks[i]))
            o->blocks[o->count++] = (struct stored_block){.cidr = a->blocks[i]};
    }
}

/* A partial answer does not show that anything is missing. */
static void resolve_merge_part(struct stored_origin *origin, const struct resolve_answer *answer,
                               time_t now)
{
    for (size_t i = 0; i < answer->count; i++) {
        struct stored_block *b = resolve_find(origin, origin->count, &answer->blocks[i]);
        if (b)
            b->missed = 0;
    }
    resolve_add_new(origin, answer);
    origin->failed = answer->count ? 0 : origin->failed + 1;
    origin->good = answer->count ? now : origin->good;
    if (origin->count)
        qsort(origin->blocks, origin->count, sizeof *origin->blocks, resolve_by_stored);
}

void resolve_merge(struct stored_origin *origin, const struct resolve_answer *answer, time_t now)
{
    if (answer->failed) {
        origin->failed++;
        return;
    }
    if (answer->partly[0] && answer->partly[1]) {
        resolve_merge_part(origin, answer, now);
        return;
    }
    size_t before = resolve_present(origin), still = 0, kept = 0, spared = 0;
    for (size_t i = 0; i < origin->count; i++) {
        struct stored_block *b = &origin->blocks[i];
        bool there = resolve_answered(answer, &b->cidr);
        if (!there && answer->partly[b->cidr.base.family == 6]) {
            still += b->missed == 0;
            spared += b->missed == 0;
            continue;
        }
        if (!there) {
            b->missed++;
            continue;
        }
        still += b->missed == 0;
        /* A name that came back as a whole had been gone; its blocks do not come and go one by
         * one. */
        if (b->missed > origin->gap && before > 0)
            origin->gap = b->missed;
        b->missed = 0;
    }
    bool steady = still == before && before == answer->count + spared;
    uint32_t limit = resolve_patience(origin, steady);
    for (size_t i = 0; i < origin->count; i++) {
        if (origin->blocks[i].missed < limit)
            origin->blocks[kept++] = origin->blocks[i];
    }
    origin->count = kept;
    origin->failed = 0;
    origin->good = now;
    resolve_add_new(origin, answer);
    if (origin->count)
        qsort(origin->blocks, origin->count, sizeof *origin->blocks, resolve_by_stored);
}
