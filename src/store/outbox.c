/* SPDX-License-Identifier: ISC */
#include "sql.h"

#include "repmon/buf.h"

#include <stdlib.h>

#define LATERS_IN_ORDER 3 /* repmon-alerts(7), DELIVERY: then it goes after newer ones */

static const char *const words[OUTBOX_STATE_COUNT] = {"pending", "sending", "sent", "held",
                                                      "failed"};

/* The state still calls what failed "dead", as it did at first. */
const char *outbox_stored_word(enum outbox_state state)
{
    return state == OUTBOX_FAILED ? "dead" : outbox_word(state);
}

const char *outbox_word(enum outbox_state state)
{
    return (unsigned)state < OUTBOX_STATE_COUNT ? words[state] : "?";
}

#define COLUMNS                                                                                    \
    "id, run, digest, channel, state, tries, laters, may_have_arrived, created, next_try, ended,"  \
    " said"

static void outbox_read_item(struct sql *q, struct outbox_item *item)
{
    *item = (struct outbox_item){0};
    item->id = sql_get_int(q);
    item->run = sql_get_int(q);
    item->digest = mem_dup(sql_get_text(q));
    item->channel = mem_dup(sql_get_text(q));
    item->state = sql_get_state(q);
    item->tries = (uint32_t)sql_get_count(q, UINT32_MAX);
    item->deferrals = (uint32_t)sql_get_count(q, UINT32_MAX);
    item->may_have_arrived = sql_get_int(q) != 0;
    item->created = sql_get_int(q);
    item->next_try = sql_get_int(q);
    item->ended = sql_get_int(q);
    item->reason = mem_dup(sql_get_text(q));
}

void outbox_item_fini(struct outbox_item *item)
{
    free(item->digest);
    free(item->channel);
    free(item->reason);
    free(item->content);
    *item = (struct outbox_item){0};
}

void outbox_items_free(struct outbox_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        outbox_item_fini(&items[i]);
    free(items);
}

bool store_outbox_add(struct store *s, int64_t run, const char *digest, const char *channel,
                      const char *content, time_t now, struct error *err)
{
    struct sql q;
    bool own;
    if (!sql_start(s, &own, err))
        return false;
    sql_use(&q, s,
            "INSERT INTO outbox (run, digest, channel, state, tries, laters, may_have_arrived,"
            " created, next_try, ended, said, content)"
            " VALUES (?, ?, ?, 'pending', 0, 0, 0, ?, ?, 0, '', ?)");
    sql_int(&q, run);
    sql_text(&q, digest);
    sql_text(&q, channel);
    sql_int(&q, now);
    sql_int(&q, now);
    sql_text(&q, content);
    return sql_finish(s, own, sql_run(&q, err), err);
}

/* A transaction of its own, durable before the network is touched: never within a run's. */
static bool outbox_start(struct store *s, struct error *err)
{
    bool own;
    if (s->in_run)
        return error_at(err, ERR_BUG, s->path, 0, "a message was sent before its run's commit");
    return sql_start(s, &own, err);
}

/* Runs an UPDATE that must meet exactly one row. */
static bool outbox_change_one(struct store *s, struct sql *q, struct error *err)
{
    if (!sql_run(q, err))
        return false;
    return sqlite3_changes(s->db) == 1 ||
           error_at(err, ERR_BUG, s->path, 0, "a message is not in the state it should be in");
}

bool store_outbox_recover(struct store *s, time_t now, size_t *count, struct error *err)
{
    struct sql q;
    int64_t left = 0;
    if (count)
        *count = 0;
    sql_use(&q, s, "SELECT count(*) FROM outbox WHERE state = 'sending'");
    if (!sql_number(&q, 0, &left, err))
        return false;
    if (left == 0)
        return true;
    if (!outbox_start(s, err))
        return false;
    sql_use(&q, s,
            "UPDATE outbox SET state = 'pending', may_have_arrived = 1, next_try = ?,"
            " said = 'interrupted while it was being sent; it may have arrived'"
            " WHERE state = 'sending'");
    sql_int(&q, now);
    bool ok = sql_finish(s, true, sql_run(&q, err), err);
    if (ok && count)
        *count = (size_t)left;
    return ok;
}

static bool outbox_is_held(struct store *s, const char *channel, bool *held, struct error *err)
{
    struct sql q;
    int64_t since = 0;
    sql_use(&q, s, "SELECT held_since FROM channel WHERE name = ?");
    sql_text(&q, channel);
    bool ok = sql_number(&q, 0, &since, err);
    *held = since != 0;
    return ok;
}

/*
 * Which of the waiting messages, oldest first, is to be tried: the first that is due, unless an
 * older one that keeps its place waits for its time; else one that goes after newer ones.
 */
