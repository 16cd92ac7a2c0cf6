/* SPDX-License-Identifier: ISC */
#include "repmon/saved.h"
#include "run_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void run_add_change(struct run *r, const struct change *c)
{
    if (r->change_count == r->change_cap) {
        r->change_cap = r->change_cap ? r->change_cap * 2 : 64;
        r->changes = mem_grow(r->changes, r->change_cap, sizeof *r->changes);
    }
    r->changes[r->change_count++] = *c;
}

/* ---- cells ---- */

/* The beliefs of one list come sorted by target; the inventory is not. */
static const struct belief *find_belief(const struct belief *beliefs, size_t count, uint32_t id)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (beliefs[middle].target < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && beliefs[low].target == id ? &beliefs[low] : NULL;
}

static bool save_belief(struct run *r, const struct judgement *j, struct error *err)
{
    const struct belief *b = &j->belief;
    return j->keep ? store_belief_save(r->store, b, err)
                   : store_belief_delete(r->store, b->target, b->source, b->list, err);
}

static bool judge_column(struct run *r, size_t column, proof_cell *cells, struct list_count *count,
                         struct error *err)
{
    size_t belief_count = 0;
    size_t rows = r->watch.targets.rows;
    const struct column *health = grid_column_const(r->ask.grid, column);
    const struct belief *beliefs =
        stored_beliefs_of_list(&r->beliefs, health->source, health->list, &belief_count);
    int64_t every_s = ask_every_s(&r->ask, column);
    struct judge_cell in = {
        .column = column, .health = health, .holds = ask_valid_for_s(&r->ask, column)};
    struct judgement out;
    bool rests = false;
    if (!store_proof_load(r->store, health->source, health->list, cells, rows, err))
        return false;
    for (size_t row = 0; row < r->watch.inventory.count; row++) {
        const struct target *t = &r->watch.inventory.items[row];
        if (watch_leaves(&r->watch, row))
            continue;
        in.target = t->id;
        in.ip = t->ip;
        in.prefix = t->prefix;
        in.label = inventory_label(&r->watch.inventory, t);
        in.belief = belief_count ? find_belief(beliefs, belief_count, t->id) : NULL;
        in.proof = proof_unpack(cells[t->id]);
        bool due = run_row_due(r, row, column);
        rests |= !due && health->health != HEALTH_OFF;
        in.asked = due && grid_counts(r->ask.grid, row, column);
        if (in.asked) {
            in.outcome = grid_effective(r->ask.grid, row, column);
            in.detail = grid_detail(r->ask.grid, row, column);
            in.times = grid_times(r->ask.grid, row, column);
        }
        judge_cell(&r->judge, &in, &out);
        /* A list that refuses half-way begins with the rest next time; an interval binds all. */
        if (in.asked && every_s == 0 && grid_get(r->ask.grid, row, column) == 0)
            out.proof.asked = in.proof.asked;
        cells[t->id] = proof_pack(&out.proof);
        judge_count(&r->judge, &in, &out, every_s, count);
        if (out.write && !save_belief(r, &out, err))
            return false;
        if (out.said)
            run_add_change(r, &out.change);
        r->row.proven += in.asked && in.outcome.cause == CAUSE_NONE;
    }
    r->row.asked += health->asked;
    r->resting += rests;
    return store_proof_save(r->store, health->source, health->list, cells, rows, err);
}

/* ---- what left the inventory or the configuration ---- */

static bool retire_rows(struct run *r, struct error *err)
{
    for (size_t i = 0; i < r->beliefs.count; i++) {
        const struct belief *b = &r->beliefs.items[i];
        size_t column = ask_find(&r->ask, b->source, b->list);
        const struct stored_target *t = stored_targets_by_id(&r->watch.targets, b->target);
        struct change change;
        if (t && !t->retire && column != ASK_NO_COLUMN)
            continue;
        struct ip ip = t ? t->ip : (struct ip){0};
        if (judge_retire(&r->judge, b, column, &ip, t ? t->prefix : 0, t ? t->label : "", &change))
            run_add_change(r, &change);
        if (!store_belief_delete(r->store, b->target, b->source, b->list, err))
            return false;
    }
    return true;
}

static void retire_lists(struct run *r)
{
    for (size_t i = 0; i < r->list_beliefs.count; i++) {
        const struct list_belief *b = &r->list_beliefs.items[i];
        struct change change;
        if (ask_find(&r->ask, b->source, b->list) == ASK_NO_COLUMN && judge_list_retire(b, &change))
            run_add_change(r, &change);
    }
}

static bool forget_lists(struct run *r, struct error *err)
{
    retire_lists(r);
    struct stored_list *lists = NULL;
    size_t count = 0;
    bool ok = store_lists(r->store, &lists, &count, err);
    for (size_t i = 0; ok && i < count; i++) {
        if (ask_find(&r->ask, lists[i].source, lists[i].list) == ASK_NO_COLUMN)
            ok = store_list_forget(r->store, lists[i].source, lists[i].list, err);
    }
    stored_lists_free(lists, count);
    return ok;
}

/* ---- lists ---- */

