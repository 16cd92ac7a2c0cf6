/* SPDX-License-Identifier: ISC */
#include "resolve_names.h"

#include "repmon/buf.h"
#include "repmon/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLLOW_UP 1024

static char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static char *format(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = mem_vfmt(FOLLOW_UP, fmt, args);
    va_end(args);
    return text;
}

/* ---- origins ---- */

struct stored_origin *resolve_origin(struct stored_origins *o, const char *key)
{
    for (size_t i = 0; i < o->count; i++) {
        if (strcmp(o->items[i].key, key) == 0)
            return &o->items[i];
    }
    o->items = mem_grow(o->items, o->count + 1, sizeof *o->items);
    o->items[o->count] = (struct stored_origin){.key = mem_dup(key)};
    return &o->items[o->count++];
}

bool resolve_origin_holds(const struct stored_origin *o, const struct ip *ip, uint8_t prefix)
{
    for (size_t i = 0; i < o->count; i++) {
        if (o->blocks[i].cidr.len <= prefix && cidr_contains(&o->blocks[i].cidr, ip))
            return true;
    }
    return false;
}

static bool resolve_has_block(const struct stored_origin *o, const struct cidr *c)
{
    for (size_t i = 0; i < o->count; i++) {
        if (o->blocks[i].cidr.len == c->len && ip_cmp(&o->blocks[i].cidr.base, &c->base) == 0)
            return true;
    }
    return false;
}

/* An earlier version may have stored addresses that can't be reached from outside. */
static void resolve_drop_hidden(struct stored_origin *o)
{
    size_t kept = 0;
    for (size_t i = 0; i < o->count; i++) {
        if (!ip_is_hidden(&o->blocks[i].cidr.base))
            o->blocks[kept++] = o->blocks[i];
    }
    o->count = kept;
}

static void resolve_copy_origin(const struct stored_origin *from, struct stored_origin *to)
{
    struct stored_block *blocks = mem_array(from->count, sizeof *blocks);
    if (from->count)
        memcpy(blocks, from->blocks, from->count * sizeof *blocks);
    free(to->blocks);
    char *key = to->key;
    *to = *from;
    to->key = key;
    to->blocks = blocks;
}

/* Origins of names that left the configuration are forgotten. */
static void resolve_drop_others(struct resolved *w)
{
    struct stored_origins *o = &w->origins;
    size_t kept = 0;
    for (size_t i = 0; i < o->count; i++) {
        bool wanted = false;
        for (size_t k = 0; k < w->item_count && !wanted; k++)
            wanted = strcmp(o->items[i].key, w->items[k].key) == 0;
        if (wanted) {
            o->items[kept++] = o->items[i];
        } else {
            free(o->items[i].key);
            free(o->items[i].blocks);
        }
    }
    o->count = kept;
}

/* ---- believing ---- */

static void resolve_believe(const struct resolve_options *o, struct resolved *w,
                            struct resolve_item *item, const struct name *n)
{
    struct stored_origin *origin = resolve_origin(&w->origins, item->key);
    resolve_drop_hidden(origin);
    resolve_copy_origin(origin, &item->before);
    item->vias = n->vias;
    item->trouble = n->trouble;
    item->why = mem_dup(n->why);
    bool hidden = n->trouble == NAME_HIDDEN;
    resolve_merge(
        origin,
        &(struct resolve_answer){.failed = n->trouble == NAME_FAILED,
                                 .partly = {hidden || !n->whole[0], hidden || !n->whole[1]},
                                 .blocks = n->blocks,
                                 .count = n->count},
        o->now);
}

/* Those that were believed before, or those that are new. */
static bool resolve_add_blocks(const struct resolve_options *o, struct resolved *w,
                               struct resolve_item *item, bool known, struct error *err)
{
    const struct stored_origin *origin = resolve_origin(&w->origins, item->key);
    size_t before = w->inventory.count;
    const char *label = item->conf->label[0] ? item->conf->label : strchr(item->key, ' ') + 1;
    for (size_t i = 0; i < origin->count; i++) {
        const struct cidr *c = &origin->blocks[i].cidr;
        bool single = c->len == ip_bits(&c->base);
        if (resolve_has_block(&item->before, c) != known)
            continue;
        const struct inventory_line line = {.label = label,
                                            .flags = single ? TARGET_SINGLY : 0,
                                            .at = item->conf->at,
                                            .max = o->conf->max_targets};
        if (inventory_add(&w->inventory, c, &line, err))
            continue;
        inventory_rollback(&w->inventory, before);
        return false;
    }
    return true;
}

