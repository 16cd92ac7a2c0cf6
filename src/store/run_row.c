/* SPDX-License-Identifier: ISC */
#include "sql.h"

#include "repmon/crash.h"
#include "repmon/text_fit.h"

#include <stdio.h>
#include <string.h>

bool store_last_run(struct store *s, bool completed, struct stored_run *out, bool *found,
                    struct error *err)
{
    struct sql q;
    *out = (struct stored_run){0};
    sql_use(&q, s,
            "SELECT id, started, ended, completed, in_doubt, boot_s, boot_id, instance, version,"
            " elapsed_ms, targets, lists, asked, proven, changes, level FROM run"
            " WHERE completed >= ? ORDER BY id DESC LIMIT 1");
    sql_int(&q, completed);
    *found = sql_row(&q);
    if (*found) {
        out->id = sql_get_int(&q);
        out->started = sql_get_int(&q);
        out->ended = sql_get_int(&q);
        out->completed = sql_get_int(&q) != 0;
        out->in_doubt = sql_get_int(&q) != 0;
        out->boot_s = sql_get_int(&q);
        snprintf(out->boot_id, sizeof out->boot_id, "%s", sql_get_text(&q));
        text_fit(out->instance, sizeof out->instance, "%s", sql_get_text(&q));
        snprintf(out->version, sizeof out->version, "%s", sql_get_text(&q));
        out->elapsed_ms = sql_get_int(&q);
        out->targets = (uint32_t)sql_get_count(&q, UINT32_MAX);
        out->lists = (uint32_t)sql_get_count(&q, UINT32_MAX);
        out->asked = sql_get_count(&q, INT64_MAX);
        out->proven = sql_get_count(&q, INT64_MAX);
        out->changes = (uint32_t)sql_get_count(&q, UINT32_MAX);
        out->level = sql_get_level(&q);
    }
    return sql_end(&q, err);
}

bool store_run_proved(struct store *s, bool *proved, struct error *err)
{
    struct sql q;
    sql_use(&q, s, "SELECT 1 FROM run WHERE completed = 1 AND proven > 0 LIMIT 1");
    *proved = sql_row(&q);
    return sql_end(&q, err);
}

bool store_runs_since(struct store *s, time_t since, uint32_t *count, time_t *first,
                      struct error *err)
{
    struct sql q;
    *count = 0;
    *first = 0;
    sql_use(&q, s, "SELECT count(*), coalesce(min(started), 0) FROM run WHERE started >= ?");
    sql_int(&q, since);
    if (sql_row(&q)) {
        *count = (uint32_t)sql_get_count(&q, UINT32_MAX);
        *first = sql_get_int(&q);
    }
    return sql_end(&q, err);
}

bool store_run_gaps(struct store *s, time_t since, int64_t longest_s, struct stored_gap *out,
                    size_t max, size_t *count, struct error *err)
{
    struct sql q;
    *count = 0;
    sql_use(&q, s,
            "SELECT ended, next FROM (SELECT lag(ended, 1, 0) OVER (ORDER BY id) AS ended,"
            " started AS next FROM run WHERE completed = 1)"
            " WHERE next >= ?1 AND next - ended > ?2 ORDER BY next DESC");
    sql_int(&q, since);
    sql_int(&q, longest_s);
    while (sql_row(&q)) {
        struct stored_gap gap = {.begin = (time_t)sql_get_int(&q)};
        gap.end = (time_t)sql_get_int(&q);
        if (*count < max)
            out[*count] = gap;
        (*count)++;
    }
    return sql_end(&q, err);
}

static void run_bind(struct sql *q, const struct stored_run *run)
{
    sql_int(q, run->started);
    sql_int(q, run->ended);
    sql_int(q, run->completed);
    sql_int(q, run->in_doubt);
    sql_int(q, run->boot_s);
    sql_text(q, run->boot_id);
    sql_text(q, run->instance);
    sql_text(q, run->version);
    sql_int(q, run->elapsed_ms);
    sql_int(q, run->targets);
    sql_int(q, run->lists);
    sql_int(q, (int64_t)run->asked);
    sql_int(q, (int64_t)run->proven);
    sql_int(q, run->changes);
    sql_text(q, level_word(run->level));
}

bool store_next_run(struct store *s, int64_t *id, struct error *err)
{
    struct sql q;
    sql_use(&q, s, "SELECT seq + 1 FROM sqlite_sequence WHERE name = 'run'");
    return sql_number(&q, 1, id, err);
}

bool store_begin_run(struct store *s, struct stored_run *run, struct error *err)
{
    struct sql q;
    bool own;
    if (s->in_run)
        return error_at(err, ERR_BUG, s->path, 0, "a run began within a run");
    if (!sql_start(s, &own, err))
        return false;
    s->in_run = true;
    sql_use(&q, s,
            "INSERT INTO run (started, ended, completed, in_doubt, boot_s, boot_id, instance,"
            " version, elapsed_ms, targets, lists, asked, proven, changes, level)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id");
    run_bind(&q, run);
    if (!sql_number(&q, 0, &run->id, err)) {
        store_rollback(s);
        return false;
    }
    s->run = run->id;
    return true;
}

bool store_commit(struct store *s, const struct stored_run *run, struct error *err)
{
    struct sql q;
    if (!s->in_run)
        return error_at(err, ERR_BUG, s->path, 0, "a commit without a run");
    /* A full disk may have ended the transaction already; what follows would be outside of it. */
    bool ok = !sqlite3_get_autocommit(s->db) || sql_fail(s, SQLITE_FULL, err);
    if (ok) {
        sql_use(&q, s,
                "UPDATE run SET (started, ended, completed, in_doubt, boot_s, boot_id, instance,"
                " version, elapsed_ms, targets, lists, asked, proven, changes, level)"
                " = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ?");
        run_bind(&q, run);
        sql_int(&q, s->run);
        ok = sql_run(&q, err);
    }
    if (!ok) {
        store_rollback(s);
        return false;
    }
    s->in_run = false;
    s->run = 0;
    ok = sql_finish(s, true, true, err);
    s->is_new = s->is_new && !ok;
    return ok;
}

void store_rollback(struct store *s)
{
    if (!s->in_run)
        return;
    s->in_run = false;
    s->run = 0;
    sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    list_forget_ids(s);
}

static bool run_delete_before(struct store *s, const char *text, int64_t before, struct error *err)
{
    struct sql q;
    sql_use(&q, s, text);
    sql_int(&q, before);
    return sql_run(&q, err);
}

bool store_prune(struct store *s, time_t before, struct error *err)
{
    static const char *const rows[] = {
        "DELETE FROM history WHERE time < ?",
        "DELETE FROM numbers WHERE seen < ?",
        "DELETE FROM outbox WHERE state IN ('sent', 'dead') AND ended < ?",
        "DELETE FROM budget WHERE day < ? / 86400",
        "DELETE FROM ack WHERE until < ?",
        /* Ages are measured from it, so the newest completed one stays. */
        ("DELETE FROM run WHERE ended < ? AND id < (SELECT max(id) FROM run WHERE completed = 1)"
         " AND id < (SELECT max(id) FROM run)"),
    };
    bool own;
    if (!sql_start(s, &own, err))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof rows / sizeof rows[0]; i++)
        ok = run_delete_before(s, rows[i], before, err);
    return sql_finish(s, own, ok, err);
}
