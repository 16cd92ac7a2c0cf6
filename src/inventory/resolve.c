/* SPDX-License-Identifier: ISC */
#include "repmon/resolve.h"

#include "repmon/buf.h"
#include "repmon/fields.h"

#include "resolve_names.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MASS_LOSS_LEAST 5 /* repmon-alerts(7), CHANGES */
#define JOINED_S        86400

bool resolve_is_mass_loss(size_t known, size_t lost)
{
    return lost > MASS_LOSS_LEAST && lost * 2 > known;
}

void resolve_note(struct resolved *w, const char *key, const char *kind, bool lost, const char *fmt,
                  ...)
{
    va_list args;
    w->notes = mem_grow(w->notes, w->note_count + 1, sizeof *w->notes);
    va_start(args, fmt);
    w->notes[w->note_count++] = (struct resolve_note){
        .key = mem_dup(key), .kind = kind, .lost = lost, .text = mem_vfmt(2048, fmt, args)};
    va_end(args);
}

bool resolve_said_read(const char *value, struct resolve_said *out)
{
    struct fields f = {.at = value};
    out->when = (time_t)fields_number(&f, INT64_MAX);
    fields_word(&f, out->kind, sizeof out->kind);
    out->lost = fields_number(&f, 1) != 0;
    out->text = f.at;
    return !f.bad;
}

/* Another shard had it in the last run; for a day, because not every list answers at once. */
static bool resolve_has_joined(const struct resolve_options *o, const struct resolved *w,
                               const struct target *t, bool *now)
{
    const struct stored_target *known = stored_targets_find(&w->targets, &t->ip, t->prefix);
    *now =
        shard_has(&o->conf->shard, &t->ip, t->prefix) && !shard_has(&o->before, &t->ip, t->prefix);
    if (*now)
        return true;
    return known && known->flags & TARGET_JOINED && o->now - known->added < JOINED_S;
}

static void resolve_give_id(const struct resolve_options *o, struct resolved *w, struct target *t)
{
    bool now;
    t->flags &= (uint8_t)~TARGET_JOINED;
    if (resolve_has_joined(o, w, t, &now))
        t->flags |= TARGET_JOINED;
    t->id = stored_targets_put(&w->targets, &t->ip, t->prefix, t->flags & (uint8_t)~TARGET_LEAVING,
                               inventory_label(&w->inventory, t), o->now);
    if (now)
        w->targets.items[w->targets.by_id[t->id] - 1].added = o->now;
}

static void resolve_give_ids(const struct resolve_options *o, struct resolved *w)
{
    for (size_t i = 0; i < w->inventory.count + w->inventory.others; i++)
        resolve_give_id(o, w, &w->inventory.items[i]);
    stored_targets_sort(&w->targets); /* the ids of those that left are reused */
}

static bool resolve_had_by_name(const struct resolved *w, const struct stored_target *t)
{
    for (size_t i = 0; i < w->item_count; i++) {
        if (resolve_origin_holds(&w->items[i].before, &t->ip, t->prefix))
            return true;
    }
    return false;
}

static bool resolve_again(struct resolved *w, const struct stored_target *t, unsigned flags,
                          struct errors *errors)
{
    struct cidr block = {t->ip, t->prefix};
    struct error err = {0};
    const struct inventory_line line = {.label = t->label,
                                        .flags = t->flags | flags,
                                        .at = {.file = "the state"},
                                        .max = LIMIT_TARGETS};
    return inventory_add(&w->inventory, &block, &line, &err) || errors_take(errors, &err);
}

/* The inventory as it is to be watched, with the ids of the state. */
static bool resolve_finish(const struct resolve_options *o, struct resolved *w,
                           struct errors *errors)
{
    struct error err = {0};
    inventory_finish_conf(&w->inventory, o->conf);
    inventory_split(&w->inventory, &o->conf->shard, o->keep_all);
    if (!inventory_fits(&w->inventory, &o->conf->shard, &err))
        return errors_add(errors, err.class, o->conf->path, 0, "[targets] %s", err.text);
    resolve_give_ids(o, w);
    return true;
}

/* A target that another shard asks about is not lost: it moved there. */
static bool resolve_is_lost(const struct resolve_options *o, const struct stored_target *t)
{
    return !t->seen && shard_has(&o->conf->shard, &t->ip, t->prefix);
}

static size_t resolve_count_lost(const struct resolve_options *o, const struct resolved *w)
{
    size_t lost = 0;
    for (size_t i = 0; i < w->targets.count; i++)
        lost += resolve_is_lost(o, &w->targets.items[i]);
    return lost;
}

