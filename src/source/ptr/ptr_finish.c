/* SPDX-License-Identifier: ISC */
#include "ptr_state.h"

#include <string.h>

static void ptr_undo_mass_loss(struct ptr_state *s)
{
    if (!ptr_is_mass_loss(s->judged, s->turned.count))
        return;
    for (size_t i = 0; i < s->turned.count; i++)
        ptr_set(s, s->turned.items[i], CAUSE_UNTRUSTED, "");
    s->column->note = "most reverse names vanished at once: that is probably the resolver, not the "
                      "names; check [dns] resolver";
}

/*
 * The lists' test points are names that exist. If, through this resolver, every list that was
 * tested seems not to know its own, and no address has a name, the resolver denies everything.
 */
static bool ptr_denies_everything(const struct ptr_state *s)
{
    bool denied = false;
    for (size_t k = 0; k < results_columns(s->env.results) && !s->named; k++) {
        const struct column *c = results_column_const(s->env.results, k);
        for (size_t v = 2u * s->via; c->dns_list && v < 2u * s->via + 2; v++) {
            const struct validity *st = &c->via[v % RESULTS_VIAS];
            if (st->empty == CAUSE_NONE)
                return false;
            denied |= st->empty == CAUSE_UNTRUSTED && st->listing == CAUSE_NONE;
        }
    }
    return denied && !s->named;
}

static void ptr_undo_denials(struct ptr_state *s)
{
    if (!ptr_denies_everything(s))
        return;
    for (size_t row = 0; row < s->env.inventory->count; row++) {
        struct outcome o = results_effective(s->env.results, row, s->number);
        if (o.cause == CAUSE_NONE && strcmp(o.answers, "missing") == 0)
            ptr_set(s, row, CAUSE_UNTRUSTED, "");
    }
    s->column->note = "the resolver denies the lists' test entries as well: that is probably the "
                      "resolver, not the names; check [dns] resolver";
}

/*
 * Where neither a name nor a denial with its SOA was seen, nothing can be proven through this
 * resolver, and that is told. But a "missing" that is already believed is no news about the
 * resolver: a cache may have repeated it.
 */
static bool ptr_distrust_denials(struct ptr_state *s)
{
    if (!s->no_soa || s->named || s->denied)
        return false;
    for (size_t row = 0; row < s->env.inventory->count; row++) {
        struct outcome o = results_effective(s->env.results, row, s->number);
        if (o.cause == CAUSE_UNPROVEN && ptr_is_used(s, row) && ptr_missing_is_news(s, row))
            ptr_set(s, row, CAUSE_UNTRUSTED, "");
    }
    return true;
}

/* What others see can't be known through a resolver that answers by itself. */
static void ptr_tell_own_answers(struct ptr_state *s)
{
    struct column *c = s->column;
    c->cures |= s->made_up;
    if (s->made_up)
        c->note = "this resolver answers from its own hosts file (or local data), not from the "
                  "public DNS: remove the address and the name from it, or name another resolver "
                  "with [dns] resolver";
    else if (s->holds_zone && !c->note[0])
        c->note = "this resolver holds the reverse zone itself: what others see is not proven "
                  "through it";
}

void ptr_finish(void *state)
{
    struct ptr_state *s = state;
    struct column *c = s->column;
    size_t due = 0, proven = 0, causes[CAUSE_COUNT] = {0};
    c->via[0] = (struct validity){CAUSE_NONE, CAUSE_NONE};
    ptr_undo_mass_loss(s);
    ptr_undo_denials(s);
    c->cures = ptr_distrust_denials(s);
    for (size_t row = 0; row < s->env.inventory->count; row++) {
        if (!ptr_applies(&s->env.inventory->items[row]) || !ptr_is_due(s, row))
            continue;
        struct outcome o = results_effective(s->env.results, row, s->number);
        due += o.cause == CAUSE_NONE || !cause_is_normal(o.cause);
        proven += o.cause == CAUSE_NONE;
        if (!cause_is_normal(o.cause) && o.cause != CAUSE_NONE)
            causes[o.cause]++;
    }
    if (proven)
        c->proven = s->env.now;
    if (s->no_soa && !c->note[0])
        c->note = SOURCE_NO_SOA;
    ptr_tell_own_answers(s);
    if (proven * 2 >= due)
        return;
    for (size_t i = 0, most = 0; i < CAUSE_COUNT; i++) {
        if (causes[i] > most) {
            most = causes[i];
            c->cause = (enum cause)i;
        }
    }
    if (c->cause != CAUSE_NONE)
        c->health = c->cause == CAUSE_UNTRUSTED ? HEALTH_UNTRUSTED : HEALTH_BLIND;
}
