/* SPDX-License-Identifier: ISC */
#include "publish.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

/* Lists on which something is open that was reported to a channel; "" means all at once. */
struct open_lists {
    const char **names; /* owned; the names are the decision's */
    size_t count, cap;
};

static void publish_add(struct open_lists *o, const char *list)
{
    for (size_t i = o->count; i > 0; i--) { /* beliefs come list by list */
        if (o->names[i - 1] == list || strcmp(o->names[i - 1], list) == 0)
            return;
    }
    if (o->count == o->cap) {
        o->cap = o->cap ? o->cap * 2 : 16;
        o->names = mem_grow(o->names, o->cap, sizeof *o->names);
    }
    o->names[o->count++] = list;
}

static bool publish_heard(const struct publish_in *in, uint64_t channels, uint64_t bit)
{
    return channel_bits_now(&in->decision->all_bits, channels) & bit;
}

/* A finding that became mere information is no longer an incident. */
static bool publish_is_grave(const struct publish_in *in, const struct belief *b)
{
    const struct judge_ops *ops = &in->decision->judge.ops;
    size_t column = run_lists_find(in->decided->lists, b->source, b->list);
    if (column == RUN_NO_LIST || !b->answers)
        return false;
    return ops->level(ops->ctx, column, b->answers) >= LEVEL_WARNING;
}

static void publish_add_list(const struct publish_in *in, struct open_lists *o,
                             const struct list_belief *b, uint64_t bit)
{
    if (publish_heard(in, b->blind_told.channels, bit))
        publish_add(o, b->blind_whole ? "" : b->list);
    if (publish_heard(in, b->expiry_told.channels | b->stale_told.channels, bit))
        publish_add(o, b->list);
}

static void publish_add_before(const struct publish_in *in, struct open_lists *o, uint64_t bit)
{
    const struct snapshot *s = in->decided->snapshot;
    for (size_t i = 0; i < s->beliefs.count; i++) {
        const struct belief *b = &s->beliefs.items[i];
        if (publish_heard(in, b->told.channels, bit) && !b->lapsed)
            publish_add(o, b->list);
    }
    for (size_t i = 0; i < s->list_beliefs.count; i++)
        publish_add_list(in, o, &s->list_beliefs.items[i], bit);
}

static void publish_add_after(const struct publish_in *in, struct open_lists *o, uint64_t bit)
{
    const struct decision *d = in->decision;
    for (size_t i = 0; i < d->belief_count; i++) {
        const struct belief *b = &d->beliefs[i].belief;
        if (publish_heard(in, b->told.channels, bit) && !b->lapsed && publish_is_grave(in, b))
            publish_add(o, b->list);
    }
    for (size_t j = 0; j < in->decided->lists->count; j++)
        publish_add_list(in, o, &d->lists[j].belief, bit);
}

static bool publish_opens(const struct entry *e)
{
    if (e->change_count == 0 || e->changes[0]->incident == INCIDENT_NONE)
        return false;
    return e->kind != CHANGE_LAPSED && message_entry_level(e) >= LEVEL_WARNING;
}

/* The lists of `before` that `after` lacks. */
const char **publish_closed(const struct publish_in *in, uint64_t bit, struct message *m)
{
    struct open_lists before = {0}, after = {0};
    publish_add_before(in, &before, bit);
    publish_add_after(in, &after, bit);
    for (size_t i = 0; i < m->entry_count; i++) {
        if (publish_opens(&m->entries[i]))
            publish_add(&after, m->entries[i].list);
    }
    size_t open = after.count;
    m->closed_count = 0;
    for (size_t i = 0; i < before.count; i++) {
        publish_add(&after, before.names[i]);
        if (after.count > open)
            before.names[m->closed_count++] = before.names[i];
        after.count = open;
    }
    free(after.names);
    return before.names;
}