/* What comes from the DNS of others never stops a run: the last good set stays. */
static void resolve_refuse_new(struct resolved *w, struct resolve_item *item,
                               const struct error *why)
{
    resolve_copy_origin(&item->before, resolve_origin(&w->origins, item->key));
    item->trouble = NAME_TOO_MANY;
    free(item->why);
    item->why = format("%s resolves to too many addresses: %s", item->key, why->text);
}

static const char *resolve_consequence(const struct resolve_item *item,
                                       const struct stored_origin *origin)
{
    if (origin->count == 0)
        return origin->good ? "nothing is watched for it" : "nothing is watched for it yet";
    switch (item->trouble) {
    case NAME_EMPTY: return "its last known addresses stay watched for now";
    case NAME_PARTLY: return "its known addresses stay watched";
    default:
        return item->before.count ? "its last known addresses stay watched"
                                  : "only its other addresses are watched";
    }
}

/* A note about a line of the configuration begins with its place. */
static void resolve_tell_at(struct resolved *w, const struct resolve_item *item, bool lost,
                            const char *what)
{
    resolve_note(w, item->key, name_trouble_word(item->trouble), lost, "%s:%d: %s; %s",
                 item->conf->at.file, item->conf->at.line, item->why, what);
    struct resolve_note *note = &w->notes[w->note_count - 1];
    note->place = strlen(note->text) - strlen(item->why) - 2 - strlen(what);
}

static void resolve_tell(struct resolved *w, const struct resolve_item *item)
{
    const struct stored_origin *origin = resolve_origin(&w->origins, item->key);
    if (item->trouble == NAME_FINE)
        return;
    resolve_tell_at(w, item, origin->count == 0, resolve_consequence(item, origin));
}

static void resolve_tell_left_out(struct resolved *w, const struct resolve_item *item,
                                  const struct name *n)
{
    for (size_t i = 0; i < n->note_count; i++)
        log_info("%s:%d: %s", item->conf->at.file, item->conf->at.line, n->notes[i]);
    for (size_t i = 0; i < n->left_out_count; i++) {
        char text[FOLLOW_UP];
        char key[LIMIT_DNS_NAME + 16];
        if (!n->left_out[i].counted && n->asker_count < 2) /* nothing refers to them */
            continue;
        name_left_out_text(n, &n->left_out[i], text, sizeof text);
        snprintf(key, sizeof key, "include %s", n->left_out[i].name);
        resolve_note(w, key, "left-out", false, "%s", text);
        w->notes[w->note_count - 1].mild = true;
    }
}

/* ---- all of them ---- */

static bool resolve_collect(const struct resolve_options *o, struct resolved *w,
                            struct names *names, struct errors *errors)
{
    bool ok = true;
    w->items = mem_array(o->conf->target_count, sizeof *w->items);
    for (size_t i = 0; i < o->conf->target_count; i++) {
        const struct conf_target *t = &o->conf->targets[i];
        if (t->kind != TARGET_HOST && t->kind != TARGET_SPF)
            continue;
        if (!names_add(names, t->text, t->kind == TARGET_SPF)) {
            ok = errors_add(errors, ERR_CONFIG, t->at.file, t->at.line, "host: not a host name");
            continue;
        }
        struct resolve_item *item = &w->items[w->item_count++];
        item->conf = t;
        snprintf(item->key, sizeof item->key, "%s %s", t->kind == TARGET_SPF ? "spf" : "host",
                 names->items[names->count - 1].name);
    }
    return ok;
}

/* First what was valid before, for all names: one that grows must not push out another. */
static bool resolve_add_all(const struct resolve_options *o, struct resolved *w,
                            struct errors *errors)
{
    for (size_t i = 0; i < w->item_count; i++) {
        struct error err = {0};
        if (!resolve_add_blocks(o, w, &w->items[i], true, &err))
            return errors_take(errors, &err);
    }
    for (size_t i = 0; i < w->item_count; i++) {
        struct error err = {0};
        if (!resolve_add_blocks(o, w, &w->items[i], false, &err))
            resolve_refuse_new(w, &w->items[i], &err);
    }
    return true;
}

