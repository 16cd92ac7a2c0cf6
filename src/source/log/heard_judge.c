/* SPDX-License-Identifier: ISC */
/* What was counted becomes states and numbers; heard.c counts. */
#include "heard.h"

#include <string.h>

#define OUTSIDE 2 /* receivers outside the table that must refuse alike */

#define JUMP_MIN   20 /* refusals of a day */
#define JUMP_TIMES 5  /* the mean of a week */

/* ---- states ---- */

/*
 * A stranger's server may say anything: two of them must refuse the same address before that is
 * told, and then only as a warning.
 */
static void heard_weigh_strangers(struct heard *h, struct pair *p)
{
    size_t alike = 0;
    for (size_t i = 0; i < h->memory.pair_count; i++) {
        const struct pair *other = h->memory.pairs[i];
        alike += !other->in_table && pair_is_refusing(other) && ip_cmp(&other->own, &p->own) == 0;
    }
    p->told = alike >= OUTSIDE;
}

void heard_judge(struct heard *h, const struct conf *conf, bool whole)
{
    for (size_t i = 0; i < h->memory.pair_count; i++) {
        struct pair *p = h->memory.pairs[i];
        const struct conf_receiver *r = log_rules_of(conf, p->receiver, p->in_table);
        const struct pair_rules rules = {.confirm_gap_s = conf->confirm_gap_ms / 1000,
                                         .refused_min = r->refused_min,
                                         .refused_share = r->refused_share,
                                         .throttled_min = r->throttled_min,
                                         .throttled_share = r->throttled_share,
                                         .ends_nothing = !whole};
        pair_judge(p, h->now, &rules);
    }
    for (size_t i = 0; i < h->memory.pair_count; i++) {
        struct pair *p = h->memory.pairs[i];
        p->told = p->in_table || p->was_told;
        if (!p->told && pair_is_refusing(p))
            heard_weigh_strangers(h, p);
    }
}

/* ---- what concerns no address ---- */

bool heard_is_tenant_blocked(const struct heard *h, const char *receiver)
{
    for (size_t i = 0; i < h->memory.pair_count; i++) {
        uint32_t day[PAIR_OUTCOMES];
        const struct pair *p = h->memory.pairs[i];
        if (strcmp(p->receiver, receiver) != 0)
            continue;
        pair_last_day(p, h->now, day);
        if (day[PAIR_TENANT] > 0)
            return true;
    }
    return false;
}

/* For the seven days before yesterday, because the last 24 hours include part of yesterday. */
static uint64_t heard_content_of_week(const struct heard *h, const struct pair *p)
{
    uint64_t sum = 0;
    int64_t today = h->now / DAY_S;
    for (size_t i = 0; i < p->day_count; i++)
        if (p->days[i].day < today - 1 && p->days[i].day >= today - 8)
            sum += p->days[i].messages[PAIR_CONTENT];
    return sum;
}

static bool heard_has_a_week(const struct heard *h)
{
    for (size_t i = 0; i < h->memory.section_count; i++) {
        int64_t first = h->memory.sections[i].first_line;
        if (first && first / DAY_S <= h->now / DAY_S - 8)
            return true;
    }
    return false;
}

uint32_t heard_jump(const struct heard *h, const char *receiver, uint64_t *week)
{
    uint32_t last = 0;
    *week = 0;
    for (size_t i = 0; i < h->memory.pair_count; i++) {
        uint32_t day[PAIR_OUTCOMES];
        const struct pair *p = h->memory.pairs[i];
        if (strcmp(p->receiver, receiver) != 0)
            continue;
        pair_last_day(p, h->now, day);
        last += day[PAIR_CONTENT];
        *week += heard_content_of_week(h, p);
    }
    bool jumps = last >= JUMP_MIN && (uint64_t)last * 7 >= *week * JUMP_TIMES;
    return jumps && heard_has_a_week(h) ? last : 0;
}
