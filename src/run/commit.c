/* SPDX-License-Identifier: ISC */
#include "commit.h"

#include "repmon/buf.h"
#include "repmon/recall.h"
#include "repmon/store.h"

#include <stdlib.h>

#define DAY_S 86400

typedef bool commit_part(struct store *store, const struct commit_in *in, struct error *err);

bool commit_begin(struct store *store, const struct snapshot *snapshot, struct stored_run *row,
                  bool *newer, struct error *err)
{
    store_seal(store, false);
    if (!store_begin_run(store, row, err))
        return false;
    if (row->id == snapshot->run)
        return store_acks_are_newer(store, newer, err);
    store_rollback(store);
    return error_set(err, ERR_BUG, "another run was committed in the middle of this one");
}

/* ---- beliefs and proof ---- */

static bool commit_write_targets(struct store *store, const struct commit_in *in, struct error *err)
{
    return store_targets_save(store, &in->decided->watch->targets, err);
}

static bool commit_write_beliefs(struct store *store, const struct commit_in *in, struct error *err)
{
    const struct decision *d = in->decision;
    for (size_t i = 0; i < d->gone_count; i++) {
        const struct decide_key *k = &d->gone[i];
        if (!store_belief_delete(store, k->target, k->source, k->list, err))
            return false;
    }
    for (size_t i = 0; i < d->belief_count; i++) {
        if (d->beliefs[i].write && !store_belief_save(store, &d->beliefs[i].belief, err))
            return false;
    }
    return true;
}

static bool commit_write_proofs(struct store *store, const struct commit_in *in, struct error *err)
{
    size_t rows = in->decided->watch->targets.rows;
    proof_cell *cells = mem_array(rows, sizeof *cells);
    bool ok = true;
    for (size_t j = 0; ok && j < in->decided->lists->count; j++) {
        const struct run_list *l = &in->decided->lists->items[j];
        proofs_unpack(&in->decision->proofs[j], cells, rows);
        ok = store_proof_save(store, l->source, l->list, cells, rows, err);
    }
    free(cells);
    return ok;
}

/* ---- lists ---- */

static bool commit_write_list_beliefs(struct store *store, const struct commit_in *in,
                                      struct error *err)
{
    for (size_t j = 0; j < in->decided->lists->count; j++) {
        const struct list_judgement *l = &in->decision->lists[j];
        if (l->write && !store_list_belief_save(store, &l->belief, err))
            return false;
    }
    return true;
}

static bool commit_write_ttls(struct store *store, const struct commit_in *in, size_t column,
                              struct error *err)
{
    static const char *const points[2] = {SNAPSHOT_TTL_IP4, SNAPSHOT_TTL_IP6};
    const struct run_list *l = &in->decided->lists->items[column];
    int32_t day = (int32_t)(in->decided->now / DAY_S);
    for (size_t f = 0; f < 2; f++) {
        uint32_t ttl = in->learned->ttl[column][f];
        if (ttl && !store_ttl_raise(store, l->source, l->list, points[f], day, ttl, err))
            return false;
    }
    return true;
}

static bool commit_write_health(struct store *store, const struct commit_in *in, size_t column,
                                struct error *err)
{
    const struct column *c = results_column_const(in->decided->results, column);
    const struct stored_health health = {.source = c->source,
                                         .list = c->list,
                                         .severity = c->severity,
                                         .kind = c->kind,
                                         .health = c->health,
                                         .cause = c->cause,
                                         .note = c->note ? c->note : "",
                                         .proven = c->proven,
                                         .asked = in->decided->now,
                                         .due = in->decision->counts[column].due,
                                         .proved = in->decision->counts[column].proved};
    if (in->decided->cut_short && c->health != HEALTH_OK)
        return true; /* no opinion */
    return store_health_save(store, &health, err);
}

static bool commit_write_budget(struct store *store, const struct commit_in *in, size_t column,
                                struct error *err)
{
    const struct column *c = results_column_const(in->decided->results, column);
    int32_t day = (int32_t)(in->decided->now / DAY_S);
    return c->asked == 0 || store_budget_add(store, c->source, c->list, day, c->asked, err);
}

static bool commit_write_lists(struct store *store, const struct commit_in *in, struct error *err)
{
    for (size_t j = 0; j < in->decided->lists->count; j++) {
        if (!results_column_const(in->decided->results, j)->due)
            continue;
        if (!commit_write_health(store, in, j, err))
            return false;
        if (!commit_write_budget(store, in, j, err))
            return false;
        if (!commit_write_ttls(store, in, j, err))
            return false;
    }
    return true;
}

