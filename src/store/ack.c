/* SPDX-License-Identifier: ISC */
#include "sql.h"

#include "repmon/buf.h"

#include <stdlib.h>

bool store_acks_load(struct store *s, struct stored_acks *out, struct error *err)
{
    struct sql q;
    bool ok = true;
    *out = (struct stored_acks){0};
    sql_use(&q, s,
            "SELECT a.id, a.list, a.target, a.answers, a.made, a.until, a.note"
            " FROM ack a JOIN list l ON l.id = a.list"
            " ORDER BY l.source, l.name, a.target"); /* NULL first */
    while (ok && sql_row(&q)) {
        out->items = mem_grow(out->items, out->count + 1, sizeof *out->items);
        struct stored_ack *a = &out->items[out->count++];
        *a = (struct stored_ack){0};
        a->id = sql_get_int(&q);
        const struct list_name *name = list_by_id(s, sql_get_int(&q), err);
        ok = name != NULL;
        a->source = ok ? name->source : "";
        a->list = ok ? name->name : "";
        a->of_list = sql_get_null(&q);
        a->target = (uint32_t)sql_get_count(&q, UINT32_MAX);
        a->answers = text_keep(&out->texts, sql_get_text(&q));
        a->made = sql_get_int(&q);
        a->until = sql_get_int(&q);
        a->note = text_keep(&out->texts, sql_get_text(&q));
    }
    ok = sql_end(&q, err) && ok;
    if (!ok)
        stored_acks_fini(out);
    return ok;
}

bool store_acks_are_newer(struct store *s, bool *newer, struct error *err)
{
    struct sql q;
    int64_t last = 0;
    sql_use(&q, s, "SELECT max(id) FROM ack");
    bool ok = sql_number(&q, 0, &last, err);
    *newer = last > s->acks_seen || last > s->list_acks_seen;
    return ok;
}

void stored_acks_fini(struct stored_acks *a)
{
    free(a->items);
    text_free(a->texts);
    *a = (struct stored_acks){0};
}

/* A finding that ended a moment ago has no row any more: then nothing is created. */
static bool ack_set_one(struct store *s, const struct stored_ack *a, size_t *made,
                        struct error *err)
{
    struct sql q;
    int64_t list = 0;
    if (!list_id(s, a->source, a->list, false, &list, err))
        return false;
    if (a->of_list)
        sql_use(&q, s,
                "INSERT OR REPLACE INTO ack (list, target, answers, made, until, note)"
                " SELECT list, NULL, ?, ?, ?, COALESCE(?, (SELECT note FROM ack a"
                " WHERE a.list = b.list AND a.target IS NULL), '')"
                " FROM list_belief b WHERE list = ? RETURNING id");
    else
        sql_use(&q, s,
                "INSERT OR REPLACE INTO ack (list, target, answers, made, until, note)"
                " SELECT list, target, ?, ?, ?, COALESCE(?, (SELECT note FROM ack a"
                " WHERE a.list = b.list AND a.target = b.target), '')"
                " FROM belief b WHERE list = ? AND target = ? RETURNING id");
    sql_text(&q, a->answers ? a->answers : "");
    sql_int(&q, a->made);
    sql_int(&q, a->until);
    sql_text(&q, a->note);
    sql_int(&q, list);
    if (!a->of_list)
        sql_int(&q, a->target);
    while (sql_row(&q))
        ++*made;
    return sql_end(&q, err);
}

bool store_acks_set(struct store *s, const struct stored_ack *acks, size_t count, size_t *made,
                    struct error *err)
{
    bool own, ok = true;
    size_t n = 0;
    if (!sql_start(s, &own, err))
        return false;
    for (size_t i = 0; ok && i < count; i++)
        ok = ack_set_one(s, &acks[i], &n, err);
    ok = sql_finish(s, own, ok, err);
    if (made)
        *made = ok ? n : 0;
    return ok;
}

bool store_acks_end(struct store *s, const int64_t *ids, size_t count, struct error *err)
{
    struct sql q;
    bool own, ok = true;
    if (!sql_start(s, &own, err))
        return false;
    for (size_t i = 0; ok && i < count; i++) {
        sql_use(&q, s, "DELETE FROM ack WHERE id = ?");
        sql_int(&q, ids[i]);
        ok = sql_run(&q, err);
    }
    return sql_finish(s, own, ok, err);
}
