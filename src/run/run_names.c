/* SPDX-License-Identifier: ISC */
#include "run_state.h"

#include "repmon/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- told once, then by `remind` ---- */

static void said_key(const char *key, char *out, size_t size)
{
    snprintf(out, size, WATCH_SAID "%s", key);
}

/* What was told under that key, without its text; false: nothing. */
static bool load_said(struct run *r, const char *key, struct watch_said *out)
{
    char name[512];
    struct buf text;
    bool found = false;
    buf_init(&text, 4096);
    said_key(key, name, sizeof name);
    found = store_meta_get(r->store, name, &text, &found, NULL) && found &&
            watch_said_read(buf_text(&text), out);
    out->text = "";
    buf_fini(&text);
    return found;
}

static bool is_due(const struct run *r, time_t said)
{
    return said > r->now || (r->conf->remind_ms > 0 && r->now - said >= r->conf->remind_ms / 1000);
}

/* "fine" remembers when it was told last, so that what comes and goes is not told each time. */
static bool is_news(struct run *r, const struct watch_note *note, time_t *said)
{
    struct watch_said before;
    *said = r->now;
    if (!note->key[0] || !load_said(r, note->key, &before) || is_due(r, before.when))
        return true;
    if (strcmp(before.kind, note->kind) != 0 && strcmp(before.kind, "fine") != 0)
        return true;
    *said = before.when;
    return false;
}

void run_names_tell(struct run *r)
{
    for (size_t i = 0; i < r->watch.note_count; i++) {
        struct watch_note *note = &r->watch.notes[i];
        bool news = is_news(r, note, &note->said);
        if (news && note->mild)
            log_info("%s", note->text);
        else if (news)
            log_warn("%s", note->text);
    }
}

static bool save_note(struct run *r, const struct watch_note *note, struct error *err)
{
    char name[512];
    struct buf value;
    if (!note->key[0])
        return true;
    buf_init(&value, 4096);
    said_key(note->key, name, sizeof name);
    buf_fmt(&value, "%lld %s %d %s", (long long)note->said, note->kind, note->lost,
            note->text + note->place);
    bool ok = store_meta_set(r->store, name, buf_text(&value), err);
    buf_fini(&value);
    return ok;
}

static bool has_note(const struct watch *w, const char *key)
{
    for (size_t i = 0; i < w->note_count; i++) {
        if (strcmp(w->notes[i].key, key) == 0)
            return true;
    }
    return false;
}

static bool save_fine(struct run *r, const char *key, struct error *err)
{
    char name[512], value[64];
    struct watch_said said;
    if (has_note(&r->watch, key) || !load_said(r, key, &said))
        return true;
    said_key(key, name, sizeof name);
    snprintf(value, sizeof value, "%lld fine 0 ", (long long)said.when);
    return store_meta_set(r->store, name, is_due(r, said.when) ? NULL : value, err);
}

bool run_names_save(struct run *r, struct error *err)
{
    for (size_t i = 0; i < r->watch.note_count; i++) {
        if (!save_note(r, &r->watch.notes[i], err))
            return false;
    }
    for (size_t i = 0; i < r->watch.item_count; i++) {
        if (!save_fine(r, r->watch.items[i].key, err))
            return false;
    }
    return save_fine(r, WATCH_HIDDEN, err);
}

/* ---- what leaves ---- */

/* Whether a list that has a test point was right about it through this resolver, in this run. */
static bool proved(void *ctx, unsigned via)
{
    struct run *r = ctx;
    bool testable = false;
    for (size_t j = 0; j < r->ask.column_count; j++) {
        const struct column *c = grid_column_const(r->ask.grid, j);
        for (unsigned f = 0; f < 2; f++) {
            if (!c->testable[f])
                continue;
            testable = true;
            if (2 * via + f < GRID_VIAS && c->via[2 * via + f].empty == CAUSE_NONE)
                return true;
        }
    }
    return !testable; /* where no list could tell, the resolver's word is all there is */
}

void run_names_settle(struct run *r)
{
    watch_settle(&r->watch, proved, r);
}

/* A finding of the address that ends with it says the same, if channels hear of it. */
static bool is_told(const struct run *r, uint32_t target)
{
    for (size_t i = 0; i < r->change_count; i++) {
        const struct change *c = &r->changes[i];
        if (c->kind == CHANGE_RETIRED && !c->of_list && c->target == target &&
            c->from >= LEVEL_WARNING)
            return true;
    }
    return false;
}

static const char *why_it_left(struct run *r, const struct watch_item *item)
{
    if (item->vanished)
        return item->why;
    struct buf text;
    buf_init(&text, 512);
    buf_fmt(&text, "%s does not lead to it any more", item->key);
    return describer_keep(&r->describer, buf_take(&text));
}

void run_names_changes(struct run *r)
{
    for (size_t i = 0; i < r->watch.inventory.count; i++) {
        const struct target *t = &r->watch.inventory.items[i];
        const struct watch_item *item =
            watch_leaves(&r->watch, i) ? watch_item_of(&r->watch, t) : NULL;
        if (!item || is_told(r, t->id))
            continue;
        struct change c = {.kind = CHANGE_RETIRED,
                           .source = JUDGE_WHOLE,
                           .list = "",
                           .target = t->id,
                           .ip = t->ip,
                           .prefix = t->prefix,
                           .label = inventory_label(&r->watch.inventory, t),
                           .from = LEVEL_OK,
                           .to = item->vanished ? LEVEL_WARNING : LEVEL_INFO,
                           .answers_from = "",
                           .answers = "",
                           .detail = why_it_left(r, item)};
        run_add_change(r, &c);
    }
}
