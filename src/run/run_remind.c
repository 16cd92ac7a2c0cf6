/* SPDX-License-Identifier: ISC */
/* Reminders: open critical findings and blindness, in one message, once every `remind`. */
#include "run_state.h"

#include <stdlib.h>

/* The end of an acknowledgement is a reminder, and what is told now needs none. */
static bool is_told(const struct run *r, const struct list_judgement *l)
{
    if (!l->belief.blind_whole)
        return l->change_count > 0;
    for (size_t i = 0; i < r->change_count; i++) {
        const struct change *c = &r->changes[i];
        if (c->of_list && !c->list[0] && c->incident == INCIDENT_BLIND)
            return true;
    }
    return false;
}

static bool is_due(const struct run *r, const struct stored_beliefs *beliefs, time_t last)
{
    for (size_t i = 0; i < beliefs->count; i++) {
        const struct belief *b = &beliefs->items[i];
        size_t column = ask_find(&r->ask, b->source, b->list);
        if (column != ASK_NO_COLUMN && judge_remind_due(&r->judge, column, b, last))
            return true;
    }
    for (size_t j = 0; j < r->ask.column_count; j++) {
        if (judge_list_remind_due(&r->judge, &r->list_judgements[j].belief,
                                  grid_column_const(r->ask.grid, j)->severity, last))
            return true;
    }
    return false;
}

static void remind_findings(struct run *r, const struct stored_beliefs *beliefs)
{
    struct named told = run_named(r);
    struct change *more = mem_array(beliefs->count, sizeof *more);
    size_t n = 0;
    for (size_t i = 0; i < beliefs->count; i++) {
        const struct belief *b = &beliefs->items[i];
        size_t column = ask_find(&r->ask, b->source, b->list);
        const struct stored_target *t = stored_targets_by_id(&r->watch.targets, b->target);
        if (column != ASK_NO_COLUMN && t && !t->retire && !run_names_cell(&told, b) &&
            judge_remind(&r->judge, column, b, &t->ip, t->prefix, t->label, &more[n]))
            n++;
    }
    free(told.items); /* they point into the changes, which may move now */
    for (size_t i = 0; i < n; i++)
        run_add_change(r, &more[i]);
    free(more);
}

static void remind_lists(struct run *r)
{
    struct change all = {0};
    for (size_t j = 0; j < r->ask.column_count; j++) {
        const struct list_judgement *l = &r->list_judgements[j];
        struct change change;
        if (is_told(r, l) ||
            !judge_list_remind(&r->judge, &l->belief, grid_column_const(r->ask.grid, j)->severity,
                               &change))
            continue;
        if (change.list[0])
            run_add_change(r, &change);
        else if (all.kind == CHANGE_NONE)
            all = change;
        else
            judge_remind_together(&all, &change);
    }
    if (all.kind != CHANGE_NONE)
        run_add_change(r, &all);
}

/* Beliefs are read again: those of this run count, and an `ack` made meanwhile too. */
bool run_remind(struct run *r, struct error *err)
{
    struct stored_beliefs beliefs = {0};
    struct buf last;
    bool found = false;
    buf_init(&last, 32);
    bool ok = store_meta_get(r->store, "last_reminder", &last, &found, err) &&
              store_beliefs_load(r->store, &beliefs, err);
    r->reminded = beliefs; /* the changes borrow its strings */
    if (ok && is_due(r, &beliefs, found ? (time_t)strtoll(buf_text(&last), NULL, 10) : 0)) {
        remind_findings(r, &beliefs);
        remind_lists(r);
        buf_clear(&last);
        buf_fmt(&last, "%lld", (long long)r->now);
        ok = store_meta_set(r->store, "last_reminder", buf_text(&last), err);
    }
    buf_fini(&last);
    return ok;
}
