/* SPDX-License-Identifier: ISC */
#include "repmon/inventory.h"

#include "repmon/buf.h"
#include "repmon/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORIGINS_MAX 65536 /* target.origin is 16 bits */

void inventory_init(struct inventory *inv)
{
    memset(inv, 0, sizeof *inv);
    inv->labels_cap = 64;
    inv->labels = mem_array(inv->labels_cap, 1);
    inv->labels_len = 1; /* offset 0 is "" */
}

static void inventory_forget_hashes(struct inventory *inv)
{
    hash_fini(&inv->seen);
    hash_fini(&inv->seen_labels);
}

void inventory_fini(struct inventory *inv)
{
    inventory_forget_hashes(inv);
    free(inv->items);
    free(inv->labels);
    free(inv->origins);
    free(inv->exclude);
    memset(inv, 0, sizeof *inv);
}

/* ---- what is there already; after inventory_forget_hashes() it is looked through again ---- */

static uint64_t inventory_key(const struct ip *ip, uint8_t prefix)
{
    return hash_bytes(prefix, ip, sizeof *ip);
}

/* The item of (ip, prefix), or NULL. */
static struct target *inventory_seen(const struct inventory *inv, const struct ip *ip,
                                     uint8_t prefix, uint64_t key)
{
    for (size_t step = 0, i; (i = hash_next(&inv->seen, key, &step)) != HASH_NONE;)
        if (inv->items[i].prefix == prefix && ip_cmp(&inv->items[i].ip, ip) == 0)
            return &inv->items[i];
    return NULL;
}

static void inventory_grow_seen(struct inventory *inv, size_t count)
{
    hash_reserve(&inv->seen, count);
    for (size_t i = inv->seen.count; i < inv->count; i++)
        hash_add(&inv->seen, inventory_key(&inv->items[i].ip, inv->items[i].prefix), i);
}

static void inventory_grow_seen_labels(struct inventory *inv)
{
    if (inv->seen_labels.count > 0)
        return;
    for (size_t at = 1; at < inv->labels_len; at += strlen(inv->labels + at) + 1)
        hash_add(&inv->seen_labels, hash_text(0, inv->labels + at), at);
}

/* Offset of the label, which is stored once. */
static uint32_t inventory_intern(struct inventory *inv, const char *label)
{
    uint64_t key = hash_text(0, label);
    if (!*label)
        return 0;
    inventory_grow_seen_labels(inv);
    for (size_t step = 0, at; (at = hash_next(&inv->seen_labels, key, &step)) != HASH_NONE;)
        if (strcmp(inv->labels + at, label) == 0)
            return (uint32_t)at;
    size_t at = inv->labels_len, len = strlen(label) + 1;
    if (at + len > inv->labels_cap) {
        while (at + len > inv->labels_cap)
            inv->labels_cap += inv->labels_cap / 2;
        inv->labels = mem_grow(inv->labels, inv->labels_cap, 1);
    }
    memcpy(inv->labels + at, label, len);
    inv->labels_len += len;
    hash_add(&inv->seen_labels, key, at);
    return (uint32_t)at;
}

static uint16_t inventory_add_origin(struct inventory *inv, struct conf_place at)
{
    const struct conf_place *last = inv->origin_count ? &inv->origins[inv->origin_count - 1] : NULL;
    bool same = last && last->file == at.file && last->line == at.line;
    if (!same && inv->origin_count < ORIGINS_MAX) {
        if (inv->origin_count == inv->origin_cap) {
            inv->origin_cap = inv->origin_cap ? inv->origin_cap * 2 : 8;
            inv->origins = mem_grow(inv->origins, inv->origin_cap, sizeof *inv->origins);
        }
        inv->origins[inv->origin_count++] = at;
    }
    return (uint16_t)(inv->origin_count - 1);
}

/* ---- adding ---- */

static bool inventory_too_large(const struct cidr *block, uint64_t count, unsigned unit,
                                struct conf_place at, struct error *err)
{
    char text[CIDR_TEXT_MAX];
    cidr_format(block, text);
    if (unit == 64 && block->len < 48)
        return error_at(err, ERR_CONFIG, at.file, at.line,
                        "%s is larger than a /48: IPv6 is watched by /64s, and a block of them may "
                        "be /48 to /64",
                        text);
    if (count > LIMIT_TARGETS)
        return error_at(err, ERR_CONFIG, at.file, at.line,
                        "%s has more than %d addresses: blocks of up to %d targets can be watched, "
                        "and max_targets bounds all of them",
                        text, LIMIT_TARGETS, LIMIT_TARGETS);
    return true;
}

