/* SPDX-License-Identifier: ISC */
#include "sql.h"

#include "repmon/crash.h"
#include "repmon/crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sqlite3_stmt *sql_prepared(struct sql *q, const char *text)
{
    struct store *s = q->s;
    for (size_t i = 0; i < s->statement_count; i++) {
        if (s->statements[i].text == text)
            return s->statements[i].stmt;
    }
    if (s->statement_count == SQL_STATEMENTS) {
        fputs("repmon: more statements than SQL_STATEMENTS\n", stderr);
        abort();
    }
    sqlite3_stmt *stmt = NULL;
    q->rc = sqlite3_prepare_v3(s->db, text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
    if (q->rc == SQLITE_OK) {
        s->statements[s->statement_count].text = text;
        s->statements[s->statement_count++].stmt = stmt;
    }
    return stmt;
}

void sql_use(struct sql *q, struct store *s, const char *text)
{
    *q = (struct sql){.s = s, .rc = SQLITE_OK};
    if (s->sealed)
        q->rc = SQLITE_MISUSE;
    else
        q->stmt = sql_prepared(q, text);
}

static void sql_keep(struct sql *q, int rc)
{
    if (q->rc == SQLITE_OK && rc != SQLITE_OK && rc != SQLITE_ROW && rc != SQLITE_DONE)
        q->rc = rc;
}

void sql_int(struct sql *q, int64_t value)
{
    if (q->stmt)
        sql_keep(q, sqlite3_bind_int64(q->stmt, ++q->bound, value));
}

void sql_real(struct sql *q, double value)
{
    if (q->stmt)
        sql_keep(q, sqlite3_bind_double(q->stmt, ++q->bound, value));
}

void sql_text(struct sql *q, const char *text)
{
    if (q->stmt)
        sql_keep(q, sqlite3_bind_text(q->stmt, ++q->bound, text, -1, SQLITE_STATIC));
}

void sql_text_of(struct sql *q, const char *text, size_t len)
{
    if (q->stmt)
        sql_keep(q,
                 sqlite3_bind_text64(q->stmt, ++q->bound, text, len, SQLITE_STATIC, SQLITE_UTF8));
}

void sql_blob(struct sql *q, const void *data, size_t len)
{
    /* A NULL pointer would bind NULL, but an empty blob is not NULL. */
    if (q->stmt)
        sql_keep(q, sqlite3_bind_blob64(q->stmt, ++q->bound, len ? data : "", len, SQLITE_STATIC));
}

void sql_ip(struct sql *q, const struct ip *ip)
{
    if (ip->family == 0)
        sql_null(q);
    else
        sql_blob(q, ip->bytes, ip->family == 4 ? 4 : 16);
}

/*
 * A domain has no address: its key is the hash of its name, its prefix 0, which no address has, and
 * its label the name itself.
 */
void sql_key(struct sql *q, const struct ip *ip)
{
    const char *name = ip_name(ip);
    uint8_t hash[SHA256_BYTES];
    if (name && q->stmt) {
        crypto_sha256(name, strlen(name), hash);
        sql_keep(q, sqlite3_bind_blob64(q->stmt, ++q->bound, hash, 16, SQLITE_TRANSIENT));
    } else {
        sql_ip(q, ip);
    }
}

struct ip sql_get_key(struct sql *q)
{
    struct ip ip = sql_get_ip(q);
    const char *name = sql_get_text(q);
    return name[0] ? ip_of_name(name) : ip;
}

void sql_subject(struct sql *q, const struct ip *ip, uint8_t prefix, const char *label)
{
    const char *name = ip_name(ip);
    sql_key(q, ip);
    sql_int(q, name ? 0 : prefix);
    sql_text(q, name ? name : label);
}

void sql_get_subject(struct sql *q, struct ip *ip, uint8_t *prefix, const char **label)
{
    *ip = sql_get_ip(q);
    *prefix = sql_get_prefix(q, *ip);
    *label = sql_get_text(q);
    if (ip->family == 0 || *prefix != 0)
        return;
    *ip = ip_of_name(*label);
    *prefix = 128;
    *label = "";
}

void sql_null(struct sql *q)
{
    if (q->stmt)
        sql_keep(q, sqlite3_bind_null(q->stmt, ++q->bound));
}

bool sql_row(struct sql *q)
{
    if (!q->stmt || q->rc != SQLITE_OK)
        return false;
    q->column = 0;
    int rc = sqlite3_step(q->stmt);
    sql_keep(q, rc);
    return rc == SQLITE_ROW;
}

int64_t sql_get_int(struct sql *q)
{
    return sqlite3_column_int64(q->stmt, q->column++);
}

uint64_t sql_get_count(struct sql *q, uint64_t max)
{
    int64_t value = sql_get_int(q);
    if (value < 0 || (uint64_t)value > max) {
        sql_damaged(q);
        return 0;
    }
    return (uint64_t)value;
}

double sql_get_real(struct sql *q)
{
    return sqlite3_column_double(q->stmt, q->column++);
}

const char *sql_get_maybe(struct sql *q)
{
    int column = q->column++;
    if (sqlite3_column_type(q->stmt, column) == SQLITE_NULL)
        return NULL;
    const char *text = (const char *)sqlite3_column_text(q->stmt, column);
    if (!text)
        sql_keep(q, SQLITE_NOMEM);
    return text;
}

const char *sql_get_text(struct sql *q)
{
    const char *text = sql_get_maybe(q);
    return text ? text : "";
}

bool sql_get_null(struct sql *q)
{
    return sqlite3_column_type(q->stmt, q->column) == SQLITE_NULL;
}

const void *sql_get_blob(struct sql *q, size_t *len)
{
    int column = q->column++;
    const void *data = sqlite3_column_blob(q->stmt, column);
    *len = (size_t)sqlite3_column_bytes(q->stmt, column);
    return data;
}

struct ip sql_get_ip(struct sql *q)
{
    struct ip ip = {0};
    size_t len = 0;
    const void *bytes = sql_get_blob(q, &len);
    if (len == 4 || len == 16) {
        /* Not ip_from_bytes(): what was stored is given back as it was. */
        ip.family = len == 4 ? 4 : 6;
        memcpy(ip.bytes, bytes, len);
    } else if (len != 0) {
        sql_damaged(q);
    }
    return ip;
}

uint8_t sql_get_prefix(struct sql *q, struct ip ip)
{
    return (uint8_t)sql_get_count(q, ip.family == 4 ? 32 : 128);
}

void sql_damaged(struct sql *q)
{
    if (q->rc == SQLITE_OK)
        q->damage = q->column > 0 ? q->column : SQL_NO_ROW;
    sql_keep(q, SQLITE_CORRUPT);
}

#define WORD_READER(type, name, function, count)                                                   \
    enum type sql_get_##name(struct sql *q)                                                        \
    {                                                                                              \
        const char *word = sql_get_text(q);                                                        \
        for (unsigned i = 0; i < (unsigned)(count); i++) {                                         \
            if (strcmp(function((enum type)i), word) == 0)                                         \
                return (enum type)i;                                                               \
        }                                                                                          \
        sql_damaged(q);                                                                            \
        return (enum type)0;                                                                       \
    }

WORD_READER(level, level, level_word, LEVEL_COUNT)
WORD_READER(health, health, health_word, HEALTH_COUNT)
WORD_READER(outbox_state, state, outbox_stored_word, OUTBOX_STATE_COUNT)

/* A state may hold the words of an older version. */
enum change_kind sql_get_kind(struct sql *q)
{
    enum change_kind kind = CHANGE_NONE;
    if (!change_parse(sql_get_text(q), &kind))
        sql_damaged(q);
    return kind;
}

uint32_t sql_get_words(struct sql *q, int (*number)(const char *word))
{
    const char *text = sql_get_text(q);
    uint32_t bits = 0;
    while (*text) {
        char word[32];
        size_t len = strcspn(text, " ");
        snprintf(word, sizeof word, "%.*s", (int)(len < sizeof word ? len : sizeof word), text);
        int bit = number(word);
        if (bit < 0) {
            sql_damaged(q);
            return 0;
        }
        bits |= 1u << bit;
        text += len + (text[len] == ' ');
    }
    return bits;
}

enum cause sql_get_cause(struct sql *q)
{
    enum cause cause = CAUSE_NEVER_ASKED;
    if (!cause_parse(sql_get_text(q), &cause))
        sql_damaged(q);
    return cause;
}

bool sql_end(struct sql *q, struct error *err)
{
    bool ok = q->rc == SQLITE_OK;
    if (q->damage)
        sql_fail_damaged(q, err);
    else if (!ok)
        sql_fail(q->s, q->rc, err);
    if (q->stmt) {
        sqlite3_reset(q->stmt);
        sqlite3_clear_bindings(q->stmt);
    }
    return ok;
}

bool sql_run(struct sql *q, struct error *err)
{
    while (sql_row(q))
        ;
    return sql_end(q, err);
}

bool sql_number(struct sql *q, int64_t none, int64_t *out, struct error *err)
{
    *out = sql_row(q) ? sql_get_int(q) : none;
    return sql_end(q, err);
}

bool sql_exec(struct store *s, const char *text, struct error *err)
{
    int rc = s->sealed ? SQLITE_MISUSE : sqlite3_exec(s->db, text, NULL, NULL, NULL);
    return rc == SQLITE_OK || sql_fail(s, rc, err);
}

bool sql_writable(struct store *s, struct error *err)
{
    if (s->mode == STORE_READ)
        return error_at(err, ERR_BUG, s->path, 0, "a reader of the state was asked to write");
    return true;
}

bool sql_start(struct store *s, bool *own, struct error *err)
{
    *own = false;
    if (!sql_writable(s, err))
        return false;
    if (s->in_run)
        return true;
    if (!sql_exec(s, "BEGIN IMMEDIATE", err))
        return false;
    *own = true;
    return true;
}

bool sql_finish(struct store *s, bool own, bool ok, struct error *err)
{
    if (!own)
        return ok;
    if (ok) {
        CRASH_POINT("store: before a commit");
        ok = sql_exec(s, "COMMIT", err);
        if (ok)
            CRASH_POINT("store: after a commit");
    }
    if (!sqlite3_get_autocommit(s->db)) {
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
        list_forget_ids(s);
    }
    return ok;
}

bool sql_read_start(struct store *s, bool *own, struct error *err)
{
    *own = sqlite3_get_autocommit(s->db) != 0;
    return !*own || sql_exec(s, "BEGIN", err);
}

void sql_read_end(struct store *s, bool own)
{
    if (own)
        sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
}
