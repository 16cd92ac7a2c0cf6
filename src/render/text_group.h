/* SPDX-License-Identifier: ISC */
/*
 * Targets with the same level and the same findings become one group, so that a block takes one
 * line and not 256; and what every list said over all targets is counted. Pure: nothing is printed.
 */
#ifndef REPMON_TEXT_GROUP_H
#define REPMON_TEXT_GROUP_H

#include "cache.h"
#include "repmon/report.h"

struct group {
    enum level level;
    size_t first;                      /* index of its first target */
    size_t count;                      /* targets */
    size_t answered_min, answered_max; /* block lists that gave an answer that counts */
    bool has_findings;
    size_t silent;            /* lists that matter and proved nothing, of the first target */
    char *label;              /* owned: what all have in common; "" */
    struct ip_range *ranges;  /* owned; at most LIMIT_ENTRY_ADDRESSES */
    size_t range_count, more; /* more: targets not in ranges */
    char *key;                /* owned: what makes it equal */
    size_t key_len;
    uint64_t *known, *unknown; /* owned: a bit a list that is proven, or not, of some of its
                                  targets; NULL unless asked for */
};

/* Over all targets. `causes` counts attempts that proved nothing, whatever is believed. */
struct text_list_count {
    size_t clear, other_ok, findings;
    size_t causes[CAUSE_COUNT];
};

/* Targets of one class: the first was looked at, the others are only counted. */
struct text_row {
    size_t group; /* number + 1; 0: must be looked at one by one */
    size_t first, more;
};

struct grouping {
    const struct report *report; /* borrowed */
    bool wants_known;            /* groups get `known` and `unknown` */
    /* Called with each finding of each target, whose text ends with the call; NULL: not called. */
    void (*finding)(void *ctx, size_t i, const struct report_target *target,
                    const struct result *result);
    void *ctx;             /* borrowed */
    struct text_row *rows; /* owned; by target_class */
    size_t row_count;
    struct cache memo;
    struct report_summary summary;
    struct group *groups; /* owned */
    size_t count;
    size_t *index; /* owned: open addressing over groups; 0 is free, else number + 1 */
    size_t index_size;
    struct text_list_count *lists; /* owned: one per list of the report */
};

void grouping_init(struct grouping *g, const struct report *report);

/* Whether a bit of `known` or `unknown` is set. */
static inline bool group_has(const uint64_t *bits, size_t list)
{
    return bits && bits[list / 64] >> list % 64 & 1;
}
void grouping_fini(struct grouping *g);
void grouping_add(struct grouping *g, size_t target);

/* After the last target: counts what was not looked at, and sorts the groups: worst first, then in
 * the order of their first targets. */
void grouping_end(struct grouping *g);

/* Why most DNS lists that were asked fail (common_cause.h), after the end; CAUSE_NONE. */
enum cause grouping_common_cause(const struct grouping *g);

#endif
