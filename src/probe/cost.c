/* SPDX-License-Identifier: ISC */
#include "repmon/cost.h"

#define DAY_MS        86400000.0
#define PTR_QUESTIONS 3 /* the name, and its way back: A or AAAA, once more when it is missing */

uint64_t cost_a_day(uint64_t n, double runs_a_day, int64_t every_ms)
{
    double times = runs_a_day;
    if (every_ms > 0 && DAY_MS / (double)every_ms < times)
        times = DAY_MS / (double)every_ms;
    return (uint64_t)((double)n * times + 0.5);
}

static void of_dnsbl(const struct dnsbl_list *list, const struct inventory *inv, struct cost *c)
{
    bool met[CATALOGUE_FAMILIES] = {false};
    for (size_t i = 0; i < inv->count; i++) {
        if (!dnsbl_list_applies(list, &inv->items[i]))
            continue;
        met[inv->items[i].ip.family == 6] = true;
        c->targets++;
    }
    for (size_t f = 0; f < CATALOGUE_FAMILIES; f++) /* the last one is the random label */
        c->tests +=
            met[f] ? (uint64_t)list->family[f].has_listed + list->family[f].has_clean + 1u : 0;
    c->limit = list->budget;
}

static void of_ptr(const struct conf *conf, const struct inventory *inv, struct cost *c)
{
    for (size_t i = 0; i < inv->count; i++) {
        const struct target *t = &inv->items[i];
        if (t->prefix == ip_bits(&t->ip) && !ip_is_hidden(&t->ip))
            c->targets += conf->ptr.use == PTR_ALL || t->flags & TARGET_SINGLY;
    }
    c->each = PTR_QUESTIONS;
}

void cost_of(const struct ask *a, const struct inventory *inv, double runs_a_day, struct cost *out)
{
    for (size_t k = 0; k < a->column_count; k++) {
        size_t local;
        enum source_kind kind = ask_source(a, k, &local);
        struct cost *c = &out[k];
        *c = (struct cost){.source = kind,
                           .list = ask_list(a, k),
                           .each = 1,
                           .limit = COST_NO_LIMIT,
                           .every_ms = source_get(kind)->every_ms(a->setup[kind], local)};
        switch (kind) {
        case SOURCE_DNSBL: of_dnsbl(&a->lists.items[local], inv, c); break;
        case SOURCE_PTR: of_ptr(a->conf, inv, c); break;
        case SOURCE_TALOS:
            c->targets = inv->count;
            c->limit = a->conf->talos.budget;
            break;
        default: c->targets = inv->count; break;
        }
        uint64_t asked = kind == SOURCE_SNDS ? c->each : c->targets * c->each;
        c->a_day = cost_a_day(asked, runs_a_day, c->every_ms) + cost_a_day(c->tests, runs_a_day, 0);
    }
}
