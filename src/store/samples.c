/* SPDX-License-Identifier: ISC */
#include "pager.h"

#include "repmon/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* List, address, day, and the numbers themselves up to the colour: both statements begin so. */
static void numbers_bind(struct sql *q, int64_t list, const struct stored_numbers *n)
{
    sql_int(q, list);
    sql_key(q, &n->ip);
    sql_int(q, n->day);
    sql_int(q, n->recipients);
    sql_int(q, n->data);
    sql_int(q, n->messages);
    sql_int(q, n->traps);
    sql_real(q, n->complaint);
    sql_text(q, n->complaint_text ? n->complaint_text : "");
    sql_text(q, n->colour ? n->colour : "");
}

/* What makes a revision: the numbers, not when they came or in which words. */
static bool numbers_differs(struct store *s, int64_t list, const struct stored_numbers *n,
                            bool *revised, struct error *err)
{
    struct sql q;
    int64_t count = 0;
    sql_use(&q, s,
            "SELECT count(*) FROM numbers WHERE list = ? AND ip = ? AND day = ? AND"
            " (recipients, data, messages, traps, complaint, complaint_text, colour)"
            " <> (?, ?, ?, ?, ?, ?, ?)");
    numbers_bind(&q, list, n);
    bool ok = sql_number(&q, 0, &count, err);
    *revised = count > 0;
    return ok;
}

static bool numbers_upsert(struct store *s, int64_t list, const struct stored_numbers *n,
                           struct error *err)
{
    struct sql q;
    struct buf raw;
    buf_init(&raw, LIMIT_NUMBERS_RAW);
    const char *text = n->raw ? n->raw : "";
    size_t len = strlen(text);
    buf_add(&raw, text, len < LIMIT_NUMBERS_RAW ? len : LIMIT_NUMBERS_RAW);
    sql_use(&q, s,
            "INSERT INTO numbers (list, ip, day, recipients, data, messages, traps, complaint,"
            " complaint_text, colour, raw, seen, name)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (list, ip, day) DO UPDATE SET recipients = excluded.recipients,"
            " data = excluded.data, messages = excluded.messages, traps = excluded.traps,"
            " complaint = excluded.complaint, complaint_text = excluded.complaint_text,"
            " colour = excluded.colour, raw = excluded.raw, seen = excluded.seen"
            " WHERE raw <> excluded.raw OR colour <> excluded.colour"
            " OR complaint <> excluded.complaint");
    numbers_bind(&q, list, n);
    sql_text(&q, buf_text(&raw));
    sql_int(&q, n->seen);
    const char *name = ip_name(&n->ip);
    sql_text(&q, name ? name : "");
    bool ok = sql_run(&q, err);
    buf_fini(&raw);
    return ok;
}

bool store_samples_add(struct store *s, const struct stored_numbers *n, bool *revised,
                       struct error *err)
{
    bool own, other = false;
    int64_t list = 0;
    if (!sql_start(s, &own, err))
        return false;
    bool ok = list_id(s, n->source, n->list, true, &list, err);
    if (ok)
        ok = numbers_differs(s, list, n, &other, err);
    if (ok)
        ok = numbers_upsert(s, list, n, err);
    if (revised)
        *revised = ok && other;
    return sql_finish(s, own, ok, err);
}

static void numbers_read_row(struct sql *q, struct stored_numbers *n, struct stored_text **texts)
{
    *n = (struct stored_numbers){0};
    n->source = text_keep(texts, sql_get_text(q));
    n->list = text_keep(texts, sql_get_text(q));
    n->ip = sql_get_key(q);
    n->day = (int32_t)sql_get_count(q, INT32_MAX);
    n->recipients = sql_get_int(q);
    n->data = sql_get_int(q);
    n->messages = sql_get_int(q);
    n->traps = sql_get_int(q);
    n->complaint = sql_get_real(q);
    n->complaint_text = text_keep(texts, sql_get_text(q));
    n->colour = text_keep(texts, sql_get_text(q));
    n->raw = text_keep(texts, sql_get_text(q));
    n->seen = sql_get_int(q);
}

static struct stored_numbers *numbers_append(struct stored_days *d)
{
    if (d->count == d->cap) {
        d->cap = d->cap ? d->cap * 2 : 64;
        d->items = mem_grow(d->items, d->cap, sizeof *d->items);
    }
    return &d->items[d->count++];
}

bool store_worst_days(struct store *s, const char *source, const char *list, int32_t day,
                      unsigned addresses, struct stored_days *out, size_t *known, struct error *err)
{
    struct sql q;
    int64_t id = 0, count = 0;
    if (!list_id(s, source, list, false, &id, err))
        return false;
    sql_use(&q, s, "SELECT count(DISTINCT ip) FROM numbers WHERE list = ? AND day >= ?");
    sql_int(&q, id);
    sql_int(&q, day);
    if (!sql_number(&q, 0, &count, err))
        return false;
    *known += (size_t)count;
    sql_use(&q, s,
            "SELECT l.source, l.name, n.ip, n.name, n.day, n.recipients, n.data, n.messages,"
            " n.traps, n.complaint, n.complaint_text, n.colour, n.raw, n.seen"
            " FROM (SELECT ip FROM numbers WHERE list = ?1 AND day >= ?2 GROUP BY ip"
            "   ORDER BY sum(colour = 'red') DESC, sum(colour = 'yellow') DESC,"
            "   max(complaint) DESC, sum(data) DESC, ip LIMIT ?3) w"
            " JOIN numbers n ON n.list = ?1 AND n.ip = w.ip"
            " JOIN list l ON l.id = n.list WHERE n.day >= ?2 ORDER BY n.ip, n.day");
    sql_int(&q, id);
    sql_int(&q, day);
    sql_int(&q, addresses);
    while (sql_row(&q))
        numbers_read_row(&q, numbers_append(out), &out->texts);
    return sql_end(&q, err);
}