/*
 * Targets that left are retired, unless so many left at once that a person must confirm it. What a
 * name no longer has is asked once more: resolve_settle() decides.
 */
static bool resolve_settle_lost(const struct resolve_options *o, struct resolved *w, size_t known,
                                struct errors *errors)
{
    size_t lost = resolve_count_lost(o, w);
    bool keep = resolve_is_mass_loss(known, lost) && !o->accept;
    if (lost)
        inventory_join(&w->inventory);
    for (size_t i = 0; i < w->targets.count && lost; i++) {
        const struct stored_target *t = &w->targets.items[i];
        if (!resolve_is_lost(o, t) || (!keep && !resolve_had_by_name(w, t)))
            continue;
        if (!resolve_again(w, t, keep ? 0 : TARGET_LEAVING, errors))
            return false;
    }
    if (lost && !resolve_finish(o, w, errors))
        return false;
    if (keep) {
        w->lost = lost;
        resolve_note(w, "", "", false,
                     "%zu of %zu watched addresses left the configuration at once: all are still "
                     "watched; if that is intended, run once with --accept-inventory",
                     lost, known);
    }
    for (size_t i = 0; i < w->targets.count; i++) {
        struct stored_target *t = &w->targets.items[i];
        t->retire = !t->seen;
        w->retired += t->retire;
    }
    return true;
}

/* Behind NAT the mail leaves from another address than the one the server itself has. */
static void resolve_note_hidden(struct resolved *w)
{
    const struct ip *first = NULL;
    size_t count = 0;
    char text[IP_TEXT_MAX];
    for (size_t i = 0; i < w->inventory.count; i++) {
        const struct ip *ip = &w->inventory.items[i].ip;
        if (ip_name(ip) || !ip_is_hidden(ip))
            continue;
        first = first ? first : &w->inventory.items[i].ip;
        count++;
    }
    if (!first)
        return;
    ip_format(first, text);
    if (count == 1)
        resolve_note(w, RESOLVE_HIDDEN, "one", false,
                     "%s is %s: it can't be seen from outside, so public sources are not queried "
                     "for it; name the public address with ip = in [targets]",
                     text, ip_special(first));
    else
        resolve_note(
            w, RESOLVE_HIDDEN, "several", false,
            "%zu watched addresses can't be seen from outside (the first, %s, is %s), so public "
            "sources are not queried for them; name the public addresses with ip = in [targets]",
            count, text, ip_special(first));
}

static bool resolve_no_targets(const struct resolve_options *o, const struct resolved *w,
                               struct errors *errors)
{
    const struct resolve_note *why = NULL;
    for (size_t i = 0; i < w->note_count && !why; i++)
        why = w->notes[i].lost ? &w->notes[i] : NULL;
    if (o->conf->target_count == 0)
        return errors_add(errors, ERR_CONFIG, o->conf->path, 0,
                          "no targets: add an ip, host, spf or file line to [targets]");
    return errors_add(errors, ERR_CONFIG, o->conf->path, 0,
                      "no targets: what [targets] names is excluded, or has no address%s%s",
                      why ? ": " : "", why ? why->text + why->place : "");
}

bool resolve_load(const struct resolve_options *o, struct resolve_known *known, struct resolved *w,
                  struct errors *errors)
{
    *w = (struct resolved){0};
    inventory_init(&w->inventory);
    if (known) {
        w->targets = known->targets;
        w->origins = known->origins;
        *known = (struct resolve_known){0};
    }
    size_t before = resolve_count_lost(o, w); /* none is seen yet */
    bool ok = inventory_add_conf(&w->inventory, o->conf, errors);
    ok &= resolve_names(o, w, errors);
    if (!ok)
        return false;
    if (!resolve_finish(o, w, errors))
        return false;
    resolve_note_hidden(w);
    if (!resolve_settle_lost(o, w, before, errors))
        return false;
    return w->inventory.count + w->inventory.elsewhere > 0 || resolve_no_targets(o, w, errors);
}

void resolve_fini(struct resolved *w)
{
    inventory_fini(&w->inventory);
    stored_targets_fini(&w->targets);
    stored_origins_fini(&w->origins);
    for (size_t i = 0; i < w->note_count; i++) {
        free(w->notes[i].key);
        free(w->notes[i].text);
    }
    free(w->notes);
    for (size_t i = 0; i < w->item_count; i++) {
        free(w->items[i].before.blocks);
        free(w->items[i].why);
    }
    free(w->items);
    *w = (struct resolved){0};
}