static int64_t outbox_choose(struct sql *q, bool held, time_t now)
{
    int64_t behind = 0;
    bool blocked = false;
    while (sql_row(q)) {
        int64_t id = sql_get_int(q);
        bool steps_behind = sql_get_int(q) >= LATERS_IN_ORDER;
        bool may_have_arrived = sql_get_int(q) != 0;
        int64_t at = sql_get_int(q), last = sql_get_int(q);
        /* Never tried, or tried while the clock was ahead: then its pause means nothing. */
        bool due = at <= now || last == 0 || last > now;
        if (held || (due && !steps_behind && !blocked))
            return id;
        if (steps_behind && due && behind == 0)
            behind = id;
        if (!steps_behind && !may_have_arrived)
            blocked = true;
    }
    return behind;
}

bool store_outbox_next(struct store *s, const char *channel, time_t now, struct outbox_item *out,
                       bool *found, struct error *err)
{
    struct sql q;
    bool held = false;
    int64_t id = 0;
    *out = (struct outbox_item){0};
    *found = false;
    if (!outbox_is_held(s, channel, &held, err))
        return false;
    sql_use(&q, s,
            "SELECT id, laters, may_have_arrived, next_try, ended FROM outbox"
            " WHERE channel = ? AND state IN ('pending', 'held') ORDER BY run, id");
    sql_text(&q, channel);
    id = outbox_choose(&q, held, now);
    if (!sql_end(&q, err))
        return false;
    if (id == 0)
        return true;
    sql_use(&q, s, "SELECT " COLUMNS ", content FROM outbox WHERE id = ?");
    sql_int(&q, id);
    *found = sql_row(&q);
    if (*found) {
        outbox_read_item(&q, out);
        out->content = mem_dup(sql_get_text(&q));
    }
    if (sql_end(&q, err))
        return true;
    outbox_item_fini(out);
    *found = false;
    return false;
}

bool store_outbox_wait(struct store *s, const char *channel, struct outbox_wait *out,
                       struct error *err)
{
    struct sql q;
    *out = (struct outbox_wait){0};
    sql_use(&q, s,
            "SELECT ended, next_try, said, digest FROM outbox"
            " WHERE channel = ? AND state IN ('pending', 'held') ORDER BY id");
    sql_text(&q, channel);
    while (sql_row(&q)) {
        bool tried = sql_get_int(&q) != 0; /* untried ones wait for those that were tried */
        time_t at = sql_get_int(&q);
        const char *said = sql_get_text(&q);
        if (tried && (out->next_try == 0 || at < out->next_try)) {
            free(out->reason);
            out->reason = mem_dup(said);
            out->next_try = at;
        }
        out->count++;
        free(out->newest);
        out->newest = mem_dup(sql_get_text(&q));
    }
    if (sql_end(&q, err))
        return true;
    outbox_wait_fini(out);
    return false;
}

void outbox_wait_fini(struct outbox_wait *w)
{
    free(w->reason);
    free(w->newest);
    *w = (struct outbox_wait){0};
}

bool store_outbox_sending(struct store *s, int64_t id, time_t now, struct error *err)
{
    struct sql q;
    if (!outbox_start(s, err))
        return false;
    sql_use(&q, s,
            "UPDATE outbox SET state = 'sending', tries = tries + 1, next_try = ?"
            " WHERE id = ? AND state IN ('pending', 'held')");
    sql_int(&q, now);
    sql_int(&q, id);
    return sql_finish(s, true, outbox_change_one(s, &q, err), err);
}

static bool outbox_end_try(struct store *s, int64_t id, const struct outbox_result *r, time_t now,
                           struct error *err)
{
    struct sql q;
    bool later = r->state == OUTBOX_PENDING;
    sql_use(&q, s,
            "UPDATE outbox SET state = ?, laters = laters + ?,"
            " may_have_arrived = max(may_have_arrived, ?), next_try = ?, ended = ?, said = ?"
            " WHERE id = ? AND state = 'sending'");
    sql_text(&q, outbox_stored_word(r->state));
    sql_int(&q, later);
    sql_int(&q, later && r->may_have_arrived);
    sql_int(&q, later ? r->next_try : now);
    sql_int(&q, now);
    sql_text(&q, r->reason ? r->reason : "");
    sql_int(&q, id);
    return outbox_change_one(s, &q, err);
}

