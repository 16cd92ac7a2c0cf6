/* SPDX-License-Identifier: ISC */
#include "sql.h"

#include "repmon/buf.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* "1763700000 1763800000" */
void flaps_read(struct sql *q, time_t flaps[static LIMIT_FLAP], uint32_t *count)
{
    const char *text = sql_get_text(q);
    while (*text) {
        char *end;
        long long value = strtoll(text, &end, 10);
        if (end == text || (*end != ' ' && *end != '\0') || *count == LIMIT_FLAP) {
            sql_damaged(q);
            return;
        }
        flaps[(*count)++] = (time_t)value;
        text = *end ? end + 1 : end;
    }
}

void flaps_write(struct buf *out, const time_t *flaps, uint32_t count)
{
    for (uint32_t i = 0; i < count && i < LIMIT_FLAP; i++)
        buf_fmt(out, "%s%" PRId64, i ? " " : "", (int64_t)flaps[i]);
}

static void belief_read_row(struct sql *q, struct belief *b, struct stored_text **texts)
{
    *b = (struct belief){0};
    sql_get_text(q); /* source and name: the store has its own copies */
    sql_get_text(q);
    b->target = (uint32_t)sql_get_count(q, UINT32_MAX);
    b->answers = text_keep_maybe(texts, sql_get_maybe(q));
    b->detail = text_keep(texts, sql_get_text(q));
    b->since = sql_get_int(q);
    b->opened = sql_get_int(q);
    b->lapsed = sql_get_int(q);
    b->pending = text_keep_maybe(texts, sql_get_maybe(q));
    b->pending_count = (uint32_t)sql_get_count(q, UINT32_MAX);
    b->pending_first = sql_get_int(q);
    b->pending_last = sql_get_int(q);
    b->last_listed = sql_get_int(q);
    flaps_read(q, b->flaps, &b->flap_count);
    b->flapping_since = sql_get_int(q);
    b->said = text_keep_maybe(texts, sql_get_maybe(q));
    told_read(q, &b->told, texts);
    b->ack_until = sql_get_int(q); /* NULL reads as 0 */
    b->ack_note = text_keep_maybe(texts, sql_get_maybe(q));
    b->ack_answers = text_keep_maybe(texts, sql_get_maybe(q));
}

/* Acknowledgements up to this one were seen by this load. */
static bool belief_newest_ack(struct store *s, int64_t *id, struct error *err)
{
    struct sql q;
    sql_use(&q, s, "SELECT max(id) FROM ack");
    return sql_number(&q, 0, id, err);
}

static bool belief_load(struct store *s, struct stored_beliefs *out, struct error *err)
{
    struct sql q;
    int64_t list = 0;
    const struct list_name *name = NULL;
    size_t cap = 0;
    bool ok = true;
    sql_use(&q, s,
            "SELECT l.source, l.name, b.target, b.answers, b.detail, b.since, b.opened, b.lapsed,"
            " b.pending, b.pending_count, b.pending_first, b.pending_last, b.last_listed, b.flaps,"
            " b.held, b.said, b.told_channels, b.told_level, b.told_kinds, b.told_digest,"
            " a.until, a.note, a.answers, b.list"
            " FROM list l CROSS JOIN belief b ON b.list = l.id"
            " LEFT JOIN ack a ON a.list = b.list AND a.target = b.target"
            " ORDER BY l.source, l.name, b.target");
    while (ok && sql_row(&q)) {
        if (out->count == cap) {
            cap = cap ? cap * 2 : 64;
            out->items = mem_grow(out->items, cap, sizeof *out->items);
        }
        struct belief *b = &out->items[out->count++];
        belief_read_row(&q, b, &out->texts);
        int64_t id = sql_get_int(&q);
        if (id != list)
            name = list_by_id(s, id, err);
        list = id;
        ok = name != NULL;
        b->source = ok ? name->source : "";
        b->list = ok ? name->name : "";
    }
    return sql_end(&q, err) && ok;
}

bool store_beliefs_load(struct store *s, struct stored_beliefs *out, struct error *err)
{
    bool own;
    *out = (struct stored_beliefs){0};
    if (!sql_read_start(s, &own, err))
        return false;
    bool ok = belief_load(s, out, err) && belief_newest_ack(s, &s->acks_seen, err);
    sql_read_end(s, own);
    if (!ok)
        stored_beliefs_fini(out);
    return ok;
}

static bool belief_upsert(struct store *s, int64_t list, const struct belief *b, struct error *err)
{
    struct sql q;
    struct told_words words;
    struct buf flaps;
    buf_init(&flaps, 512);
    flaps_write(&flaps, b->flaps, b->flap_count);
    sql_use(&q, s,
            "INSERT INTO belief (list, target, answers, detail, since, opened, lapsed, pending,"
            " pending_count, pending_first, pending_last, last_listed, flaps, held, said,"
            " told_channels, told_level, told_kinds, told_digest)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (list, target) DO UPDATE SET answers = excluded.answers,"
            " detail = excluded.detail, since = excluded.since, opened = excluded.opened,"
            " lapsed = excluded.lapsed, pending = excluded.pending,"
            " pending_count = excluded.pending_count, pending_first = excluded.pending_first,"
            " pending_last = excluded.pending_last, last_listed = excluded.last_listed,"
            " flaps = excluded.flaps, held = excluded.held, said = excluded.said,"
            " told_channels = excluded.told_channels, told_level = excluded.told_level,"
            " told_kinds = excluded.told_kinds, told_digest = excluded.told_digest");
    sql_int(&q, list);
    sql_int(&q, b->target);
    sql_text(&q, b->answers);
    sql_text(&q, b->detail ? b->detail : "");
    sql_int(&q, b->since);
    sql_int(&q, b->opened);
    sql_int(&q, b->lapsed);
    sql_text(&q, b->pending);
    sql_int(&q, b->pending_count);
    sql_int(&q, b->pending_first);
    sql_int(&q, b->pending_last);
    sql_int(&q, b->last_listed);
    sql_text(&q, buf_text(&flaps));
    sql_int(&q, b->flapping_since);
    sql_text(&q, b->said);
    told_bind(&q, &b->told, &words);
    bool ok = sql_run(&q, err);
    buf_fini(&flaps);
    return ok;
}

static bool belief_end_ack(struct store *s, int64_t list, uint32_t target, struct error *err)
{
    struct sql q;
    sql_use(&q, s, "DELETE FROM ack WHERE list = ? AND target = ? AND id <= ?");
    sql_int(&q, list);
    sql_int(&q, target);
    sql_int(&q, s->acks_seen);
    return sql_run(&q, err);
}

bool store_belief_save(struct store *s, const struct belief *b, struct error *err)
{
    bool own;
    int64_t list = 0;
    if (!sql_start(s, &own, err))
        return false;
    bool ok = list_id(s, b->source, b->list, true, &list, err);
    if (ok)
        ok = belief_upsert(s, list, b, err);
    if (ok && b->ack_until == 0)
        ok = belief_end_ack(s, list, b->target, err);
    return sql_finish(s, own, ok, err);
}

bool store_belief_delete(struct store *s, uint32_t target, const char *source, const char *list,
                         struct error *err)
{
    struct sql q;
    bool own;
    int64_t id = 0;
    if (!sql_start(s, &own, err))
        return false;
    bool ok = list_id(s, source, list, false, &id, err);
    if (ok) {
        sql_use(&q, s, "DELETE FROM belief WHERE list = ? AND target = ?");
        sql_int(&q, id);
        sql_int(&q, target);
        ok = sql_run(&q, err);
    }
    return sql_finish(s, own, ok, err);
}