static bool inventory_too_many(const struct cidr *block, uint64_t max, struct conf_place at,
                               struct error *err)
{
    char text[CIDR_TEXT_MAX], cure[128] = "raise max_targets in [targets], or watch fewer";
    cidr_format(block, text);
    if (max < LIMIT_TARGETS)
        snprintf(cure, sizeof cure, "raise max_targets in [targets] (up to %d), or watch less",
                 LIMIT_TARGETS);
    if (max == LIMIT_TARGETS)
        snprintf(cure, sizeof cure, "divide them among several monitors with shard in [targets]");
    return error_at(err, ERR_CONFIG, at.file, at.line,
                    "with %s there are more than max_targets = %" PRIu64 " targets: %s", text, max,
                    cure);
}

static void inventory_reserve(struct inventory *inv, size_t count, uint64_t max)
{
    if (count <= inv->cap)
        return;
    size_t cap = inv->cap * 2 > count ? inv->cap * 2 : count;
    if (cap > max && count <= max)
        cap = (size_t)max;
    inv->items = mem_grow(inv->items, cap, sizeof *inv->items);
    inv->cap = cap;
}

void inventory_exclude(struct inventory *inv, const struct cidr *block)
{
    inv->exclude = mem_grow(inv->exclude, inv->exclude_count + 1, sizeof *inv->exclude);
    inv->exclude[inv->exclude_count++] = *block;
}

static bool inventory_is_excluded(const struct inventory *inv, const struct ip *ip, unsigned unit)
{
    for (size_t i = 0; i < inv->exclude_count; i++) {
        if (inv->exclude[i].len <= unit && cidr_contains(&inv->exclude[i], ip))
            return true;
    }
    return false;
}

bool inventory_add(struct inventory *inv, const struct cidr *block,
                   const struct inventory_line *line, struct error *err)
{
    uint64_t max = line->max < LIMIT_ALL_TARGETS ? line->max : LIMIT_ALL_TARGETS;
    bool v6_nets = block->base.family == 6 && block->len <= 64;
    unsigned unit = v6_nets ? 64 : ip_bits(&block->base);
    uint64_t count = cidr_count(block, unit);
    if (!inventory_too_large(block, count, unit, line->at, err))
        return false;
    uint64_t room = inv->count < max ? max - inv->count : 0;
    inventory_grow_seen(inv, inv->count + (size_t)(count < room ? count : room));
    inventory_reserve(inv, inv->count + (size_t)(count < room ? count : room), max);
    uint32_t name = inventory_intern(inv, line->label ? line->label : "");
    uint16_t origin = inventory_add_origin(inv, line->at);
    struct ip ip = block->base;
    for (uint64_t i = 0; i < count; i++, ip_step(&ip, unit)) {
        if (inventory_is_excluded(inv, &ip, unit))
            continue;
        uint64_t key = inventory_key(&ip, (uint8_t)unit);
        struct target *t = inventory_seen(inv, &ip, (uint8_t)unit, key);
        if (t) {
            t->flags |= (uint8_t)line->flags;
            t->label = t->label ? t->label : name;
            continue;
        }
        if (inv->count >= max)
            return inventory_too_many(block, max, line->at, err);
        inv->items[inv->count] = (struct target){.ip = ip,
                                                 .prefix = (uint8_t)unit,
                                                 .flags = (uint8_t)line->flags,
                                                 .origin = origin,
                                                 .label = name};
        hash_add(&inv->seen, key, inv->count++);
    }
    return true;
}

void inventory_rollback(struct inventory *inv, size_t count)
{
    inv->count = count;
    inventory_forget_hashes(inv); /* they are made again when something is added */
}

bool inventory_add_conf(struct inventory *inv, const struct conf *conf, struct errors *errors)
{
    size_t before = errors->count + errors->dropped;
    for (size_t i = 0; i < conf->target_count; i++) {
        if (conf->targets[i].kind == TARGET_EXCLUDE)
            inventory_exclude(inv, &conf->targets[i].cidr);
    }
    for (size_t i = 0; i < conf->target_count; i++) {
        const struct conf_target *t = &conf->targets[i];
        struct error err = {0};
        bool single = t->kind == TARGET_IP && t->cidr.len == ip_bits(&t->cidr.base);
        struct inventory_line line = {.label = t->label,
                                      .flags = single ? TARGET_SINGLY : 0,
                                      .at = t->at,
                                      .max = conf->max_targets};
        if (t->kind == TARGET_IP && !inventory_add(inv, &t->cidr, &line, &err))
            errors_add(errors, err.class, err.file, err.line, "[targets] ip: %s", err.text);
        struct cidr name = {ip_of_name(t->text ? t->text : ""), 128};
        line.label = "";
        if (t->kind == TARGET_DOMAIN && !inventory_add(inv, &name, &line, &err))
            errors_add(errors, err.class, err.file, err.line, "[targets] domain: %s", err.text);
        if (t->kind == TARGET_FILE)
            inventory_add_file(inv, t->text, t->at, conf->max_targets, errors);
    }
    return errors->count + errors->dropped == before;
}

