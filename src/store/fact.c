/* SPDX-License-Identifier: ISC */
/* Small facts: budgets used, the highest TTLs seen, and values that have only a key. */
#include "sql.h"

#include "repmon/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool store_budget_get(struct store *s, const char *source, const char *list, int32_t day,
                      uint64_t *used, struct error *err)
{
    struct sql q;
    int64_t id = 0, value = 0;
    *used = 0;
    if (!list_id(s, source, list, false, &id, err))
        return false;
    sql_use(&q, s, "SELECT used FROM budget WHERE list = ? AND day = ?");
    sql_int(&q, id);
    sql_int(&q, day);
    if (!sql_number(&q, 0, &value, err))
        return false;
    *used = value > 0 ? (uint64_t)value : 0;
    return true;
}

bool store_budget_add(struct store *s, const char *source, const char *list, int32_t day,
                      uint64_t more, struct error *err)
{
    struct sql q;
    bool own;
    int64_t id = 0;
    if (!sql_start(s, &own, err))
        return false;
    bool ok = list_id(s, source, list, true, &id, err);
    if (ok) {
        sql_use(&q, s,
                "INSERT INTO budget (list, day, used) VALUES (?, ?, ?)"
                " ON CONFLICT (list, day) DO UPDATE SET used = used + excluded.used");
        sql_int(&q, id);
        sql_int(&q, day);
        sql_int(&q, (int64_t)more);
        ok = sql_run(&q, err);
    }
    return sql_finish(s, own, ok, err);
}

/* A future day comes from a clock that was wrong: it counts for a day, then no longer. */
bool store_ttl_get(struct store *s, const char *source, const char *list, const char *point,
                   int32_t day, uint32_t *ttl, struct error *err)
{
    struct sql q;
    int64_t id = 0, highest = 0;
    *ttl = 0;
    if (!list_id(s, source, list, false, &id, err))
        return false;
    sql_use(&q, s,
            "SELECT ifnull(max(ttl), 0) FROM ttl WHERE list = ? AND point = ?"
            " AND day BETWEEN ?3 - 1 AND ?3 + 1");
    sql_int(&q, id);
    sql_text(&q, point);
    sql_int(&q, day);
    if (!sql_number(&q, 0, &highest, err))
        return false;
    *ttl = highest > UINT32_MAX ? UINT32_MAX : (uint32_t)highest;
    return true;
}

bool store_ttl_raise(struct store *s, const char *source, const char *list, const char *point,
                     int32_t day, uint32_t ttl, struct error *err)
{
    struct sql q;
    bool own;
    int64_t id = 0;
    if (!sql_start(s, &own, err))
        return false;
    bool ok = list_id(s, source, list, true, &id, err);
    if (ok) {
        sql_use(&q, s,
                "DELETE FROM ttl WHERE list = ? AND point = ?"
                " AND day NOT BETWEEN ?3 - 1 AND ?3 + 1");
        sql_int(&q, id);
        sql_text(&q, point);
        sql_int(&q, day);
        ok = sql_run(&q, err);
    }
    if (ok) {
        sql_use(&q, s,
                "INSERT INTO ttl (list, point, day, ttl) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (list, point, day) DO UPDATE SET ttl = excluded.ttl"
                " WHERE excluded.ttl > ttl.ttl");
        sql_int(&q, id);
        sql_text(&q, point);
        sql_int(&q, day);
        sql_int(&q, ttl);
        ok = sql_run(&q, err);
    }
    return sql_finish(s, own, ok, err);
}

bool store_facts_load(struct store *s, const char *but, struct fact_set *out, struct error *err)
{
    struct sql q;
    *out = (struct fact_set){0};
    sql_use(&q, s,
            "SELECT key, value FROM meta WHERE substr(key, 1, length(?1)) <> ?1 ORDER BY key");
    sql_text(&q, but);
    while (sql_row(&q)) {
        const char *key = sql_get_text(&q);
        facts_append(out, key, sql_get_text(&q));
    }
    if (sql_end(&q, err))
        return true;
    facts_fini(out);
    return false;
}

bool store_meta_get(struct store *s, const char *key, struct buf *out, bool *found,
                    struct error *err)
{
    struct sql q;
    buf_clear(out);
    sql_use(&q, s, "SELECT value FROM meta WHERE key = ?");
    sql_text(&q, key);
    *found = sql_row(&q);
    if (*found && !buf_str(out, sql_get_text(&q)))
        sql_damaged(&q);
    return sql_end(&q, err);
}

bool store_meta_set(struct store *s, const char *key, const char *value, struct error *err)
{
    struct sql q;
    bool own;
    if (!sql_start(s, &own, err))
        return false;
    if (value) {
        sql_use(&q, s,
                "INSERT INTO meta (key, value) VALUES (?, ?)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value");
        sql_text(&q, key);
        sql_text(&q, value);
    } else {
        sql_use(&q, s, "DELETE FROM meta WHERE key = ?");
        sql_text(&q, key);
    }
    return sql_finish(s, own, sql_run(&q, err), err);
}

/* ---- facts in parts ---- */

bool store_meta_parts(struct store *s, const char *key, struct buf *out, bool *found,
                      struct error *err)
{
    struct sql q;
    *found = false;
    buf_clear(out);
    sql_use(&q, s,
            "SELECT value FROM meta WHERE key = ?1 OR substr(key, 1, length(?1) + 1) = ?1 || ' '"
            " ORDER BY key");
    sql_text(&q, key);
    while (sql_row(&q)) {
        *found = true;
        if (!buf_str(out, sql_get_text(&q)))
            sql_damaged(&q);
    }
    return sql_end(&q, err);
}

static bool meta_put_part(struct store *s, const struct meta_part *part, struct error *err)
{
    struct sql q;
    sql_use(&q, s,
            "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE"
            " SET value = excluded.value WHERE value IS NOT excluded.value");
    sql_text(&q, part->key);
    sql_text_of(&q, part->value, part->len);
    return sql_run(&q, err);
}

static bool meta_is_part(const char *key, const struct meta_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(parts[i].key, key) == 0)
            return true;
    return false;
}

/* Finds a stored part that is no longer one; `out` is empty when there is none. */
static bool meta_find_old(struct store *s, const char *key, const struct meta_part *parts,
                          size_t count, char out[static META_KEY], struct error *err)
{
    struct sql q;
    out[0] = '\0';
    sql_use(&q, s,
            "SELECT key FROM meta"
            " WHERE key = ?1 OR substr(key, 1, length(?1) + 1) = ?1 || ' '");
    sql_text(&q, key);
    while (sql_row(&q)) {
        const char *found = sql_get_text(&q);
        if (!out[0] && !meta_is_part(found, parts, count))
            snprintf(out, META_KEY, "%s", found);
    }
    return sql_end(&q, err);
}

static bool meta_drop_old(struct store *s, const char *key, const struct meta_part *parts,
                          size_t count, struct error *err)
{
    char old[META_KEY];
    do {
        if (!meta_find_old(s, key, parts, count, old, err))
            return false;
        if (old[0] && !store_meta_set(s, old, NULL, err))
            return false;
    } while (old[0]);
    return true;
}

bool store_meta_set_parts(struct store *s, const char *key, const struct meta_part *parts,
                          size_t count, struct error *err)
{
    bool own;
    if (!sql_start(s, &own, err))
        return false;
    bool ok = meta_drop_old(s, key, parts, count, err);
    for (size_t i = 0; i < count && ok; i++)
        ok = meta_put_part(s, &parts[i], err);
    return sql_finish(s, own, ok, err);
}