bool resolve_names(const struct resolve_options *o, struct resolved *w, struct errors *errors)
{
    struct names names = {.includes = o->conf->spf_includes,
                          .include_count = o->conf->spf_include_count,
                          .count_left_out = o->count_left_out};
    struct error err = {0};
    bool ok = resolve_collect(o, w, &names, errors);
    if (ok && !names_look_up(&names, o->loop, o->dns, o->deadline_ms, &err))
        ok = errors_take(errors, &err);
    for (size_t i = 0; ok && i < w->item_count; i++)
        resolve_believe(o, w, &w->items[i], &names.items[i]);
    if (ok)
        ok = resolve_add_all(o, w, errors);
    for (size_t i = 0; ok && i < w->item_count; i++) {
        resolve_tell(w, &w->items[i]);
        resolve_tell_left_out(w, &w->items[i], &names.items[i]);
    }
    if (ok)
        resolve_drop_others(w);
    names_fini(&names);
    return ok;
}

/* ---- after the lists were asked ---- */

static bool resolve_is_right(const struct resolve_item *item,
                             bool (*proved)(void *ctx, unsigned via), void *ctx)
{
    for (unsigned via = 0; via < 32; via++) {
        if (item->vias & 1u << via && !proved(ctx, via))
            return false;
    }
    return true;
}

/* Restores what was believed and keeps what is new, so that nothing is hidden. */
static void resolve_keep(struct resolved *w, struct resolve_item *item)
{
    struct stored_origin *origin = resolve_origin(&w->origins, item->key);
    struct stored_origin now = {0};
    resolve_copy_origin(origin, &now);
    resolve_copy_origin(&item->before, origin);
    for (size_t i = 0; i < now.count; i++) {
        if (resolve_has_block(origin, &now.blocks[i].cidr))
            continue;
        origin->blocks = mem_grow(origin->blocks, origin->count + 1, sizeof *origin->blocks);
        origin->blocks[origin->count++] = now.blocks[i];
        origin->good = now.good;
    }
    free(now.blocks);
}

static bool resolve_is_watched(const struct resolved *w, const struct target *t)
{
    for (size_t i = 0; i < w->origins.count; i++) {
        if (resolve_origin_holds(&w->origins.items[i], &t->ip, t->prefix))
            return true;
    }
    return false;
}

/* The notes had it as "stays watched for now". */
static void resolve_tell_vanished(struct resolved *w, const struct resolve_item *item)
{
    size_t kept = 0;
    time_t said = 0;
    for (size_t i = 0; i < w->note_count; i++) {
        struct resolve_note *note = &w->notes[i];
        if (strcmp(note->key, item->key) != 0) {
            w->notes[kept++] = *note;
            continue;
        }
        said = note->said;
        free(note->key);
        free(note->text);
    }
    w->note_count = kept;
    resolve_tell_at(w, item, true, "nothing is watched for it any longer");
    w->notes[kept].said = said;
}

void resolve_settle(struct resolved *w, bool (*proved)(void *ctx, unsigned via), void *ctx)
{
    for (size_t i = 0; i < w->item_count; i++) {
        if (!resolve_is_right(&w->items[i], proved, ctx))
            resolve_keep(w, &w->items[i]);
    }
    for (size_t i = 0; i < w->inventory.count; i++) {
        struct target *t = &w->inventory.items[i];
        if (!(t->flags & TARGET_LEAVING))
            continue;
        const struct stored_target *stored = stored_targets_by_id(&w->targets, t->id);
        if (!stored || resolve_is_watched(w, t)) {
            t->flags &= (uint8_t)~TARGET_LEAVING;
            continue;
        }
        w->targets.items[stored - w->targets.items].retire = true;
        w->retired++;
    }
    for (size_t i = 0; i < w->item_count; i++) {
        struct resolve_item *item = &w->items[i];
        item->vanished =
            item->before.count > 0 && resolve_origin(&w->origins, item->key)->count == 0;
        if (item->vanished)
            resolve_tell_vanished(w, item);
    }
}

bool resolve_leaves(const struct resolved *w, size_t row)
{
    return w->inventory.items[row].flags & TARGET_LEAVING;
}

const struct resolve_item *resolve_item_of(const struct resolved *w, const struct target *t)
{
    const struct resolve_item *found = NULL;
    for (size_t i = 0; i < w->item_count; i++) {
        if (!resolve_origin_holds(&w->items[i].before, &t->ip, t->prefix))
            continue;
        if (!found || w->items[i].vanished)
            found = &w->items[i];
    }
    return found;
}
