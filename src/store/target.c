/* SPDX-License-Identifier: ISC */
#include "sql.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

/* All targets may change at once, and ids are reused one run later: never more than twice. */
#define ID_MAX (2 * LIMIT_TARGETS - 1)

bool store_targets_load(struct store *s, struct stored_targets *out, struct error *err)
{
    struct sql q;
    *out = (struct stored_targets){0};
    sql_use(&q, s, "SELECT id, ip, prefix, label, flags, added FROM target ORDER BY id");
    while (sql_row(&q)) {
        struct stored_target *t = stored_targets_append(out);
        t->id = (uint32_t)sql_get_count(&q, ID_MAX);
        const char *label;
        sql_get_subject(&q, &t->ip, &t->prefix, &label);
        t->label = text_keep(&out->texts, label);
        t->flags = (uint8_t)sql_get_count(&q, 255);
        t->added = sql_get_int(&q);
    }
    if (!sql_end(&q, err)) {
        stored_targets_fini(out);
        return false;
    }
    stored_targets_sort(out);
    return true;
}

static bool target_save(struct store *s, const struct stored_target *t, struct error *err)
{
    struct sql q;
    sql_use(&q, s,
            "INSERT INTO target (id, ip, prefix, label, flags, added) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET flags = excluded.flags, label = excluded.label,"
            " added = excluded.added");
    sql_int(&q, t->id);
    sql_subject(&q, &t->ip, t->prefix, t->label);
    sql_int(&q, t->flags);
    sql_int(&q, t->added);
    return sql_run(&q, err);
}

static bool target_remove(struct store *s, uint32_t id, struct error *err)
{
    struct sql q;
    sql_use(&q, s, "DELETE FROM target WHERE id = ?"); /* beliefs and acks go with it */
    sql_int(&q, id);
    return sql_run(&q, err);
}

/* The cells of all retired ids in one list's blob become "never asked", in place. */
static bool target_clear_cells(struct store *s, int64_t list, const struct stored_targets *t,
                               struct error *err)
{
    static const char never[sizeof(proof_cell)];
    sqlite3_blob *blob = NULL;
    int rc = sqlite3_blob_open(s->db, "main", "proof", "cells", list, 1, &blob);
    for (size_t i = 0; rc == SQLITE_OK && i < t->count; i++) {
        int at = (int)(t->items[i].id * sizeof never);
        if (t->items[i].retire && at < sqlite3_blob_bytes(blob))
            rc = sqlite3_blob_write(blob, never, sizeof never, at);
    }
    bool ok = rc == SQLITE_OK || sql_fail(s, rc, err);
    sqlite3_blob_close(blob);
    return ok;
}

static bool target_clear_proofs(struct store *s, const struct stored_targets *t, struct error *err)
{
    struct sql q;
    bool ok = true;
    sql_use(&q, s, "SELECT list FROM proof");
    while (ok && sql_row(&q))
        ok = target_clear_cells(s, sql_get_int(&q), t, err);
    return sql_end(&q, err) && ok;
}

bool store_targets_save(struct store *s, const struct stored_targets *t, struct error *err)
{
    bool own, ok = true, retired = false;
    if (!sql_start(s, &own, err))
        return false;
    for (size_t i = 0; ok && i < t->count; i++) {
        if (!t->items[i].retire)
            continue;
        ok = target_remove(s, t->items[i].id, err);
        retired = true;
    }
    if (ok && retired)
        ok = target_clear_proofs(s, t, err);
    for (size_t i = 0; ok && i < t->count; i++) {
        if (t->items[i].dirty && !t->items[i].retire)
            ok = target_save(s, &t->items[i], err);
    }
    return sql_finish(s, own, ok, err);
}
