/* SPDX-License-Identifier: ISC */
/*
 * Who was told what, kept with the beliefs: each channel's message notes the changes that it names,
 * and the commit writes that down, so that the end of each goes where its beginning went.
 */
#include "run_state.h"

#include "repmon/channel.h"

#include <stdlib.h>
#include <string.h>

bool run_told_begin(struct run *r, struct error *err)
{
    size_t count = channel_count(r->conf);
    char(*titles)[256] = mem_array(count, sizeof *titles);
    const char **names = mem_array(count, sizeof *names);
    for (size_t i = 0; i < count; i++) {
        channel_title(channel_at(r->conf, i), titles[i], sizeof titles[i]);
        names[i] = titles[i];
    }
    r->channel_bits = mem_array(count, sizeof *r->channel_bits);
    r->heard = mem_array(r->change_count, sizeof *r->heard);
    bool ok = store_channel_bits(r->store, names, count, r->channel_bits, &r->bits, err);
    for (size_t i = 0; i < r->change_count; i++)
        r->changes[i].told.channels = channel_bits_now(&r->bits, r->changes[i].told.channels);
    free(names);
    free(titles);
    return ok;
}

/* ---- what is open for a channel ---- */

/* Lists on which something is open that a channel was told of; "" stands for all at once. */
struct open_lists {
    const char **names; /* owned; the names are the run's */
    size_t count, cap;
};

static void add(struct open_lists *o, const char *list)
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

static bool heard(const struct run *r, uint64_t channels, uint64_t bit)
{
    return channel_bits_now(&r->bits, channels) & bit;
}

static void add_findings(const struct run *r, struct open_lists *o, const struct stored_beliefs *b,
                         uint64_t bit)
{
    for (size_t i = 0; i < b->count; i++) {
        if (heard(r, b->items[i].told.channels, bit) && !b->items[i].lapsed)
            add(o, b->items[i].list);
    }
}

/* What became mere information is no incident any more. */
static bool is_grave(const struct run *r, const struct belief *b)
{
    size_t column = ask_find(&r->ask, b->source, b->list);
    return column != ASK_NO_COLUMN && b->answers &&
           r->judge.ops.level(r->judge.ops.ctx, column, b->answers) >= LEVEL_WARNING;
}

static void add_grave_findings(const struct run *r, struct open_lists *o, uint64_t bit)
{
    for (size_t i = 0; i < r->reminded.count; i++) {
        const struct belief *b = &r->reminded.items[i];
        if (heard(r, b->told.channels, bit) && !b->lapsed && is_grave(r, b))
            add(o, b->list);
    }
}

static void add_list(const struct run *r, struct open_lists *o, const struct list_belief *b,
                     uint64_t bit)
{
    if (heard(r, b->blind_told.channels, bit))
        add(o, b->blind_whole ? "" : b->list);
    if (heard(r, b->expiry_told.channels | b->stale_told.channels, bit))
        add(o, b->list);
}

/* The lists of `before` that `after` lacks. */
const char **run_told_closed(struct run *r, uint64_t bit, struct message *m)
{
    struct open_lists before = {0}, after = {0};
    add_findings(r, &before, &r->beliefs, bit);
    for (size_t i = 0; i < r->list_beliefs.count; i++)
        add_list(r, &before, &r->list_beliefs.items[i], bit);
    add_grave_findings(r, &after, bit);
    for (size_t j = 0; j < r->ask.column_count; j++)
        add_list(r, &after, &r->list_judgements[j].belief, bit);
    for (size_t i = 0; i < m->entry_count; i++) {
        const struct entry *e = &m->entries[i];
        if (e->change_count && e->changes[0]->incident != INCIDENT_NONE &&
            e->kind != CHANGE_LAPSED && message_entry_level(e) >= LEVEL_WARNING)
            add(&after, e->list);
    }
    size_t open = after.count;
    m->closed_count = 0;
    for (size_t i = 0; i < before.count; i++) {
        add(&after, before.names[i]);
        if (after.count > open)
            before.names[m->closed_count++] = before.names[i];
        after.count = open;
    }
    free(after.names);
    return before.names;
}

/* ---- who hears ---- */

void run_told_note(struct run *r, uint64_t channel, const struct message *m)
{
    for (size_t i = 0; i < m->entry_count; i++) {
        const struct entry *e = &m->entries[i];
        for (size_t k = 0; k < e->change_count; k++)
            r->heard[e->changes[k] - r->changes] |= channel;
    }
}

bool run_told_save(struct run *r, struct error *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < r->change_count; i++) {
        struct told told = r->changes[i].told;
        if (!r->heard[i])
            continue;
        told.channels |= r->heard[i];
        if (!told.digest)
            told.digest = r->digest;
        ok = store_told(r->store, &r->changes[i], &told, err);
    }
    return ok;
}

void run_told_fini(struct run *r)
{
    free(r->channel_bits);
    free(r->heard);
}
