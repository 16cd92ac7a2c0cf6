/* SPDX-License-Identifier: ISC */
/*
 * What sources keep over runs, between the probe and the state: facts and SNDS numbers are read
 * from the state at once, and written with the run, so that they are durable together with what
 * was judged from them, or not at all.
 */
#include "run_state.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

#define FACT_MAX 4096

struct fact {
    char *key, *value; /* owned; value NULL: removed */
};

struct number {
    size_t column;
    struct source_number n; /* its strings owned */
};

struct run_memory {
    struct fact *facts; /* owned */
    size_t fact_count, fact_cap;
    struct number *numbers; /* owned */
    size_t number_count, number_cap;
    struct buf value;   /* of the last fact_get */
    struct error error; /* of a read; told when the run is saved */
};

static struct fact *find(struct run_memory *m, const char *key)
{
    for (size_t i = m->fact_count; i > 0; i--) {
        if (strcmp(m->facts[i - 1].key, key) == 0)
            return &m->facts[i - 1];
    }
    return NULL;
}

static const char *fact_get(void *ctx, const char *key)
{
    struct run *r = ctx;
    struct run_memory *m = r->memory;
    bool found = false;
    const struct fact *f = find(m, key);
    if (f)
        return f->value;
    if (!store_meta_get(r->store, key, &m->value, &found, &m->error) || !found)
        return NULL;
    return buf_text(&m->value);
}

static void fact_set(void *ctx, const char *key, const char *value)
{
    struct run_memory *m = ((struct run *)ctx)->memory;
    char *copy = value ? mem_dup(value) : NULL; /* it may be what fact_get() gave */
    struct fact *f = find(m, key);
    if (!f) {
        if (m->fact_count == m->fact_cap) {
            m->fact_cap = m->fact_cap ? m->fact_cap * 2 : 32;
            m->facts = mem_grow(m->facts, m->fact_cap, sizeof *m->facts);
        }
        f = &m->facts[m->fact_count++];
        *f = (struct fact){mem_dup(key), NULL};
    }
    free(f->value);
    f->value = copy;
}

static void number_add(void *ctx, size_t column, const struct source_number *number)
{
    struct run_memory *m = ((struct run *)ctx)->memory;
    if (m->number_count == m->number_cap) {
        m->number_cap = m->number_cap ? m->number_cap * 2 : 64;
        m->numbers = mem_grow(m->numbers, m->number_cap, sizeof *m->numbers);
    }
    struct number *n = &m->numbers[m->number_count++];
    *n = (struct number){column, *number};
    n->n.complaint_text = mem_dup(number->complaint_text);
    n->n.colour = mem_dup(number->colour);
    n->n.raw = mem_dup(number->raw);
}

static size_t numbers_known(void *ctx, size_t column, const struct ip *ip, struct source_known *out,
                            size_t max)
{
    struct run *r = ctx;
    const struct cidr one = {*ip, (uint8_t)ip_bits(ip)};
    const struct history_query query = {.targets = &one,
                                        .target_count = 1,
                                        .list = grid_column_const(r->ask.grid, column)->list,
                                        .source = grid_column_const(r->ask.grid, column)->source,
                                        .limit = max};
    struct numbers_iter *it = store_numbers(r->store, &query, &r->memory->error);
    struct stored_numbers row;
    size_t n = 0;
    while (it && n < max && numbers_next(it, &row, &r->memory->error)) {
        out[n] = (struct source_known){.day = row.day, .complaint = row.complaint};
        size_t len = strnlen(row.colour, sizeof out[n].colour - 1);
        memcpy(out[n].colour, row.colour, len);
        n++;
    }
    numbers_free(it);
    return n;
}

void run_memory_hooks(struct run *r, struct source_env *env)
{
    if (!r->memory) {
        r->memory = mem_alloc(sizeof *r->memory);
        buf_init(&r->memory->value, FACT_MAX);
    }
    env->fact_get = fact_get;
    env->fact_set = fact_set;
    env->number_add = number_add;
    env->numbers_known = numbers_known;
}

static bool save_number(struct run *r, const struct number *n, struct error *err)
{
    const struct stored_numbers row = {.source = grid_column_const(r->ask.grid, n->column)->source,
                                       .list = grid_column_const(r->ask.grid, n->column)->list,
                                       .ip = n->n.ip,
                                       .day = n->n.day,
                                       .recipients = n->n.recipients,
                                       .data = n->n.data,
                                       .messages = n->n.messages,
                                       .traps = n->n.traps,
                                       .complaint = n->n.complaint,
                                       .complaint_text = n->n.complaint_text,
                                       .colour = n->n.colour,
                                       .raw = n->n.raw,
                                       .seen = r->now};
    return store_numbers_add(r->store, &row, NULL, err);
}

bool run_memory_save(struct run *r, struct error *err)
{
    struct run_memory *m = r->memory;
    if (!m)
        return true;
    if (m->error.class != ERR_NONE) {
        *err = m->error;
        return false;
    }
    bool ok = true;
    for (size_t i = 0; ok && i < m->fact_count; i++)
        ok = store_meta_set(r->store, m->facts[i].key, m->facts[i].value, err);
    for (size_t i = 0; ok && i < m->number_count; i++)
        ok = save_number(r, &m->numbers[i], err);
    return ok;
}

void run_memory_fini(struct run *r)
{
    struct run_memory *m = r->memory;
    if (!m)
        return;
    for (size_t i = 0; i < m->fact_count; i++) {
        free(m->facts[i].key);
        free(m->facts[i].value);
    }
    for (size_t i = 0; i < m->number_count; i++) {
        struct source_number *n = &m->numbers[i].n;
        free((char *)n->complaint_text);
        free((char *)n->colour);
        free((char *)n->raw);
    }
    free(m->facts);
    free(m->numbers);
    buf_fini(&m->value);
    free(m);
    r->memory = NULL;
}
