/* SPDX-License-Identifier: ISC */
#include "sql.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

static bool origin_load_blocks(struct store *s, int64_t id, struct stored_origin *o,
                               struct error *err)
{
    struct sql q;
    sql_use(&q, s,
            "SELECT ip, len, missed FROM origin_block WHERE origin = ?"
            " ORDER BY length(ip), ip, len");
    sql_int(&q, id);
    while (sql_row(&q)) {
        o->blocks = mem_grow(o->blocks, o->count + 1, sizeof *o->blocks);
        struct stored_block *b = &o->blocks[o->count++];
        b->cidr.base = sql_get_ip(&q);
        b->cidr.len = sql_get_prefix(&q, b->cidr.base);
        b->missed = (uint32_t)sql_get_count(&q, UINT32_MAX);
    }
    return sql_end(&q, err);
}

bool store_origins_load(struct store *s, struct stored_origins *out, struct error *err)
{
    struct sql q;
    bool own, ok = true;
    *out = (struct stored_origins){0};
    if (!sql_read_start(s, &own, err))
        return false;
    sql_use(&q, s, "SELECT id, key, good, failed, gap FROM origin ORDER BY key");
    while (ok && sql_row(&q)) {
        out->items = mem_grow(out->items, out->count + 1, sizeof *out->items);
        struct stored_origin *o = &out->items[out->count++];
        int64_t id = sql_get_int(&q);
        *o = (struct stored_origin){.key = mem_dup(sql_get_text(&q))};
        o->good = sql_get_int(&q);
        o->failed = (uint32_t)sql_get_count(&q, UINT32_MAX);
        o->gap = (uint32_t)sql_get_count(&q, UINT32_MAX);
        ok = origin_load_blocks(s, id, o, err);
    }
    ok = sql_end(&q, err) && ok;
    sql_read_end(s, own);
    if (!ok)
        stored_origins_fini(out);
    return ok;
}

static bool origin_save(struct store *s, const struct stored_origin *o, struct error *err)
{
    struct sql q;
    int64_t id = 0;
    sql_use(&q, s, "INSERT INTO origin (key, good, failed, gap) VALUES (?, ?, ?, ?) RETURNING id");
    sql_text(&q, o->key);
    sql_int(&q, o->good);
    sql_int(&q, o->failed);
    sql_int(&q, o->gap);
    bool ok = sql_number(&q, 0, &id, err);
    for (size_t i = 0; ok && i < o->count; i++) {
        const struct stored_block *b = &o->blocks[i];
        sql_use(&q, s,
                "INSERT OR IGNORE INTO origin_block (origin, ip, len, missed) VALUES (?, ?, ?, ?)");
        sql_int(&q, id);
        sql_ip(&q, &b->cidr.base);
        sql_int(&q, b->cidr.len);
        sql_int(&q, b->missed);
        ok = sql_run(&q, err);
    }
    return ok;
}

bool store_origins_save(struct store *s, const struct stored_origins *o, struct error *err)
{
    struct sql q;
    bool own;
    if (!sql_start(s, &own, err))
        return false;
    sql_use(&q, s, "DELETE FROM origin"); /* its blocks go with it */
    bool ok = sql_run(&q, err);
    for (size_t i = 0; ok && i < o->count; i++)
        ok = origin_save(s, &o->items[i], err);
    return sql_finish(s, own, ok, err);
}
