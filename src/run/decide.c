/* SPDX-License-Identifier: ISC */
#include "decide.h"

#include "repmon/buf.h"
#include "repmon/common_cause.h"

#include <stdlib.h>
#include <string.h>

/* ---- growing ---- */

void decide_add(struct decision *d, const struct change *c)
{
    if (d->change_count == d->change_cap) {
        d->change_cap = d->change_cap ? d->change_cap * 2 : 64;
        d->changes = mem_grow(d->changes, d->change_cap, sizeof *d->changes);
    }
    d->changes[d->change_count++] = *c;
}

static void decide_add_belief(struct decision *d, const struct belief *b, bool write)
{
    if (d->belief_count == d->belief_cap) {
        d->belief_cap = d->belief_cap ? d->belief_cap * 2 : 64;
        d->beliefs = mem_grow(d->beliefs, d->belief_cap, sizeof *d->beliefs);
    }
    d->beliefs[d->belief_count++] = (struct decide_belief){*b, write};
}

static void decide_add_gone(struct decision *d, const struct belief *b)
{
    if (d->gone_count == d->gone_cap) {
        d->gone_cap = d->gone_cap ? d->gone_cap * 2 : 64;
        d->gone = mem_grow(d->gone, d->gone_cap, sizeof *d->gone);
    }
    d->gone[d->gone_count++] = (struct decide_key){b->target, b->source, b->list};
}

/* ---- cells ---- */

/* One list being judged. */
struct column_work {
    const struct decide_in *in;
    struct decision *d;
    size_t column;
    const struct run_list *list;
    const struct belief *beliefs; /* of the list, sorted by target */
    size_t belief_count;
    uint8_t *seen; /* a bit per belief of the snapshot: it was judged */
    size_t rows;   /* that the list is about */
    bool rests;
};

static int decide_by_target(const void *key, const void *item)
{
    uint32_t id = *(const uint32_t *)key;
    const struct belief *b = item;
    return (id > b->target) - (id < b->target);
}

/* The beliefs of one list come sorted by target; the inventory is not. */
static const struct belief *decide_find_belief(const struct column_work *w, uint32_t id)
{
    if (w->belief_count == 0)
        return NULL;
    return bsearch(&id, w->beliefs, w->belief_count, sizeof *w->beliefs, decide_by_target);
}

static struct judge_cell decide_cell_of(const struct column_work *w, size_t row, proof_cell proof)
{
    const struct decide_in *in = w->in;
    const struct target *t = &in->watch->inventory.items[row];
    struct judge_cell cell = {.column = w->column,
                              .health = results_column_const(in->results, w->column),
                              .holds = w->list->holds_s,
                              .target = t->id,
                              .ip = t->ip,
                              .prefix = t->prefix,
                              .label = inventory_label(&in->watch->inventory, t),
                              .belief = decide_find_belief(w, t->id),
                              .proof = proof_unpack(proof)};
    cell.asked =
        plan_is_due(in->plan, row, w->column) && results_counts(in->results, row, w->column);
    if (cell.asked) {
        cell.outcome = results_effective(in->results, row, w->column);
        cell.detail = results_detail(in->results, row, w->column);
        cell.times = results_times(in->results, row, w->column);
    }
    return cell;
}

static void decide_take_belief(struct column_work *w, const struct judge_cell *cell,
                               const struct judgement *out)
{
    if (cell->belief) {
        size_t i = (size_t)(cell->belief - w->in->snapshot->beliefs.items);
        w->seen[i / 8] |= (uint8_t)(1u << i % 8);
    }
    if (!out->write && cell->belief)
        decide_add_belief(w->d, cell->belief, false);
    else if (out->write && out->keep)
        decide_add_belief(w->d, &out->belief, true);
    else if (out->write)
        decide_add_gone(w->d, &out->belief);
}

static void decide_judge_row(struct column_work *w, size_t row, proof_cell *proof)
{
    struct decision *d = w->d;
    struct judgement out;
    struct judge_cell cell = decide_cell_of(w, row, *proof);
    bool due = plan_is_due(w->in->plan, row, w->column);
    if (!due && cell.health->health != HEALTH_OFF)
        w->rests = true;
    judge_cell(&d->judge, &cell, &out);
    /* A list that refuses half-way begins with the rest next time; an interval binds all cells. */
    if (cell.asked && w->list->every_s == 0 && results_get(w->in->results, row, w->column) == 0)
        out.proof.asked = cell.proof.asked;
    *proof = proof_pack(&out.proof);
    judge_count(&d->judge, &cell, &out, w->list->every_s, &d->counts[w->column]);
    decide_take_belief(w, &cell, &out);
    if (out.said && out.change.kind == CHANGE_BASELINE && !w->list->all)
        out.change.unsaid = w->in->watch->inventory.items[row].flags & TARGET_JOINED;
    if (out.said)
        decide_add(d, &out.change);
    if (cell.asked && cell.outcome.cause == CAUSE_NONE)
        d->proven++;
}

