/* SPDX-License-Identifier: ISC */
#include "learned.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

static bool learned_is_due(void *ctx, size_t row, size_t column)
{
    return plan_is_due(((struct learning *)ctx)->plan, row, column);
}

static bool learned_is_known(void *ctx, size_t row, size_t column)
{
    return plan_is_known(((struct learning *)ctx)->plan, row, column);
}

static uint64_t learned_used_today(void *ctx, size_t column)
{
    return ((struct learning *)ctx)->plan->lists[column].used;
}

static size_t learned_start_row(void *ctx, size_t column)
{
    return ((struct learning *)ctx)->plan->lists[column].start_row;
}

static uint32_t learned_note_ttl(void *ctx, size_t column, unsigned family, uint32_t ttl)
{
    struct learning *l = ctx;
    const struct run_list *list = &l->lists->items[column];
    const struct snapshot_list *before = snapshot_list(l->snapshot, list->source, list->list);
    uint32_t *now = &l->out->ttl[column][family == 6];
    uint32_t then = before ? before->ttl[family == 6] : 0;
    if (ttl > *now)
        *now = ttl;
    return *now > then ? *now : then;
}

static const struct belief *learned_belief(const struct learning *l, size_t row, size_t column)
{
    const struct column *c = results_column_const(l->session->results, column);
    uint32_t target = l->inventory->items[row].id;
    return stored_beliefs_find(&l->snapshot->beliefs, target, c->source, c->list);
}

static bool learned_is_believed(void *ctx, size_t row, size_t column)
{
    const struct learning *l = ctx;
    const struct belief *b = learned_belief(l, row, column);
    bool told = b && (b->opened || b->flapping_since || b->lapsed);
    return told || (b && b->pending) || judge_is_finding(l->judge, column, b);
}

static bool learned_is_news(void *ctx, size_t row, size_t column, const char *answers)
{
    struct learning *l = ctx;
    const struct column *c = results_column_const(l->session->results, column);
    const struct belief *b = learned_belief(l, row, column);
    struct cell_proof p = {.proven = b ? l->now : 0};
    return judge_is_news(l->judge, c, column, b, &p, answers);
}

static const char *learned_fact_get(void *ctx, const char *key)
{
    struct learning *l = ctx;
    const struct fact *edit = facts_edit(&l->out->facts, key);
    return edit ? edit->value : snapshot_fact(l->snapshot, key);
}

static void learned_fact_set(void *ctx, const char *key, const char *value)
{
    facts_set(&((struct learning *)ctx)->out->facts, key, value);
}

static void learned_number_add(void *ctx, size_t column, const struct source_number *number)
{
    struct learned *out = ((struct learning *)ctx)->out;
    if (out->number_count == out->number_cap) {
        out->number_cap = out->number_cap ? out->number_cap * 2 : 64;
        out->numbers = mem_grow(out->numbers, out->number_cap, sizeof *out->numbers);
    }
    struct learned_number *n = &out->numbers[out->number_count++];
    *n = (struct learned_number){column, *number};
    n->n.complaint_text = mem_dup(number->complaint_text);
    n->n.colour = mem_dup(number->colour);
    n->n.raw = mem_dup(number->raw);
}

static size_t learned_numbers_known(void *ctx, size_t column, const struct ip *ip,
                                    struct source_known *out, size_t max)
{
    struct learning *l = ctx;
    const struct run_list *list = &l->lists->items[column];
    size_t count = 0;
    const struct stored_sample *known =
        stored_samples_of(&l->snapshot->samples, list->source, list->list, ip, &count);
    if (count > max)
        count = max;
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct source_known){.day = known[i].day, .complaint = known[i].complaint};
        memcpy(out[i].colour, known[i].colour, sizeof out[i].colour);
    }
    return count;
}

struct source_env learned_hooks(struct learning *l)
{
    return (struct source_env){.now = l->now,
                               .is_news = learned_is_news,
                               .start_row = learned_start_row,
                               .is_due = learned_is_due,
                               .is_known = learned_is_known,
                               .is_believed = learned_is_believed,
                               .used_today = learned_used_today,
                               .note_ttl = learned_note_ttl,
                               .fact_get = learned_fact_get,
                               .fact_set = learned_fact_set,
                               .number_add = learned_number_add,
                               .numbers_known = learned_numbers_known,
                               .ctx = l};
}

void learned_init(struct learned *l, size_t columns)
{
    *l = (struct learned){.ttl = mem_array(columns, sizeof *l->ttl)};
}

void learned_fini(struct learned *l)
{
    facts_fini(&l->facts);
    for (size_t i = 0; i < l->number_count; i++) {
        struct source_number *n = &l->numbers[i].n;
        free((char *)n->complaint_text);
        free((char *)n->colour);
        free((char *)n->raw);
    }
    free(l->numbers);
    free(l->ttl);
    *l = (struct learned){0};
}
