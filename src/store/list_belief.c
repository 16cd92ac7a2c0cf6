/* SPDX-License-Identifier: ISC */
#include "sql.h"

#include "repmon/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int list_cause_of(const char *word)
{
    enum cause cause;
    return cause_parse(word, &cause) ? (int)cause : -1;
}

static void list_write_causes(struct buf *out, uint32_t causes)
{
    for (unsigned cause = 0; cause < CAUSE_COUNT; cause++) {
        if (causes & 1u << cause)
            buf_fmt(out, "%s%s", out->len ? " " : "", cause_word((enum cause)cause));
    }
}

static bool list_load(struct store *s, struct stored_list_beliefs *out, struct error *err)
{
    struct sql q;
    bool ok = true;
    sql_use(&q, s,
            "SELECT b.list, b.bad_runs, b.bad_since, b.good, b.blind_said, b.blind_cause,"
            " b.blind_whole, b.opened, b.expiring_said, b.expired_said, b.stale_said, b.baseline,"
            " b.blind_channels, b.blind_level, b.blind_kinds, b.blind_digest,"
            " b.expiry_channels, b.expiry_level, b.expiry_kinds, b.expiry_digest,"
            " b.stale_channels, b.stale_level, b.stale_kinds, b.stale_digest,"
            " b.flaps, b.held, b.said_causes, a.until, a.note"
            " FROM list_belief b JOIN list l ON l.id = b.list"
            " LEFT JOIN ack a ON a.list = b.list AND a.target IS NULL"
            " ORDER BY l.source, l.name");
    while (ok && sql_row(&q)) {
        out->items = mem_grow(out->items, out->count + 1, sizeof *out->items);
        struct list_belief *b = &out->items[out->count++];
        *b = (struct list_belief){0};
        const struct list_name *name = list_by_id(s, sql_get_int(&q), err);
        ok = name != NULL;
        if (ok) {
            b->source = name->source;
            b->list = name->name;
        }
        b->bad_runs = (uint32_t)sql_get_count(&q, UINT32_MAX);
        b->bad_since = sql_get_int(&q);
        b->good = sql_get_int(&q);
        b->blind_said = sql_get_int(&q);
        b->blind_cause = sql_get_cause(&q);
        b->blind_whole = sql_get_int(&q) != 0;
        b->opened = sql_get_int(&q);
        b->expiring_said = sql_get_int(&q);
        b->expired_said = sql_get_int(&q);
        b->stale_said = sql_get_int(&q);
        b->baseline = sql_get_int(&q);
        told_read(&q, &b->blind_told, &out->texts);
        told_read(&q, &b->expiry_told, &out->texts);
        told_read(&q, &b->stale_told, &out->texts);
        flaps_read(&q, b->flaps, &b->flap_count);
        b->flapping_since = sql_get_int(&q);
        b->said_causes = sql_get_words(&q, list_cause_of);
        b->ack_until = sql_get_int(&q); /* NULL reads as 0 */
        b->ack_note = text_keep_maybe(&out->texts, sql_get_maybe(&q));
    }
    return sql_end(&q, err) && ok;
}

bool store_list_beliefs_load(struct store *s, struct stored_list_beliefs *out, struct error *err)
{
    struct sql q;
    bool own;
    *out = (struct stored_list_beliefs){0};
    if (!sql_read_start(s, &own, err))
        return false;
    bool ok = list_load(s, out, err);
    if (ok) {
        sql_use(&q, s, "SELECT max(id) FROM ack");
        ok = sql_number(&q, 0, &s->list_acks_seen, err);
    }
    sql_read_end(s, own);
    if (!ok)
        stored_list_beliefs_fini(out);
    return ok;
}