/* ---- finishing ---- */

static int inventory_order(const struct target *a, const struct target *b)
{
    int c = ip_cmp(&a->ip, &b->ip);
    return c ? c : a->prefix - b->prefix;
}

static int inventory_by_target(const void *a, const void *b)
{
    return inventory_order(a, b);
}

void inventory_finish(struct inventory *inv)
{
    inventory_forget_hashes(inv);
    if (inv->count)
        qsort(inv->items, inv->count, sizeof *inv->items, inventory_by_target);
    for (size_t i = 0; i < inv->count; i++)
        inv->items[i].id = (uint32_t)i;
}

void inventory_finish_conf(struct inventory *inv, const struct conf *conf)
{
    inventory_finish(inv);
    for (size_t i = 0; i < conf->ptr.helo_count; i++) {
        const struct ip *ip = &conf->ptr.helo[i].ip;
        ptrdiff_t at = inventory_find(inv, ip);
        if (at >= 0 && ip_cmp(&inv->items[at].ip, ip) == 0)
            inv->items[at].flags |= TARGET_SINGLY;
    }
}

/* ---- shards ---- */

bool inventory_fits(const struct inventory *inv, const struct shard *shard, struct error *err)
{
    size_t all = inv->count + inv->elsewhere;
    if (inv->count > LIMIT_TARGETS)
        return error_set(err, ERR_CONFIG,
                         "%zu of %zu targets belong to shard %u/%u, and one monitor can watch %d: "
                         "there must be at least %zu shards",
                         inv->count, all, (unsigned)shard->number, (unsigned)shard->count,
                         LIMIT_TARGETS, all / LIMIT_TARGETS + 1);
    if (inv->count + inv->others > LIMIT_TARGETS)
        return error_set(err, ERR_CONFIG,
                         "a mail log, reports and domains concern the targets of all shards, and "
                         "of %zu one monitor can know %d: give those sections to a separate "
                         "monitor, with the addresses they are about in its [targets]",
                         all, LIMIT_TARGETS);
    return true;
}

void inventory_split(struct inventory *inv, const struct shard *shard, bool keep)
{
    size_t own = 0, rest = 0;
    if (shard->count <= 1)
        return;
    struct target *others = mem_array(inv->count + 1, sizeof *others);
    for (size_t i = 0; i < inv->count; i++) {
        const struct target *t = &inv->items[i];
        if (shard_has(shard, &t->ip, t->prefix))
            inv->items[own++] = *t;
        else
            others[rest++] = *t;
    }
    inv->elsewhere += rest;
    inv->others = keep ? rest : 0;
    inv->count = own;
    if (inv->others)
        memcpy(inv->items + own, others, inv->others * sizeof *others);
    free(others);
    for (size_t i = 0; i < own + inv->others; i++)
        inv->items[i].id = (uint32_t)i;
}

void inventory_join(struct inventory *inv)
{
    inv->count += inv->others;
    inv->elsewhere -= inv->others;
    inv->others = 0;
}

struct inventory inventory_all(const struct inventory *inv)
{
    struct inventory all = *inv;
    all.own = inv->count;
    all.count += inv->others;
    all.others = 0;
    return all;
}

/* ---- reading ---- */

const char *inventory_label(const struct inventory *inv, const struct target *t)
{
    return inv->labels + t->label;
}

void target_format(const struct target *t, char out[static CIDR_TEXT_MAX])
{
    struct cidr c = {.base = t->ip, .len = t->prefix};
    cidr_format(&c, out);
}

static ptrdiff_t inventory_find_between(const struct inventory *inv, size_t first, size_t end,
                                        const struct ip *ip, uint8_t prefix)
{
    const struct target wanted = {.ip = *ip, .prefix = prefix};
    if (first == end)
        return -1;
    const struct target *found =
        bsearch(&wanted, inv->items + first, end - first, sizeof wanted, inventory_by_target);
    return found ? found - inv->items : -1;
}

static ptrdiff_t inventory_find_row(const struct inventory *inv, const struct ip *ip,
                                    uint8_t prefix)
{
    ptrdiff_t at = inventory_find_between(inv, 0, inv->own, ip, prefix);
    return at >= 0 ? at : inventory_find_between(inv, inv->own, inv->count, ip, prefix);
}

ptrdiff_t inventory_find(const struct inventory *inv, const struct ip *ip)
{
    ptrdiff_t at = inventory_find_row(inv, ip, (uint8_t)ip_bits(ip));
    if (at >= 0 || ip->family != 6)
        return at;
    struct ip net = ip_mask(ip, 64);
    return inventory_find_row(inv, &net, 64);
}