/* Their ids are reused, or another shard asks: what gets the id next was never asked about. */
static void decide_clear_gone(const struct column_work *w, proof_cell *cells)
{
    const struct resolved *watch = w->in->watch;
    const struct inventory *inventory = &watch->inventory;
    for (size_t i = 0; i < watch->targets.count; i++) {
        if (watch->targets.items[i].retire)
            cells[watch->targets.items[i].id] = 0;
    }
    for (size_t row = w->rows; row < inventory->count + inventory->others; row++)
        cells[inventory->items[row].id] = 0;
}

static void decide_judge_column(struct column_work *w, proof_cell *cells)
{
    const struct decide_in *in = w->in;
    size_t rows = in->watch->targets.rows;
    w->list = &in->lists->items[w->column];
    w->rests = false;
    w->beliefs = stored_beliefs_of_list(&in->snapshot->beliefs, w->list->source, w->list->list,
                                        &w->belief_count);
    const struct snapshot_list *before =
        snapshot_list(in->snapshot, w->list->source, w->list->list);
    if (before)
        proofs_unpack(&before->proofs, cells, rows);
    else
        memset(cells, 0, rows * sizeof *cells);
    w->rows = in->plan->lists[w->column].rows;
    decide_clear_gone(w, cells);
    for (size_t row = 0; row < w->rows; row++) {
        if (!resolve_leaves(in->watch, row))
            decide_judge_row(w, row, &cells[in->watch->inventory.items[row].id]);
    }
    proofs_pack(&w->d->proofs[w->column], cells, rows);
    w->d->asked += results_column_const(in->results, w->column)->asked;
    if (w->rests)
        w->d->resting++;
}

/* ---- what left the inventory or the configuration ---- */

/* Another shard now has the target, or the whole source: nothing ends here, and that shard reports
 * the rest. */
static bool decide_is_elsewhere(const struct decide_in *in, const struct belief *b)
{
    const struct stored_target *t = stored_targets_by_id(&in->watch->targets, b->target);
    const struct run_source *source = run_lists_source(in->lists, b->source);
    if (source && source->all)
        return source->elsewhere;
    return t && !shard_has(&in->shard, &t->ip, t->prefix);
}

static void decide_retire(const struct decide_in *in, struct decision *d, const struct belief *b)
{
    size_t column = run_lists_find(in->lists, b->source, b->list);
    const struct stored_target *t = stored_targets_by_id(&in->watch->targets, b->target);
    struct change change;
    if (!decide_is_elsewhere(in, b) && judge_retire(&d->judge, b, column, t, &change))
        decide_add(d, &change);
    decide_add_gone(d, b);
}

static bool decide_is_watched(const struct decide_in *in, const struct belief *b)
{
    const struct stored_target *t = stored_targets_by_id(&in->watch->targets, b->target);
    if (!t || t->retire || decide_is_elsewhere(in, b))
        return false;
    return run_lists_find(in->lists, b->source, b->list) != RUN_NO_LIST;
}

static void decide_retire_rows(const struct decide_in *in, struct decision *d, const uint8_t *seen)
{
    const struct stored_beliefs *before = &in->snapshot->beliefs;
    for (size_t i = 0; i < before->count; i++) {
        if (seen[i / 8] & 1u << i % 8)
            continue;
        if (decide_is_watched(in, &before->items[i]))
            decide_add_belief(d, &before->items[i], false);
        else
            decide_retire(in, d, &before->items[i]);
    }
}

static int decide_by_key(const void *a, const void *b)
{
    const struct belief *x = &((const struct decide_belief *)a)->belief;
    const struct belief *y = &((const struct decide_belief *)b)->belief;
    int order = strcmp(x->source, y->source);
    if (order == 0)
        order = strcmp(x->list, y->list);
    return order ? order : (x->target > y->target) - (x->target < y->target);
}

/* ---- the whole ---- */

static void decide_judge_cells(const struct decide_in *in, struct decision *d)
{
    proof_cell *cells = mem_array(in->watch->targets.rows, sizeof *cells);
    struct column_work w = {.in = in, .d = d};
    w.seen = mem_alloc(in->snapshot->beliefs.count / 8 + 1);
    for (w.column = 0; w.column < in->lists->count; w.column++)
        decide_judge_column(&w, cells);
    decide_retire_rows(in, d, w.seen);
    if (d->belief_count)
        qsort(d->beliefs, d->belief_count, sizeof *d->beliefs, decide_by_key);
    free(w.seen);
    free(cells);
}

static void decide_give_bits(const struct decide_in *in, struct decision *d)
{
    d->bits = mem_array(in->channel_count, sizeof *d->bits);
    d->all_bits =
        channel_bits_give(&in->snapshot->listeners, in->channels, in->channel_count, d->bits);
    for (size_t i = 0; i < d->change_count; i++) {
        struct told *told = &d->changes[i].told;
        told->channels = channel_bits_now(&d->all_bits, told->channels);
    }
}

/* ---- the first look ---- */

