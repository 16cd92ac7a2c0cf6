/* SPDX-License-Identifier: ISC */
#include "pager.h"

#include "repmon/buf.h"

#include <stdlib.h>

bool store_history_add(struct store *s, const struct change *c, time_t when, const char *digest,
                       struct error *err)
{
    struct sql q;
    bool own;
    int64_t list = 0;
    if (!sql_start(s, &own, err))
        return false;
    bool ok = list_id(s, c->source, c->list, true, &list, err);
    if (ok) {
        sql_use(&q, s,
                "INSERT INTO history (run, time, kind, list, target, ip, prefix, label, level_from,"
                " level_to, answers_from, answers, cause, detail, since, opened, digest)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        sql_int(&q, s->run);
        sql_int(&q, when);
        sql_text(&q, change_word(c->kind));
        sql_int(&q, list);
        static const struct ip none;
        if (c->of_list)
            sql_null(&q);
        else
            sql_int(&q, c->target);
        sql_subject(&q, c->of_list ? &none : &c->ip, c->of_list ? 0 : c->prefix,
                    c->label ? c->label : "");
        sql_text(&q, level_word(c->from));
        sql_text(&q, level_word(c->to));
        sql_text(&q, c->answers_from ? c->answers_from : "");
        sql_text(&q, c->answers ? c->answers : "");
        sql_text(&q, cause_word(c->cause));
        sql_text(&q, c->detail ? c->detail : "");
        sql_int(&q, c->since);
        sql_int(&q, c->opened);
        sql_text(&q, digest ? digest : "");
        ok = sql_run(&q, err);
    }
    return sql_finish(s, own, ok, err);
}

static void history_read_row(struct sql *q, void *out, int64_t key[static 2],
                             struct stored_text **texts)
{
    struct history_row *row = out;
    struct change *c = &row->change;
    *row = (struct history_row){0};
    row->id = sql_get_int(q);
    row->run = sql_get_int(q);
    row->time = sql_get_int(q);
    c->kind = sql_get_kind(q);
    c->source = text_keep(texts, sql_get_text(q));
    c->list = text_keep(texts, sql_get_text(q));
    c->target = (uint32_t)sql_get_count(q, UINT32_MAX);
    c->of_list = sql_get_null(q);
    const char *label;
    sql_get_subject(q, &c->ip, &c->prefix, &label);
    c->label = text_keep(texts, label);
    c->from = sql_get_level(q);
    c->to = sql_get_level(q);
    c->answers_from = text_keep(texts, sql_get_text(q));
    c->answers = text_keep(texts, sql_get_text(q));
    c->cause = sql_get_cause(q);
    c->detail = text_keep(texts, sql_get_text(q));
    c->since = sql_get_int(q);
    c->opened = sql_get_int(q);
    row->digest = text_keep(texts, sql_get_text(q));
    key[0] = row->time;
    key[1] = row->id;
}

/* The asked block holds the changed one (an address, a /64), or the other way round. */
static bool history_covers(const struct history_query *query, const void *row)
{
    const struct change *c = &((const struct history_row *)row)->change;
    struct cidr changed = {.base = c->ip, .len = c->prefix};
    for (size_t i = 0; !c->of_list && i < query->target_count; i++) {
        if (cidr_contains(&query->targets[i], &c->ip) ||
            cidr_contains(&changed, &query->targets[i].base))
            return true;
    }
    return query->target_count == 0;
}

static const struct pager_kind history_pages = {
    .select = "SELECT h.id, h.run, h.time, h.kind, l.source, l.name, h.target, h.ip, h.prefix,"
              " h.label, h.level_from, h.level_to, h.answers_from, h.answers, h.cause, h.detail,"
              " h.since, h.opened, h.digest FROM history h JOIN list l ON l.id = h.list"
              " WHERE (h.time, h.id) < (?1, ?2) AND h.time >= ?3"
              " AND (?4 IS NULL OR l.name = ?4 COLLATE NOCASE)"
              " AND (?5 IS NULL OR l.source = ?5) ORDER BY h.time DESC, h.id DESC LIMIT ?6",
    .row_size = sizeof(struct history_row),
    .read = history_read_row,
    .covers = history_covers,
};

struct pager *store_history(struct store *s, const struct history_query *query, struct error *err)
{
    return pager_new(s, &history_pages, query, err);
}

bool history_next(struct pager *p, struct history_row *row, struct error *err)
{
    return pager_next(p, &history_pages, row, err);
}
