/* SPDX-License-Identifier: ISC */
#include "run_state.h"

#include "repmon/clock.h"

#include <stdlib.h>
#include <string.h>

#define DAY_S 86400

/* A cron job is never on the second: what is due within a tenth of its interval is due now. */
static bool is_due(const struct cell_proof *p, int64_t every_s, time_t now)
{
    int64_t early = every_s / 10 < 300 ? every_s / 10 : 300;
    return p->asked == 0 || p->asked > now || now - p->asked >= every_s - early;
}

static bool schedule_column(struct run *r, size_t column, proof_cell *cells, struct error *err)
{
    struct schedule *s = &r->schedules[column];
    size_t local, rows = r->watch.targets.rows;
    const struct source *source = ask_part_of(&r->ask, column, &local)->source;
    const char *kind = source->word;
    const char *list = ask_list(&r->ask, column);
    int32_t day = (int32_t)(r->now / DAY_S);
    int64_t every_s = ask_every_s(&r->ask, column);
    time_t oldest = 0;
    if (!store_proof_load(r->store, kind, list, cells, rows, err) ||
        !store_ttl_get(r->store, kind, list, "4+", day, &s->ttl[0].before, err) ||
        !store_ttl_get(r->store, kind, list, "6+", day, &s->ttl[1].before, err))
        return false;
    if (every_s > 0 && !r->options->all)
        s->due = mem_alloc(r->watch.inventory.count / 8 + 1);
    if (source->counts_days && !store_budget_get(r->store, kind, list, day, &s->asked, err))
        return false;
    if (source->wants_known)
        s->known = mem_alloc(r->watch.inventory.count / 8 + 1);
    s->is_new = true;
    s->rests = s->due != NULL;
    for (size_t row = 0; row < r->watch.inventory.count; row++) {
        struct cell_proof p = proof_unpack(cells[r->watch.inventory.items[row].id]);
        if (row == 0 || p.asked < oldest) {
            oldest = p.asked;
            s->start_row = row;
        }
        s->is_new &= p.proven == 0;
        if (s->known && p.proven)
            s->known[row / 8] |= (uint8_t)(1u << row % 8);
        if (s->due && is_due(&p, every_s, r->now)) {
            s->due[row / 8] |= (uint8_t)(1u << row % 8);
            s->rests = false;
        }
    }
    return true;
}

bool run_row_due(const struct run *r, size_t row, size_t column)
{
    const struct schedule *s = &r->schedules[column];
    return !s->due || (s->due[row / 8] & 1u << row % 8);
}

static bool hook_due(void *ctx, size_t row, size_t column)
{
    return run_row_due(ctx, row, column);
}

static bool hook_known(void *ctx, size_t row, size_t column)
{
    const struct schedule *s = &((struct run *)ctx)->schedules[column];
    return s->known && s->known[row / 8] & 1u << row % 8;
}

static uint64_t hook_used(void *ctx, size_t column)
{
    return ((struct run *)ctx)->schedules[column].asked;
}

static size_t hook_start(void *ctx, size_t column)
{
    return ((struct run *)ctx)->schedules[column].start_row;
}

static uint32_t hook_ttl(void *ctx, size_t column, unsigned family, uint32_t ttl)
{
    struct ttl_point *p = &((struct run *)ctx)->schedules[column].ttl[family == 6];
    if (ttl > p->now)
        p->now = ttl;
    return p->now > p->before ? p->now : p->before;
}

static bool hook_news(void *ctx, size_t row, size_t column, const char *answers)
{
    struct run *r = ctx;
    const struct column *c = grid_column_const(r->ask.grid, column);
    const struct target *t = &r->watch.inventory.items[row];
    const struct belief *b = stored_beliefs_find(&r->beliefs, t->id, c->source, c->list);
    struct cell_proof p = {.proven = b ? r->now : 0};
    return judge_is_news(&r->judge, c, column, b, &p, answers);
}

struct source_env run_hooks(struct run *r)
{
    struct source_env env = {.now = r->now,
                             .is_news = hook_news,
                             .start_row = hook_start,
                             .is_due = hook_due,
                             .is_known = hook_known,
                             .used_today = hook_used,
                             .note_ttl = hook_ttl,
                             .ctx = r};
    run_memory_hooks(r, &env);
    return env;
}

bool run_schedule(struct run *r, struct error *err)
{
    r->schedules = mem_array(r->ask.column_count, sizeof *r->schedules);
    proof_cell *cells = mem_array(r->watch.targets.rows, sizeof *cells);
    bool ok = true;
    for (size_t j = 0; ok && j < r->ask.column_count; j++)
        ok = schedule_column(r, j, cells, err);
    free(cells);
    return ok;
}

/* What is known of the health of a list that rests stays as it was. */
void run_mark_resting(struct run *r)
{
    for (size_t j = 0; j < r->ask.column_count; j++)
        grid_column(r->ask.grid, j)->due = !r->schedules[j].rests;
}

void run_schedule_fini(struct run *r)
{
    for (size_t j = 0; r->schedules && j < r->ask.column_count; j++) {
        free(r->schedules[j].due);
        free(r->schedules[j].known);
    }
    free(r->schedules);
}
