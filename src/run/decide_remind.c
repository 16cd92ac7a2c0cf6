/* SPDX-License-Identifier: ISC */
/* Reminders: open critical findings and blindness, in one message, once every `remind`. */
#include "decide.h"

#include "repmon/buf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define LAST_REMINDER "last_reminder"

/* The end of an acknowledgement is a reminder, and what is told now needs none. */
static bool decide_remind_is_told(const struct decision *d, const struct list_judgement *l)
{
    if (!l->belief.blind_whole)
        return l->change_count > 0;
    for (size_t i = 0; i < d->change_count; i++) {
        const struct change *c = &d->changes[i];
        if (c->of_list && !c->list[0] && c->incident == INCIDENT_BLIND)
            return true;
    }
    return false;
}

static bool decide_is_due(const struct decide_in *in, const struct decision *d, time_t last)
{
    for (size_t i = 0; i < d->belief_count; i++) {
        const struct belief *b = &d->beliefs[i].belief;
        size_t column = run_lists_find(in->lists, b->source, b->list);
        if (column != RUN_NO_LIST && judge_remind_due(&d->judge, column, b, last))
            return true;
    }
    for (size_t j = 0; j < in->lists->count; j++) {
        enum severity severity = results_column_const(in->results, j)->severity;
        if (judge_list_remind_due(&d->judge, &d->lists[j].belief, severity, last))
            return true;
    }
    return false;
}

static bool decide_remind_belief(const struct decide_in *in, const struct decision *d,
                                 const struct belief *b, struct change *out)
{
    size_t column = run_lists_find(in->lists, b->source, b->list);
    const struct stored_target *t = stored_targets_by_id(&in->watch->targets, b->target);
    if (column == RUN_NO_LIST || !t || t->retire)
        return false;
    return judge_remind(&d->judge, b, column, t, out);
}

static void decide_remind_findings(const struct decide_in *in, struct decision *d)
{
    struct decide_named told = decide_named(d);
    struct change *more = mem_array(d->belief_count, sizeof *more);
    size_t n = 0;
    for (size_t i = 0; i < d->belief_count; i++) {
        const struct belief *b = &d->beliefs[i].belief;
        if (!decide_names_cell(&told, b) && decide_remind_belief(in, d, b, &more[n]))
            n++;
    }
    free(told.items); /* they point into the changes, which may move now */
    for (size_t i = 0; i < n; i++)
        decide_add(d, &more[i]);
    free(more);
}

static void decide_remind_lists(const struct decide_in *in, struct decision *d)
{
    struct change all = {0};
    for (size_t j = 0; j < in->lists->count; j++) {
        const struct list_judgement *l = &d->lists[j];
        enum severity severity = results_column_const(in->results, j)->severity;
        struct change change;
        if (decide_remind_is_told(d, l))
            continue;
        if (!judge_list_remind(&d->judge, &l->belief, severity, &change))
            continue;
        if (change.list[0])
            decide_add(d, &change);
        else if (all.kind == CHANGE_NONE)
            all = change;
        else
            judge_remind_together(&d->judge, &all, &change);
    }
    if (all.kind != CHANGE_NONE)
        decide_add(d, &all);
}

void decide_remind(const struct decide_in *in, struct decision *d)
{
    char now[32];
    const char *last = snapshot_fact(in->snapshot, LAST_REMINDER);
    if (!decide_is_due(in, d, last ? (time_t)strtoll(last, NULL, 10) : 0))
        return;
    decide_remind_findings(in, d);
    decide_remind_lists(in, d);
    snprintf(now, sizeof now, "%" PRId64, (int64_t)in->now);
    facts_set(&d->facts, LAST_REMINDER, now);
}
