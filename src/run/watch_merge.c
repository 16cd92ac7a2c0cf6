/* SPDX-License-Identifier: ISC */
#include "repmon/buf.h"
#include "repmon/watch.h"

#include <stdlib.h>
#include <string.h>

#define RUNS_BEFORE_RETIRING 2 /* contract section 5 */

static bool holds(const struct cidr *blocks, size_t count, const struct cidr *one)
{
    for (size_t i = 0; i < count; i++) {
        if (blocks[i].len == one->len && ip_cmp(&blocks[i].base, &one->base) == 0)
            return true;
    }
    return false;
}

static int by_block(const void *a, const void *b)
{
    const struct cidr *x = a, *y = b;
    int order = ip_cmp(&x->base, &y->base);
    return order ? order : (x->len > y->len) - (x->len < y->len);
}

static void set_blocks(struct stored_origin *origin, const struct cidr *a, size_t a_count,
                       const struct cidr *b, size_t b_count)
{
    struct cidr *blocks = mem_array(a_count + b_count, sizeof *blocks);
    size_t count = 0;
    for (size_t i = 0; i < a_count + b_count; i++) {
        const struct cidr *one = i < a_count ? &a[i] : &b[i - a_count];
        if (!holds(blocks, count, one))
            blocks[count++] = *one;
    }
    qsort(blocks, count, sizeof *blocks, by_block);
    free(origin->blocks);
    origin->blocks = blocks;
    origin->count = count;
}

void watch_merge(struct stored_origin *origin, const struct watch_answer *answer, time_t now)
{
    if (answer->failed) {
        origin->failed++;
        return;
    }
    bool missing = false;
    for (size_t i = 0; i < origin->count; i++)
        missing |= !holds(answer->blocks, answer->count, &origin->blocks[i]);
    origin->failed = 0;
    origin->good = now;
    origin->changed = missing ? origin->changed + 1 : 0;
    if (missing && origin->changed < RUNS_BEFORE_RETIRING) {
        struct cidr *old = origin->blocks;
        origin->blocks = NULL;
        set_blocks(origin, old, origin->count, answer->blocks, answer->count);
        free(old);
        return;
    }
    origin->changed = 0;
    set_blocks(origin, answer->blocks, answer->count, NULL, 0);
}