bool store_day_sums(struct store *s, const char *source, int32_t day, unsigned lists,
                    struct stored_days *out, struct error *err)
{
    struct sql q;
    sql_use(&q, s,
            "SELECT l.name, n.day, sum(n.recipients), sum(n.data), sum(n.messages), sum(n.traps)"
            " FROM (SELECT n.list FROM numbers n JOIN list l ON l.id = n.list"
            "   WHERE l.source = ?1 AND n.day >= ?2 GROUP BY n.list"
            "   ORDER BY sum(n.data) + sum(n.traps) DESC, sum(n.messages) DESC LIMIT ?3) w"
            " JOIN list l ON l.id = w.list JOIN numbers n ON n.list = w.list"
            " WHERE n.day >= ?2 GROUP BY n.list, n.day ORDER BY l.name, n.day");
    sql_text(&q, source);
    sql_int(&q, day);
    sql_int(&q, lists);
    while (sql_row(&q)) {
        struct stored_numbers *n = numbers_append(out);
        *n = (struct stored_numbers){.source = source, .complaint = -1};
        n->complaint_text = n->colour = n->raw = "";
        n->list = text_keep(&out->texts, sql_get_text(&q));
        n->day = (int32_t)sql_get_count(&q, INT32_MAX);
        n->recipients = sql_get_int(&q);
        n->data = sql_get_int(&q);
        n->messages = sql_get_int(&q);
        n->traps = sql_get_int(&q);
    }
    return sql_end(&q, err);
}

void stored_days_fini(struct stored_days *d)
{
    free(d->items);
    text_free(d->texts);
    *d = (struct stored_days){0};
}

bool store_samples_load(struct store *s, unsigned days, struct stored_samples *out,
                        struct error *err)
{
    struct sql q;
    bool ok = true;
    *out = (struct stored_samples){0};
    sql_use(&q, s,
            "SELECT list, ip, name, day, colour, complaint FROM (SELECT *, row_number() OVER"
            " (PARTITION BY list, ip ORDER BY day DESC) AS n FROM numbers) WHERE n <= ?");
    sql_int(&q, days);
    while (ok && sql_row(&q)) {
        if (out->count == out->cap) {
            out->cap = out->cap ? out->cap * 2 : 64;
            out->items = mem_grow(out->items, out->cap, sizeof *out->items);
        }
        struct stored_sample *n = &out->items[out->count++];
        const struct list_name *name = list_by_id(s, sql_get_int(&q), err);
        ok = name != NULL;
        n->source = ok ? name->source : "";
        n->list = ok ? name->name : "";
        n->ip = sql_get_key(&q);
        n->day = (int32_t)sql_get_count(&q, INT32_MAX);
        snprintf(n->colour, sizeof n->colour, "%s", sql_get_text(&q));
        n->complaint = sql_get_real(&q);
    }
    ok = sql_end(&q, err) && ok;
    if (ok)
        stored_samples_sort(out);
    else
        stored_samples_fini(out);
    return ok;
}

static void numbers_read_page(struct sql *q, void *row, int64_t key[static 2],
                              struct stored_text **texts)
{
    struct stored_numbers *n = row;
    key[1] = sql_get_int(q);
    numbers_read_row(q, n, texts);
    key[0] = n->day;
}

static bool numbers_covers(const struct history_query *query, const void *row)
{
    const struct stored_numbers *n = row;
    for (size_t i = 0; i < query->target_count; i++) {
        if (cidr_contains(&query->targets[i], &n->ip))
            return true;
    }
    return query->target_count == 0;
}

static const struct pager_kind numbers_pages = {
    .select = "SELECT n.id, l.source, l.name, n.ip, n.name, n.day, n.recipients, n.data,"
              " n.messages, n.traps, n.complaint, n.complaint_text, n.colour, n.raw, n.seen"
              " FROM numbers n JOIN list l ON l.id = n.list"
              " WHERE (n.day, n.id) < (?1, ?2) AND n.seen >= ?3 AND (?4 IS NULL OR l.name = ?4)"
              " AND (?5 IS NULL OR l.source = ?5) ORDER BY n.day DESC, n.id DESC LIMIT ?6",
    .row_size = sizeof(struct stored_numbers),
    .read = numbers_read_page,
    .covers = numbers_covers,
};

struct pager *store_samples(struct store *s, const struct history_query *query, struct error *err)
{
    return pager_new(s, &numbers_pages, query, err);
}

bool numbers_next(struct pager *p, struct stored_numbers *n, struct error *err)
{
    return pager_next(p, &numbers_pages, n, err);
}
