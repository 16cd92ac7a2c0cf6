/* SPDX-License-Identifier: ISC */
#include "repmon/query_estimate.h"

#define DAY_MS 86400000.0

uint64_t query_estimate_a_day(uint64_t n, double runs_a_day, int64_t every_ms)
{
    double times = runs_a_day;
    if (every_ms > 0 && DAY_MS / (double)every_ms < times)
        times = DAY_MS / (double)every_ms;
    return (uint64_t)((double)n * times + 0.5);
}

void query_estimate_of(const struct session *a, const struct inventory *inv, double runs_a_day,
                       struct query_estimate *out)
{
    const struct inventory all = inventory_all(inv);
    for (size_t k = 0; k < a->column_count; k++) {
        size_t local;
        const struct session_part *part = session_part_of(a, k, &local);
        const struct inventory *its = part->source->reach == REACH_SHARD ? inv : &all;
        struct estimate e = {.targets = its->count, .each = 1, .limit = ESTIMATE_NO_LIMIT};
        struct query_estimate *c = &out[k];
        if (part->source->estimate) {
            e = (struct estimate){0};
            part->source->estimate(part->setup, local, its, &e);
        }
        *c = (struct query_estimate){.source = part->source->word,
                                     .list = session_list(a, k),
                                     .targets = e.targets,
                                     .limit = e.limit,
                                     .daily = e.daily,
                                     .every_ms = part->source->every_ms(part->setup, local)};
        uint64_t asked = e.whole ? e.each : e.targets * e.each;
        c->a_day = query_estimate_a_day(asked, runs_a_day, c->every_ms) +
                   query_estimate_a_day(e.tests, runs_a_day, 0);
    }
}