static const struct list_belief *find_list_belief(const struct run *r, const struct column *c)
{
    for (size_t i = 0; i < r->list_beliefs.count; i++) {
        const struct list_belief *b = &r->list_beliefs.items[i];
        if (source_equal(b->source, c->source) && strcmp(b->list, c->list) == 0)
            return b;
    }
    return NULL;
}

/* For `status` and the metrics, which open no source. */
static bool save_expiry(struct run *r, const struct column *c, time_t expires, struct error *err)
{
    char key[512], value[32];
    if (!expires)
        return true;
    saved_expiry_key(c->source, c->list, key, sizeof key);
    snprintf(value, sizeof value, "%lld", (long long)expires);
    return store_meta_set(r->store, key, value, err);
}

/* Who was told that no list can be asked, by lists that the configuration has no more. */
static struct told told_of_lists_that_left(const struct run *r)
{
    struct told told = {0};
    for (size_t i = 0; i < r->list_beliefs.count; i++) {
        const struct list_belief *b = &r->list_beliefs.items[i];
        if (b->blind_whole && ask_find(&r->ask, b->source, b->list) == ASK_NO_COLUMN)
            told_join(&told, &b->blind_told);
    }
    return told;
}

static bool judge_lists(struct run *r, const struct list_count *counts, struct error *err)
{
    struct change all;
    uint32_t answering = 0, due = 0;
    for (size_t j = 0; j < r->ask.column_count; j++) {
        answering += counts[j].proved + counts[j].empty > 0;
        due += counts[j].due > 0;
    }
    /* A list or two that fail while the others rest are no reason to call the whole run blind. */
    r->nothing =
        !r->cut_short && answering == 0 && due > 0 && (r->resting == 0 || due > r->resting);
    r->completed = !r->nothing && (!r->cut_short || answering > 0);
    for (size_t j = 0; j < r->ask.column_count; j++) {
        size_t local;
        const struct ask_part *part = ask_part_of(&r->ask, j, &local);
        struct judge_list_in in = {.health = grid_column_const(r->ask.grid, j),
                                   .belief = find_list_belief(r, grid_column_const(r->ask.grid, j)),
                                   .count = counts[j]};
        if (part->source->expires)
            in.expires = part->source->expires(part->state, local, &in.expires_soon);
        if (!save_expiry(r, in.health, in.expires, err))
            return false;
        if (in.health->health == HEALTH_OFF)
            in.count = (struct list_count){0};
        judge_list(&r->judge, &in, r->nothing, &r->list_judgements[j]);
    }
    struct told left = told_of_lists_that_left(r);
    if (judge_all_lists(&r->judge, r->list_judgements, r->ask.column_count, &left, &all))
        run_add_change(r, &all);
    for (size_t j = 0; j < r->ask.column_count; j++) {
        const struct list_judgement *l = &r->list_judgements[j];
        for (size_t i = 0; i < l->change_count; i++)
            run_add_change(r, &l->changes[i]);
        if (l->write && !store_list_belief_save(r->store, &l->belief, err))
            return false;
    }
    return true;
}

static bool save_health(struct run *r, const struct list_count *counts, struct error *err)
{
    int32_t day = (int32_t)(r->now / 86400);
    static const char *const points[2] = {"4+", "6+"};
    for (size_t j = 0; j < r->ask.column_count; j++) {
        const struct column *c = grid_column_const(r->ask.grid, j);
        if (!c->due)
            continue;
        struct stored_health health = {.source = c->source,
                                       .list = c->list,
                                       .severity = c->severity,
                                       .kind = c->kind,
                                       .health = c->health,
                                       .cause = c->cause,
                                       .note = c->note ? c->note : "",
                                       .proven = c->proven,
                                       .asked = r->now,
                                       .due = counts[j].due,
                                       .proved = counts[j].proved};
        bool opinion = !r->cut_short || c->health == HEALTH_OK;
        if ((opinion && !store_health_save(r->store, &health, err)) ||
            (c->asked && !store_budget_add(r->store, c->source, c->list, day, c->asked, err)))
            return false;
        for (size_t f = 0; f < 2; f++) {
            uint32_t ttl = r->schedules[j].ttl[f].now;
            if (ttl && !store_ttl_raise(r->store, c->source, c->list, points[f], day, ttl, err))
                return false;
        }
    }
    return true;
}

bool run_judge(struct run *r, struct error *err)
{
    size_t columns = r->ask.column_count;
    proof_cell *cells = mem_array(r->watch.targets.rows, sizeof *cells);
    struct list_count *counts = mem_array(columns, sizeof *counts);
    r->list_judgements = mem_array(columns, sizeof *r->list_judgements);
    bool ok = store_targets_save(r->store, &r->watch.targets, err); /* rows refer to them */
    for (size_t j = 0; ok && j < columns; j++)
        ok = judge_column(r, j, cells, &counts[j], err);
    ok = ok && retire_rows(r, err);
    if (ok)
        run_names_changes(r);
    ok = ok && judge_lists(r, counts, err) && save_health(r, counts, err) &&
         forget_lists(r, err) && store_origins_save(r->store, &r->watch.origins, err) &&
         run_names_save(r, err) && run_remind(r, err);
    free(cells);
    free(counts);
    return ok;
}