static bool list_upsert(struct store *s, int64_t list, const struct list_belief *b,
                        struct error *err)
{
    struct sql q;
    struct told_words words[3];
    struct buf flaps, causes;
    buf_init(&flaps, 512);
    buf_init(&causes, 512);
    flaps_write(&flaps, b->flaps, b->flap_count);
    list_write_causes(&causes, b->said_causes);
    sql_use(&q, s,
            "INSERT INTO list_belief (list, bad_runs, bad_since, good, blind_said, blind_cause,"
            " blind_whole, opened, expiring_said, expired_said, stale_said, baseline,"
            " blind_channels, blind_level, blind_kinds, blind_digest,"
            " expiry_channels, expiry_level, expiry_kinds, expiry_digest,"
            " stale_channels, stale_level, stale_kinds, stale_digest, flaps, held, said_causes)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
            " ?, ?, ?)"
            " ON CONFLICT (list) DO UPDATE SET bad_runs = excluded.bad_runs,"
            " bad_since = excluded.bad_since, good = excluded.good,"
            " blind_said = excluded.blind_said, blind_cause = excluded.blind_cause,"
            " blind_whole = excluded.blind_whole, opened = excluded.opened,"
            " expiring_said = excluded.expiring_said,"
            " expired_said = excluded.expired_said, stale_said = excluded.stale_said,"
            " baseline = excluded.baseline, blind_channels = excluded.blind_channels,"
            " blind_level = excluded.blind_level, blind_kinds = excluded.blind_kinds,"
            " blind_digest = excluded.blind_digest, expiry_channels = excluded.expiry_channels,"
            " expiry_level = excluded.expiry_level, expiry_kinds = excluded.expiry_kinds,"
            " expiry_digest = excluded.expiry_digest, stale_channels = excluded.stale_channels,"
            " stale_level = excluded.stale_level, stale_kinds = excluded.stale_kinds,"
            " stale_digest = excluded.stale_digest, flaps = excluded.flaps, held = excluded.held,"
            " said_causes = excluded.said_causes");
    sql_int(&q, list);
    sql_int(&q, b->bad_runs);
    sql_int(&q, b->bad_since);
    sql_int(&q, b->good);
    sql_int(&q, b->blind_said);
    sql_text(&q, cause_word(b->blind_cause));
    sql_int(&q, b->blind_whole);
    sql_int(&q, b->opened);
    sql_int(&q, b->expiring_said);
    sql_int(&q, b->expired_said);
    sql_int(&q, b->stale_said);
    sql_int(&q, b->baseline);
    told_bind(&q, &b->blind_told, &words[0]);
    told_bind(&q, &b->expiry_told, &words[1]);
    told_bind(&q, &b->stale_told, &words[2]);
    sql_text(&q, buf_text(&flaps));
    sql_int(&q, b->flapping_since);
    sql_text(&q, buf_text(&causes));
    bool ok = sql_run(&q, err);
    buf_fini(&flaps);
    buf_fini(&causes);
    return ok;
}

bool store_list_belief_save(struct store *s, const struct list_belief *b, struct error *err)
{
    struct sql q;
    bool own;
    int64_t list = 0;
    if (!sql_start(s, &own, err))
        return false;
    bool ok = list_id(s, b->source, b->list, true, &list, err);
    if (ok)
        ok = list_upsert(s, list, b, err);
    if (ok && b->ack_until == 0) {
        sql_use(&q, s, "DELETE FROM ack WHERE list = ? AND target IS NULL AND id <= ?");
        sql_int(&q, list);
        sql_int(&q, s->list_acks_seen);
        ok = sql_run(&q, err);
    }
    return sql_finish(s, own, ok, err);
}

bool store_list_forget(struct store *s, const char *source, const char *list, struct error *err)
{
    static const char *const rows[] = {
        "DELETE FROM ack WHERE list = ?",    "DELETE FROM belief WHERE list = ?",
        "DELETE FROM proof WHERE list = ?",  "DELETE FROM list_belief WHERE list = ?",
        "DELETE FROM health WHERE list = ?", "DELETE FROM budget WHERE list = ?",
        "DELETE FROM ttl WHERE list = ?",
    };
    struct sql q;
    bool own;
    int64_t id = 0;
    if (!sql_start(s, &own, err))
        return false;
    bool ok = list_id(s, source, list, false, &id, err);
    for (size_t i = 0; ok && i < sizeof rows / sizeof rows[0]; i++) {
        sql_use(&q, s, rows[i]);
        sql_int(&q, id);
        ok = sql_run(&q, err);
    }
    return sql_finish(s, own, ok, err);
}