/* A run that proved nothing is reported, but the first look is the first to prove something. */
static bool decide_is_first_look(const struct decide_in *in, const struct decision *d)
{
    if (!in->snapshot->first_ever || !d->completed)
        return false;
    return d->proven > 0 || !in->snapshot->looked;
}

/* Where nothing was proven: the cause of the first list that has one. */
static enum cause decide_why_nothing(const struct decide_in *in)
{
    enum cause why = CAUSE_NOT_APPLICABLE;
    for (size_t j = 0; j < in->lists->count && why == CAUSE_NOT_APPLICABLE; j++)
        why = results_commonest_cause(in->results, j);
    return why;
}

/* Why no DNS list proved anything though something else did, such as a delivery in a log.
 * CAUSE_NONE: one did. */
static enum cause decide_why_no_list(const struct decide_in *in, const struct decision *d)
{
    struct common_cause common = {0};
    enum cause first = CAUSE_NONE;
    for (size_t j = 0; j < in->lists->count; j++) {
        const struct column *c = results_column_const(in->results, j);
        if (!c->dns_list || !c->due)
            continue;
        if (d->counts[j].proved)
            return CAUSE_NONE;
        if (c->health == HEALTH_OK || c->health == HEALTH_OFF)
            continue;
        common_cause_add(&common, c->cause);
        if (first == CAUSE_NONE)
            first = c->cause;
    }
    enum cause most = common_cause(&common);
    return most == CAUSE_NONE ? first : most;
}

static void decide_keep_shard(const struct decide_in *in, struct decision *d)
{
    const char *before = snapshot_fact(in->snapshot, SNAPSHOT_SHARD);
    char text[SHARD_TEXT];
    shard_format(&in->shard, text);
    if (strcmp(before ? before : "", text) != 0)
        facts_set(&d->facts, SNAPSHOT_SHARD, *text ? text : NULL);
}

struct decision decide(const struct decide_in *in)
{
    struct decision d = {0};
    size_t columns = in->lists->count;
    judge_init(&d.judge, &in->conf, &in->ops, in->now, in->in_doubt);
    d.judge.cut_short = in->cut_short;
    d.judge.whole = in->whole;
    d.proof_count = columns;
    d.proofs = mem_array(columns, sizeof *d.proofs);
    d.counts = mem_array(columns, sizeof *d.counts);
    d.lists = mem_array(columns, sizeof *d.lists);
    decide_judge_cells(in, &d);
    decide_names(in, &d);
    decide_lists(in, &d);
    decide_said(in, &d);
    decide_remind(in, &d);
    decide_keep_shard(in, &d);
    d.first_look = decide_is_first_look(in, &d);
    if (d.first_look) {
        enum cause why = d.proven ? decide_why_no_list(in, &d) : decide_why_nothing(in);
        struct change first =
            judge_first_run(&d.judge, (uint32_t)in->watch->inventory.count, d.proven, why);
        decide_add(&d, &first);
    }
    decide_give_bits(in, &d);
    return d;
}

void decision_fini(struct decision *d)
{
    for (size_t j = 0; d->proofs && j < d->proof_count; j++)
        proofs_fini(&d->proofs[j]);
    text_free(d->texts);
    free(d->proofs);
    free(d->counts);
    free(d->lists);
    free(d->changes);
    free(d->beliefs);
    free(d->gone);
    free(d->forgotten);
    free(d->bits);
    facts_fini(&d->facts);
    judge_fini(&d->judge);
    *d = (struct decision){0};
}

/* ---- what the changes name ---- */

static int decide_by_changed_target(const void *a, const void *b)
{
    const struct change *x = *(const struct change *const *)a;
    const struct change *y = *(const struct change *const *)b;
    return (x->target > y->target) - (x->target < y->target);
}

static int decide_by_changed_cell(const void *a, const void *b)
{
    const struct change *x = *(const struct change *const *)a;
    const struct change *y = *(const struct change *const *)b;
    int order = decide_by_changed_target(a, b);
    if (order == 0)
        order = strcmp(x->source, y->source);
    return order ? order : strcmp(x->list, y->list);
}

struct decide_named decide_named(const struct decision *d)
{
    struct decide_named n = {.items = mem_array(d->change_count, sizeof *n.items)};
    for (size_t i = 0; i < d->change_count; i++) {
        if (!d->changes[i].of_list && !d->changes[i].unsaid)
            n.items[n.count++] = &d->changes[i];
    }
    if (n.count)
        qsort(n.items, n.count, sizeof *n.items, decide_by_changed_cell);
    return n;
}

static bool decide_has(const struct decide_named *n, const struct belief *b,
                       int (*order)(const void *, const void *))
{
    const struct change wanted = {.target = b->target, .source = b->source, .list = b->list};
    const struct change *key = &wanted;
    return n->count && bsearch(&key, n->items, n->count, sizeof key, order);
}

bool decide_names_cell(const struct decide_named *n, const struct belief *b)
{
    return decide_has(n, b, decide_by_changed_cell);
}

bool decide_names_target(const struct decide_named *n, const struct belief *b)
{
    return decide_has(n, b, decide_by_changed_target);
}
