/* SPDX-License-Identifier: ISC */
/* Who was told what about open incidents: four columns with each belief, and a bit for each
 * channel. */
#include "sql.h"

#include "repmon/buf.h"

#include <stdio.h>
#include <string.h>

/* ---- the columns ---- */

void told_bind(struct sql *q, const struct told *t, struct told_words *words)
{
    size_t len = 0;
    words->text[0] = '\0';
    for (unsigned kind = 1; kind < CHANGE_COUNT; kind++) {
        if (t->kinds & 1u << kind)
            len += (size_t)snprintf(words->text + len, sizeof words->text - len, "%s%s",
                                    len ? " " : "", change_word((enum change_kind)kind));
    }
    sql_int(q, (int64_t)t->channels);
    sql_text(q, level_word(t->worst));
    sql_text(q, words->text);
    sql_text(q, t->digest);
}

static int told_kind_of(const char *word)
{
    enum change_kind kind;
    return change_parse(word, &kind) ? (int)kind : -1;
}

void told_read(struct sql *q, struct told *t, struct stored_text **texts)
{
    t->channels = (uint64_t)sql_get_int(q);
    t->worst = sql_get_level(q);
    t->kinds = sql_get_words(q, told_kind_of);
    t->digest = text_keep_maybe(texts, sql_get_maybe(q));
}

/* ---- who hears a change ---- */

/* By incident. What is said of all lists holds for each one that is blind with them. */
static const char *const updates[] = {
    [INCIDENT_FINDING] = "UPDATE belief SET (told_channels, told_level, told_kinds, told_digest)"
                         " = (?, ?, ?, ?) WHERE list = ? AND target = ?",
    [INCIDENT_BLIND] = "UPDATE list_belief SET (blind_channels, blind_level, blind_kinds,"
                       " blind_digest) = (?, ?, ?, ?) WHERE list = ? OR (blind_whole AND ?)",
    [INCIDENT_EXPIRY] = "UPDATE list_belief SET (expiry_channels, expiry_level, expiry_kinds,"
                        " expiry_digest) = (?, ?, ?, ?) WHERE list = ? AND ? IS NULL",
    [INCIDENT_STALE] = "UPDATE list_belief SET (stale_channels, stale_level, stale_kinds,"
                       " stale_digest) = (?, ?, ?, ?) WHERE list = ? AND ? IS NULL",
};

bool store_told(struct store *s, const struct change *c, const struct told *t, struct error *err)
{
    struct sql q;
    struct told_words words;
    bool own;
    int64_t list = 0;
    if (c->incident == INCIDENT_NONE)
        return true;
    if (!sql_start(s, &own, err))
        return false;
    bool whole = c->of_list && !c->list[0];
    bool ok = whole || list_id(s, c->source, c->list, false, &list, err);
    if (ok) {
        sql_use(&q, s, updates[c->incident]);
        told_bind(&q, t, &words);
        sql_int(&q, list);
        if (!c->of_list)
            sql_int(&q, c->target);
        else if (whole)
            sql_int(&q, 1);
        else
            sql_null(&q);
        ok = sql_run(&q, err);
    }
    return sql_finish(s, own, ok, err);
}

/* ---- channels ---- */

static bool told_give_bit(struct store *s, const char *channel, uint64_t mask, struct error *err)
{
    struct sql q;
    int64_t bit = 0;
    while (mask != UINT64_C(1) << bit)
        bit++;
    sql_use(&q, s,
            "INSERT INTO channel (name, held_since, said, refused, bit) VALUES (?, 0, '', '', ?)"
            " ON CONFLICT (name) DO UPDATE SET bit = excluded.bit");
    sql_text(&q, channel);
    sql_int(&q, bit);
    return sql_run(&q, err);
}

/* The same as channel_bits_now(), in the file; bits of channels that are gone become free. */
static bool told_keep_bits(struct store *s, uint64_t known, uint64_t fresh, struct error *err)
{
    static const char *const rows[] = {
        "UPDATE belief SET told_channels = told_channels & ?1 | ?2 WHERE told_channels & ~?1",
        "UPDATE list_belief SET blind_channels = blind_channels & ?1 | ?2"
        " WHERE blind_channels & ~?1",
        "UPDATE list_belief SET expiry_channels = expiry_channels & ?1 | ?2"
        " WHERE expiry_channels & ~?1",
        "UPDATE list_belief SET stale_channels = stale_channels & ?1 | ?2"
        " WHERE stale_channels & ~?1",
        "UPDATE channel SET bit = NULL WHERE bit IS NOT NULL AND 1 << bit & ~?1 AND ?2 = ?2",
    };
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof rows / sizeof *rows; i++) {
        struct sql q;
        sql_use(&q, s, rows[i]);
        sql_int(&q, (int64_t)known);
        sql_int(&q, (int64_t)fresh);
        ok = sql_run(&q, err);
    }
    return ok;
}

bool store_listeners_load(struct store *s, struct stored_listeners *out, struct error *err)
{
    struct sql q;
    size_t cap = 0;
    *out = (struct stored_listeners){0};
    sql_use(&q, s, "SELECT name, ifnull(bit, -1), refused FROM channel ORDER BY name");
    while (sql_row(&q)) {
        if (out->count == cap) {
            cap = cap ? cap * 2 : 8;
            out->items = mem_grow(out->items, cap, sizeof *out->items);
        }
        struct stored_listener *l = &out->items[out->count++];
        l->channel = mem_dup(sql_get_text(&q));
        int64_t bit = sql_get_int(&q);
        l->bit = bit < 0 ? 0 : UINT64_C(1) << bit;
        l->refused = mem_dup(sql_get_text(&q));
    }
    if (sql_end(&q, err))
        return true;
    stored_listeners_fini(out);
    return false;
}

bool store_channel_bits(struct store *s, const char *const *channels, size_t count,
                        const uint64_t *bits, const struct channel_bits *all, struct error *err)
{
    bool own;
    if (!sql_start(s, &own, err))
        return false;
    bool ok = told_keep_bits(s, all->known, all->fresh, err);
    for (size_t i = 0; ok && i < count; i++) {
        if (bits[i] & all->fresh)
            ok = told_give_bit(s, channels[i], bits[i], err);
    }
    return sql_finish(s, own, ok, err);
}
