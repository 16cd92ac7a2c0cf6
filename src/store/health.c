/* SPDX-License-Identifier: ISC */
#include "sql.h"

#include "repmon/buf.h"

#include <stdlib.h>

static void health_read_row(struct sql *q, struct stored_health *h, struct stored_text **texts)
{
    /* Words that a parser for people reads: false is damage. */
    if (!severity_parse(sql_get_text(q), &h->severity) ||
        !list_kind_parse(sql_get_text(q), &h->kind))
        sql_damaged(q);
    h->health = sql_get_health(q);
    h->cause = sql_get_cause(q);
    h->note = text_keep(texts, sql_get_text(q));
    h->proven = sql_get_int(q);
    h->asked = sql_get_int(q);
    h->due = (uint32_t)sql_get_count(q, UINT32_MAX);
    h->proved = (uint32_t)sql_get_count(q, UINT32_MAX);
}

bool store_health_load(struct store *s, struct stored_healths *out, struct error *err)
{
    struct sql q;
    bool ok = true;
    *out = (struct stored_healths){0};
    sql_use(&q, s,
            "SELECT h.list, h.severity, h.kind, h.health, h.cause, h.note, h.proven, h.asked,"
            " h.due, h.proved FROM health h JOIN list l ON l.id = h.list"
            " ORDER BY l.source, l.name");
    while (ok && sql_row(&q)) {
        out->items = mem_grow(out->items, out->count + 1, sizeof *out->items);
        struct stored_health *h = &out->items[out->count++];
        *h = (struct stored_health){0};
        const struct list_name *name = list_by_id(s, sql_get_int(&q), err);
        ok = name != NULL;
        if (ok) {
            h->source = name->source;
            h->list = name->name;
        }
        health_read_row(&q, h, &out->texts);
    }
    ok = sql_end(&q, err) && ok;
    if (!ok)
        stored_healths_fini(out);
    return ok;
}

void stored_healths_fini(struct stored_healths *h)
{
    free(h->items);
    text_free(h->texts);
    *h = (struct stored_healths){0};
}

bool store_health_save(struct store *s, const struct stored_health *h, struct error *err)
{
    struct sql q;
    bool own;
    int64_t list = 0;
    if (!sql_start(s, &own, err))
        return false;
    bool ok = list_id(s, h->source, h->list, true, &list, err);
    if (ok) {
        sql_use(&q, s,
                "INSERT OR REPLACE INTO health (list, severity, kind, health, cause, note, proven,"
                " asked, due, proved) VALUES (?1, ?2, ?3, ?4, ?5, ?6, coalesce(nullif(?7, 0),"
                " (SELECT proven FROM health WHERE list = ?1), 0), ?8, ?9, ?10)");
        sql_int(&q, list);
        sql_text(&q, severity_word(h->severity));
        sql_text(&q, list_kind_word(h->kind));
        sql_text(&q, health_word(h->health));
        sql_text(&q, cause_word(h->cause));
        sql_text(&q, h->note ? h->note : "");
        sql_int(&q, h->proven);
        sql_int(&q, h->asked);
        sql_int(&q, h->due);
        sql_int(&q, h->proved);
        ok = sql_run(&q, err);
    }
    return sql_finish(s, own, ok, err);
}