/* The channel's own row: why it is held and since when, and who was refused. */
static bool outbox_note_channel(struct store *s, int64_t id, const struct outbox_result *r,
                                time_t now, struct error *err)
{
    struct sql q;
    sql_use(&q, s,
            "INSERT INTO channel (name, held_since, said, refused)"
            " SELECT channel, ?1, ?2, ?3 FROM outbox WHERE id = ?4"
            " ON CONFLICT (name) DO UPDATE SET"
            " held_since = CASE ?5 WHEN 'held' THEN"
            "   CASE held_since WHEN 0 THEN excluded.held_since ELSE held_since END"
            "   WHEN 'sent' THEN 0 ELSE held_since END,"
            " said = CASE WHEN ?5 <> 'held' AND ?5 <> 'sent' AND held_since <> 0 THEN said"
            "   ELSE excluded.said END,"
            " refused = CASE excluded.refused WHEN '' THEN refused ELSE excluded.refused END");
    sql_int(&q, r->state == OUTBOX_HELD ? now : 0);
    sql_text(&q, r->reason ? r->reason : "");
    sql_text(&q, r->refused ? r->refused : "");
    sql_int(&q, id);
    sql_text(&q, outbox_stored_word(r->state));
    return sql_run(&q, err);
}

/*
 * The channel works again: everything waiting there is due at once, whatever its pause, except
 * what may have arrived: its pause is there so that recipients don't get it twice.
 */
static bool outbox_release(struct store *s, int64_t id, time_t now, struct error *err)
{
    struct sql q;
    sql_use(&q, s,
            "UPDATE outbox SET state = 'pending', next_try = iif(may_have_arrived, next_try, ?)"
            " WHERE state IN ('pending', 'held')"
            " AND channel = (SELECT channel FROM outbox WHERE id = ?)");
    sql_int(&q, now);
    sql_int(&q, id);
    return sql_run(&q, err);
}

bool store_outbox_done(struct store *s, int64_t id, const struct outbox_result *r, time_t now,
                       struct error *err)
{
    if (r->state == OUTBOX_SENDING)
        return error_at(err, ERR_BUG, s->path, 0, "a try that is over is not `sending`");
    if (!outbox_start(s, err))
        return false;
    bool ok = outbox_end_try(s, id, r, now, err);
    if (ok)
        ok = outbox_note_channel(s, id, r, now, err);
    if (ok && r->state == OUTBOX_SENT)
        ok = outbox_release(s, id, now, err);
    return sql_finish(s, true, ok, err);
}

/* What waits for `from` also waits for `to`, which may have got it already. */
static bool outbox_copy_waiting(struct store *s, const char *from, const char *to, time_t now,
                                struct error *err)
{
    struct sql q;
    sql_use(&q, s,
            "INSERT OR IGNORE INTO outbox (run, digest, channel, state, tries, laters,"
            " may_have_arrived, created, next_try, ended, said, content)"
            " SELECT run, digest, ?, 'pending', 0, 0, may_have_arrived, created, ?, 0, '', content"
            " FROM outbox WHERE channel = ? AND state IN ('pending', 'held') ORDER BY id");
    sql_text(&q, to);
    sql_int(&q, now);
    sql_text(&q, from);
    return sql_run(&q, err);
}

static bool outbox_drop_waiting(struct store *s, const char *channel, size_t *count,
                                struct error *err)
{
    struct sql q;
    sql_use(&q, s, "DELETE FROM outbox WHERE channel = ? AND state IN ('pending', 'held')");
    sql_text(&q, channel);
    if (!sql_run(&q, err))
        return false;
    *count = (size_t)sqlite3_changes(s->db);
    sql_use(&q, s, "UPDATE channel SET held_since = 0, said = '', refused = '' WHERE name = ?");
    sql_text(&q, channel);
    return sql_run(&q, err);
}

bool store_outbox_pass_on(struct store *s, const char *from, const char *const *to, size_t to_count,
                          time_t now, size_t *count, struct error *err)
{
    *count = 0;
    if (!outbox_start(s, err))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < to_count; i++)
        ok = outbox_copy_waiting(s, from, to[i], now, err);
    return sql_finish(s, true, ok && outbox_drop_waiting(s, from, count, err), err);
}

bool store_outbox_list(struct store *s, size_t limit, struct outbox_item **out, size_t *count,
                       struct error *err)
{
    struct sql q;
    struct outbox_item *items = NULL;
    size_t n = 0, cap = 0;
    *out = NULL;
    *count = 0;
    sql_use(&q, s, "SELECT " COLUMNS " FROM outbox ORDER BY id DESC LIMIT ?");
    sql_int(&q, limit ? (int64_t)limit : -1);
    while (sql_row(&q)) {
        if (n == cap) {
            cap = cap ? cap * 2 : 16;
            items = mem_grow(items, cap, sizeof *items);
        }
        outbox_read_item(&q, &items[n++]);
    }
    if (!sql_end(&q, err)) {
        outbox_items_free(items, n);
        return false;
    }
    *out = items;
    *count = n;
    return true;
}