static bool commit_forget_lists(struct store *store, const struct commit_in *in, struct error *err)
{
    for (size_t i = 0; i < in->decision->forgotten_count; i++) {
        const struct stored_list *l = in->decision->forgotten[i];
        if (!store_list_forget(store, l->source, l->list, err))
            return false;
    }
    return true;
}

static bool commit_write_origins(struct store *store, const struct commit_in *in, struct error *err)
{
    return store_origins_save(store, &in->decided->watch->origins, err);
}

/* ---- what was learned ---- */

static bool commit_write_edits(struct store *store, const struct fact_set *f, struct error *err)
{
    for (size_t i = 0; i < f->count; i++) {
        if (!store_meta_set(store, f->items[i].key, f->items[i].value, err))
            return false;
    }
    return true;
}

static bool commit_write_facts(struct store *store, const struct commit_in *in, struct error *err)
{
    if (!commit_write_edits(store, &in->decision->facts, err))
        return false;
    return commit_write_edits(store, &in->learned->facts, err);
}

static bool commit_write_number(struct store *store, const struct commit_in *in,
                                const struct learned_number *n, struct error *err)
{
    const struct run_list *l = &in->decided->lists->items[n->column];
    const struct stored_numbers row = {.source = l->source,
                                       .list = l->list,
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
                                       .seen = in->decided->now};
    return store_samples_add(store, &row, NULL, err);
}

static bool commit_write_numbers(struct store *store, const struct commit_in *in, struct error *err)
{
    for (size_t i = 0; i < in->learned->number_count; i++) {
        if (!commit_write_number(store, in, &in->learned->numbers[i], err))
            return false;
    }
    return true;
}

static bool commit_write_memory(struct store *store, const struct commit_in *in, struct error *err)
{
    return recall_save(in->session, store, in->decided->now, err);
}

/* ---- messages ---- */

static bool commit_write_bits(struct store *store, const struct commit_in *in, struct error *err)
{
    return store_channel_bits(store, in->decided->channels, in->decided->channel_count,
                              in->decision->bits, &in->decision->all_bits, err);
}

static bool commit_write_messages(struct store *store, const struct commit_in *in, int64_t run,
                                  struct error *err)
{
    for (size_t i = 0; i < in->messages->count; i++) {
        const struct published *m = &in->messages->items[i];
        if (m->tells_refused && !store_refused_told(store, m->channel, err))
            return false;
        if (!store_outbox_add(store, run, in->digest, m->channel, m->content, in->decided->now,
                              err))
            return false;
    }
    return true;
}

/* Who was told what, so that the end of each goes where its beginning went. */
static bool commit_write_told(struct store *store, const struct commit_in *in, struct error *err)
{
    for (size_t i = 0; i < in->decision->change_count; i++) {
        const struct change *c = &in->decision->changes[i];
        struct told told = c->told;
        if (!in->messages->heard[i])
            continue;
        told.channels |= in->messages->heard[i];
        if (!told.digest && !c->unsaid)
            told.digest = in->digest;
        if (!store_told(store, c, &told, err))
            return false;
    }
    return true;
}

static bool commit_write_history(struct store *store, const struct commit_in *in, struct error *err)
{
    for (size_t i = 0; i < in->decision->change_count; i++) {
        const struct change *c = &in->decision->changes[i];
        if (!store_history_add(store, c, in->decided->now, in->digest, err))
            return false;
    }
    return true;
}

static bool commit_prune(struct store *store, const struct commit_in *in, struct error *err)
{
    return in->keep_s == 0 || store_prune(store, in->decided->now - in->keep_s, err);
}

/* In this order: rows refer to targets and lists, and what is told to beliefs. */
static commit_part *const parts[] = {
    commit_write_targets, commit_write_beliefs, commit_write_proofs,  commit_write_list_beliefs,
    commit_write_lists,   commit_forget_lists,  commit_write_origins, commit_write_facts,
    commit_write_numbers, commit_write_memory,  commit_write_bits,    commit_write_told,
    commit_write_history,
};

bool commit_write(struct store *store, const struct commit_in *in, int64_t run, struct error *err)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!parts[i](store, in, err))
            return false;
    }
    if (!commit_write_messages(store, in, run, err))
        return false;
    return commit_prune(store, in, err);
}

bool commit_end(struct store *store, const struct stored_run *row, struct error *err)
{
    return store_commit(store, row, err);
}

void commit_drop(struct store *store)
{
    store_rollback(store);
}
