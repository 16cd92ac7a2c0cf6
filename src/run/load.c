/* SPDX-License-Identifier: ISC */
#include "load.h"

#include "repmon/buf.h"
#include "repmon/recall.h"
#include "repmon/store.h"

#include <stdlib.h>

#define DAY_S       86400
#define SAMPLE_DAYS 16 /* of an address: more than a source looks back */

bool load_open(const struct conf *conf, bool dry_run, struct store **out, struct error *err)
{
    enum store_mode mode = dry_run ? STORE_COPY : STORE_CREATE;
    return store_open(conf->state, mode, conf->group, out, err);
}

void load_end(struct store *store)
{
    store_seal(store, true);
}

void load_close(struct store *store)
{
    store_close(store);
}

static bool load_runs(struct store *store, struct snapshot *out, struct error *err)
{
    struct stored_run completed;
    bool proved = false;
    out->is_new = store_is_new(store);
    if (!store_next_run(store, &out->run, err))
        return false;
    if (!store_last_run(store, false, &out->last, &out->has_last, err))
        return false;
    if (!store_last_run(store, true, &completed, &out->looked, err))
        return false;
    if (!store_run_proved(store, &proved, err))
        return false;
    out->first_ever = out->is_new || !proved;
    return true;
}

static bool load_list(struct store *store, struct snapshot_list *l, int32_t day, proof_cell *cells,
                      size_t rows, struct error *err)
{
    if (!store_proof_load(store, l->source, l->list, cells, rows, err))
        return false;
    proofs_pack(&l->proofs, cells, rows);
    if (!store_ttl_get(store, l->source, l->list, SNAPSHOT_TTL_IP4, day, &l->ttl[0], err))
        return false;
    if (!store_ttl_get(store, l->source, l->list, SNAPSHOT_TTL_IP6, day, &l->ttl[1], err))
        return false;
    return store_budget_get(store, l->source, l->list, day, &l->used, err);
}

static bool load_lists(struct store *store, time_t now, struct snapshot *out, struct error *err)
{
    size_t rows = out->known.targets.rows;
    if (!store_lists(store, &out->names, &out->list_count, err))
        return false;
    out->lists = mem_array(out->list_count, sizeof *out->lists);
    proof_cell *cells = mem_array(rows, sizeof *cells);
    bool ok = true;
    for (size_t i = 0; ok && i < out->list_count; i++) {
        out->lists[i].source = out->names[i].source;
        out->lists[i].list = out->names[i].list;
        ok = load_list(store, &out->lists[i], (int32_t)(now / DAY_S), cells, rows, err);
    }
    free(cells);
    return ok;
}

bool load_beliefs(struct store *store, struct snapshot *s, struct error *err)
{
    stored_beliefs_fini(&s->beliefs);
    stored_list_beliefs_fini(&s->list_beliefs);
    if (!store_beliefs_load(store, &s->beliefs, err))
        return false;
    return store_list_beliefs_load(store, &s->list_beliefs, err);
}

bool load_snapshot(struct store *store, time_t now, struct snapshot *out, struct error *err)
{
    *out = (struct snapshot){0};
    if (!load_runs(store, out, err))
        return false;
    if (!load_beliefs(store, out, err))
        return false;
    if (!store_targets_load(store, &out->known.targets, err))
        return false;
    if (!store_origins_load(store, &out->known.origins, err))
        return false;
    if (!load_lists(store, now, out, err))
        return false;
    if (!store_facts_load(store, RECALL_KEYS, &out->facts, err))
        return false;
    if (!store_samples_load(store, SAMPLE_DAYS, &out->samples, err))
        return false;
    return store_listeners_load(store, &out->listeners, err);
}
