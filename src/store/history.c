/* SPDX-License-Identifier: ISC */
#include "sql.h"

#include "repmon/buf.h"

#include <stdlib.h>

#define BATCH 128 /* rows read at a time: between batches no lock is held */

struct history_iter {
    struct store *s;
    struct history_query query; /* list and targets are borrowed from the caller */
    struct history_row rows[BATCH];
    size_t count, at;
    size_t given;
    int64_t last_time, last_id; /* of the newest row not yet read */
    bool end;
    struct stored_text *texts; /* owned: of this batch */
};

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

static void history_read_row(struct sql *q, struct history_row *row, struct stored_text **texts)
{
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
}

static bool history_fill(struct history_iter *it, struct error *err)
{
    struct sql q;
    text_free(it->texts);
    it->texts = NULL;
    it->count = it->at = 0;
    sql_use(&q, it->s,
            "SELECT h.id, h.run, h.time, h.kind, l.source, l.name, h.target, h.ip, h.prefix,"
            " h.label, h.level_from, h.level_to, h.answers_from, h.answers, h.cause, h.detail,"
            " h.since, h.opened, h.digest FROM history h JOIN list l ON l.id = h.list"
            " WHERE (h.time, h.id) < (?1, ?2) AND h.time >= ?3 AND (?4 IS NULL OR l.name = ?4)"
            " AND (?5 IS NULL OR l.source = ?5) ORDER BY h.time DESC, h.id DESC LIMIT ?6");
    sql_int(&q, it->last_time);
    sql_int(&q, it->last_id);
    sql_int(&q, it->query.since);
    sql_text(&q, it->query.list);
    sql_text(&q, it->query.source);
    sql_int(&q, BATCH);
    while (it->count < BATCH && sql_row(&q))
        history_read_row(&q, &it->rows[it->count++], &it->texts);
    it->end = it->count < BATCH;
    if (it->count) {
        it->last_time = it->rows[it->count - 1].time;
        it->last_id = it->rows[it->count - 1].id;
    }
    return sql_end(&q, err);
}

struct history_iter *store_history(struct store *s, const struct history_query *query,
                                   struct error *err)
{
    struct history_iter *it = mem_alloc(sizeof *it);
    it->s = s;
    it->query = *query;
    it->last_time = it->last_id = INT64_MAX;
    if (!history_fill(it, err)) {
        history_free(it);
        return NULL;
    }
    return it;
}

/* The asked block holds the changed one (an address, a /64), or the other way round. */
static bool history_covers(const struct history_query *query, const struct ip *ip, uint8_t prefix)
{
    struct cidr changed = {.base = *ip, .len = prefix};
    for (size_t i = 0; i < query->target_count; i++) {
        if (cidr_contains(&query->targets[i], ip) ||
            cidr_contains(&changed, &query->targets[i].base))
            return true;
    }
    return query->target_count == 0;
}

bool history_next(struct history_iter *it, struct history_row *row, struct error *err)
{
    if (it->query.limit && it->given == it->query.limit)
        return false;
    for (;;) {
        if (it->at == it->count && (it->end || !history_fill(it, err) || it->count == 0))
            return false;
        const struct history_row *r = &it->rows[it->at++];
        if (r->change.of_list ? it->query.target_count == 0
                              : history_covers(&it->query, &r->change.ip, r->change.prefix)) {
            *row = *r;
            it->given++;
            return true;
        }
    }
}

void history_free(struct history_iter *it)
{
    if (!it)
        return;
    text_free(it->texts);
    free(it);
}
