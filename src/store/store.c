/* SPDX-License-Identifier: ISC */
#include "sql.h"

#include "repmon/buf.h"
#include "repmon/crash.h"
#include "repmon/file.h"
#include "repmon/privilege.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_READER_MS 5000  /* longer than any commit; a plugin has 10 s in all */
#define WAIT_WRITER_MS 30000 /* a backup of the file takes its time */

/* What the first 100 bytes of the file say (sqlite.org/fileformat.html section 1.3). */
struct header {
    int64_t size;       /* of the file */
    bool sqlite, zeros; /* what is there; neither: something else */
    uint32_t application_id, user_version;
    struct journal_file file;
};

/*
 * Looks without touching: a statement would roll back a journal or make WAL files, even in someone
 * else's database. Read through SQLite's own handle, because closing any other descriptor of the
 * file would drop this process's locks on it (POSIX).
 */
static bool store_peek(struct store *s, struct header *h, struct error *err)
{
    sqlite3_file *file = NULL;
    *h = (struct header){0};
    int rc = sqlite3_file_control(s->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (rc != SQLITE_OK || !file || !file->pMethods)
        return sql_fail(s, rc == SQLITE_OK ? SQLITE_CANTOPEN : rc, err);
    sqlite3_int64 size = 0;
    rc = file->pMethods->xFileSize(file, &size);
    h->size = size;
    if (rc != SQLITE_OK)
        return sql_fail(s, rc, err);
    unsigned char bytes[100];
    if (h->size < (int64_t)sizeof bytes)
        return true;
    rc = file->pMethods->xRead(file, bytes, sizeof bytes, 0);
    if (rc != SQLITE_OK)
        return sql_fail(s, rc, err);
    static const unsigned char zeros[sizeof bytes];
    h->sqlite = memcmp(bytes, "SQLite format 3", 16) == 0;
    h->zeros = memcmp(bytes, zeros, sizeof bytes) == 0;
    h->user_version = journal_number(bytes + 60);
    h->application_id = journal_number(bytes + 68);
    h->file = (struct journal_file){journal_number(bytes + 24), journal_number(bytes + 28)};
    return true;
}

/* An empty file is one that a run began to make. Everything else must be ours. */
static bool store_refuse(struct store *s, const struct header *h, size_t version, struct error *err)
{
    if (h->zeros &&
        journal_look(s->path, NULL) != JOURNAL_NONE) { /* power was lost while it was made */
        if (s->mode != STORE_READ)
            return true;
        return error_at(
            err, ERR_UNAVAILABLE, s->path, 0,
            "a run was interrupted while creating the state; the next `repmon run` creates it");
    }
    if (h->size == 0) {
        if (s->mode == STORE_CREATE || s->mode == STORE_COPY)
            return true;
        return error_at(err, ERR_INPUT, s->path, 0,
                        "is empty: no run has completed yet; `repmon run` creates the state");
    }
    if (!h->sqlite)
        return error_at(err, ERR_CONFIG, s->path, 0,
                        "is not a repmon state (not an SQLite database) and was not changed; name "
                        "another file with `state` in [repmon]");
    if (h->application_id != SCHEMA_APPLICATION_ID)
        return error_at(err, ERR_CONFIG, s->path, 0,
                        "is a database of another program and was not changed; name another file "
                        "with `state` in [repmon]");
    if (h->user_version > version)
        return error_at(err, ERR_CONFIG, s->path, 0,
                        "was written by a newer repmon (format %" PRIu32
                        ", this one knows %zu) and was not changed; install that version again",
                        h->user_version, version);
    if (h->user_version < version && s->mode == STORE_READ)
        return error_at(err, ERR_UNAVAILABLE, s->path, 0,
                        "was written by an older repmon, so nothing is known now; the next `repmon "
                        "run` upgrades it");
    return true;
}

static void store_forget_statements(struct store *s)
{
    for (size_t i = 0; i < s->statement_count; i++)
        sqlite3_finalize(s->statements[i].stmt);
    s->statement_count = 0;
}

static bool store_connect_as(struct store *s, int flags, struct error *err)
{
    sqlite3_close(s->db);
    s->db = NULL;
    /* One thread: SQLite's locks cost a tenth of what reading 65,536 targets takes. */
    flags |= SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int rc = sqlite3_open_v2(s->path, &s->db, flags, NULL);
    if (rc != SQLITE_OK)
        return sql_fail(s, rc, err);
    return true;
}

/* The journal is created in the directory: better an error now than after ten minutes of asking. */
static bool store_directory_is_writable(struct store *s, struct error *err)
{
    char *directory = file_folder(s->path);
    bool ok = access(directory, W_OK | X_OK) == 0;
    if (!ok) {
        char cure[1024];
        privilege_write_cure(directory, errno, cure, sizeof cure);
        error_at(err, ERR_PERMISSION, directory, 0,
                 "this user may not write to the directory of the state; %s", cure);
    }
    free(directory);
    return ok;
}

static bool store_file_is_permitted(const struct store *s, struct error *err)
{
    if (access(s->path, s->mode == STORE_READ ? R_OK : R_OK | W_OK) == 0)
        return true;
    if (s->mode == STORE_READ)
        return error_at(err, ERR_PERMISSION, s->path, 0,
                        "can't be read by this user; put the user into the file's group (as root: "
                        "adduser USER repmon), or name another with [repmon] group");
    char cure[1024];
    privilege_write_cure(s->path, errno, cure, sizeof cure);
    return error_at(err, ERR_PERMISSION, s->path, 0, "can't be written by this user; %s", cure);
}

static bool store_is_usable(struct store *s, struct error *err)
{
    struct stat st;
    if (stat(s->path, &st) != 0) {
        if (errno == ENOENT)
            return error_at(err, ERR_INPUT, s->path, 0,
                            "there is no state yet; `repmon run` creates it");
        if (errno == EACCES)
            return error_at(err, ERR_PERMISSION, s->path, 0,
                            "this user may not enter its folder; put the user into the folder's "
                            "group (as root: adduser USER repmon), then log in again, or restart "
                            "what runs as that user");
        return error_at(err, ERR_PERMISSION, s->path, 0, "can't be examined: %s", strerror(errno));
    }
    if (!S_ISREG(st.st_mode))
        return error_at(err, ERR_CONFIG, s->path, 0,
                        "is not a file; name one with `state` in [repmon]");
    if (!store_file_is_permitted(s, err))
        return false;
    return s->mode == STORE_READ || store_directory_is_writable(s, err);
}

static bool store_set_up(struct store *s, struct error *err)
{
    sqlite3_busy_timeout(s->db, s->mode == STORE_READ ? WAIT_READER_MS : WAIT_WRITER_MS);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    if (!sql_exec(s,
                  "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
                  "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -1024",
                  err))
        return false;
    return s->mode == STORE_READ || sql_exec(s, "PRAGMA journal_mode = DELETE", err);
}

static bool store_pragma_number(struct store *s, const char *text, int64_t *out, struct error *err)
{
    struct sql q;
    sql_use(&q, s, text);
    return sql_number(&q, 0, out, err);
}

/* Brings the file to `version` in one transaction; two processes may try at once. WRITE mode
 * completes an unfinished creation as `run` would. */
static bool store_migrate(struct store *s, const char *const *migrations, size_t version,
                          struct error *err)
{
    bool own;
    int64_t at = 0;
    /* Not from the header read before: a journal may just have been rolled back. */
    if (!store_pragma_number(s, "PRAGMA user_version", &at, err))
        return false;
    if (at >= (int64_t)version)
        return true;
    if (!sql_start(s, &own, err))
        return false;
    bool ok = store_pragma_number(s, "PRAGMA user_version", &at, err);
    for (size_t i = (size_t)at; ok && i < version; i++) {
        char text[96];
        snprintf(text, sizeof text, "PRAGMA application_id = %d; PRAGMA user_version = %zu;",
                 SCHEMA_APPLICATION_ID, i + 1);
        ok = sql_exec(s, migrations[i], err) && sql_exec(s, text, err);
    }
    return sql_finish(s, own, ok, err);
}

/* Cheap enough for every run: the tables are there, and no proof blob has a wrong size. */
static bool store_looks_sound(struct store *s, struct error *err)
{
    int64_t bad = 0;
    if (!store_pragma_number(
            s,
            "SELECT 0 FROM meta, run, list, target, origin, origin_block, proof, belief,"
            " list_belief, health, ack, budget, ttl, history, numbers, outbox, channel"
            " LIMIT 0",
            &bad, err) ||
        !store_pragma_number(s, "SELECT count(*) FROM proof WHERE length(cells) <> 8 * rows", &bad,
                             err))
        return false;
    return bad == 0 ||
           error_at(err, ERR_IO, s->path, 0,
                    "the state is damaged (a proof of the wrong size) and was not changed; restore "
                    "it from a backup, or move it away and start afresh with `repmon run`");
}

/* Pages of a journal that belongs to another file leave a mixture that no query may see. */
static bool store_is_whole(struct store *s, struct error *err)
{
    struct sql q;
    char said[200] = "";
    sql_use(&q, s, "PRAGMA integrity_check(1)");
    if (sql_row(&q))
        snprintf(said, sizeof said, "%s", sql_get_text(&q));
    struct error trouble = {0};
    bool ok = sql_end(&q, &trouble) && strcmp(said, "ok") == 0;
    return ok || error_at(err, ERR_IO, s->path, 0,
                          "the state is damaged because a journal that belongs to another file was "
                          "rolled back (%s); restore it again, and remove %s-journal first",
                          trouble.class == ERR_NONE ? said : trouble.text, s->path);
}

/* For writing: what a killed run left is rolled back, and the result is checked again. */
static bool store_connect_writer(struct store *s, size_t version, struct error *err)
{
    bool rolls_back = journal_look(s->path, NULL) != JOURNAL_NONE;
    struct header h;
    int64_t ignored;
    if (!store_connect_as(s, SQLITE_OPEN_READWRITE, err) || !store_set_up(s, err))
        return false;
    if (sqlite3_db_readonly(s->db, "main") == 1)
        return sql_fail(s, SQLITE_READONLY, err);
    if (!rolls_back)
        return true;
    enum store_mode mode = s->mode;
    s->mode = STORE_CREATE; /* an empty file: its creation was not finished */
    bool ok = store_pragma_number(s, "PRAGMA schema_version", &ignored, err);
    if (ok)
        ok = store_peek(s, &h, err);
    if (ok)
        ok = store_refuse(s, &h, version, err);
    s->mode = mode;
    return ok && (h.size == 0 || store_is_whole(s, err));
}

/* A copy in memory takes the place of the file. */
static bool store_copy_to_memory(struct store *s, struct error *err)
{
    sqlite3 *copy = NULL;
    int rc = sqlite3_open_v2(":memory:", &copy,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                                 SQLITE_OPEN_EXRESCODE,
                             NULL);
    sqlite3_backup *b =
        rc == SQLITE_OK && s->db ? sqlite3_backup_init(copy, "main", s->db, "main") : NULL;
    if (b) {
        sqlite3_backup_step(b, -1);
        rc = sqlite3_backup_finish(b);
    } else if (rc == SQLITE_OK && s->db) {
        rc = sqlite3_errcode(copy);
    }
    store_forget_statements(s);
    sqlite3_close(s->db);
    s->db = copy;
    return (rc == SQLITE_OK || sql_fail(s, rc, err)) && store_set_up(s, err);
}

/* Whether the file may be used, and what lies beside it. Someone may be writing just now, so only
 * the same answer twice counts. */
static bool store_look(struct store *s, size_t version, struct error *err)
{
    struct header h;
    bool foreign = true;
    for (int i = 0; i < 3 && foreign; i++) {
        if (!store_peek(s, &h, err))
            return false;
        foreign = h.sqlite && journal_look(s->path, &h.file) == JOURNAL_FOREIGN;
    }
    if (!store_refuse(s, &h, version, err))
        return false;
    return !foreign || error_at(err, ERR_IO, s->path, 0,
                                "%s-journal next to it belongs to another file, as after restoring "
                                "a backup; remove it, then the state is used as it is",
                                s->path);
}

static bool store_connect_any(struct store *s, const char *group, size_t version, struct error *err)
{
    if (s->mode == STORE_COPY && access(s->path, F_OK) != 0 && errno == ENOENT)
        return store_copy_to_memory(s, err);
    if (s->mode == STORE_CREATE &&
        (!dir_own(s->path, group, NULL, err) || !dir_own_file(s->path, group, NULL, err)))
        return false;
    if (!store_is_usable(s, err) || !store_connect_as(s, SQLITE_OPEN_READONLY, err) ||
        !store_look(s, version, err))
        return false;
    if (s->mode == STORE_READ)
        return store_set_up(s, err);
    if (!store_connect_writer(s, version, err))
        return false;
    return s->mode != STORE_COPY || store_copy_to_memory(s, err);
}

bool store_open_with(const char *path, enum store_mode mode, const char *group,
                     const char *const *migrations, size_t version, struct store **out,
                     struct error *err)
{
    struct store *s = mem_alloc(sizeof *s);
    int64_t runs = 0;
    *out = NULL;
    s->mode = mode;
    s->path = store_real_path(path, err);
    if (!s->path || !store_connect_any(s, group, version, err))
        goto failed;
    if (mode != STORE_READ && !store_migrate(s, migrations, version, err))
        goto failed;
    if (!store_looks_sound(s, err) ||
        !store_pragma_number(s, "SELECT EXISTS (SELECT 1 FROM run)", &runs, err))
        goto failed;
    s->is_new = runs == 0;
    *out = s;
    return true;
failed:
    store_close(s);
    return false;
}

bool store_open(const char *path, enum store_mode mode, const char *group, struct store **out,
                struct error *err)
{
    return store_open_with(path, mode, group, schema_migrations, schema_version, out, err);
}

void store_close(struct store *s)
{
    if (!s)
        return;
    store_forget_statements(s);
    sqlite3_close(s->db); /* rolls back what is open */
    list_free(s);
    free(s->path);
    free(s);
}

void store_seal(struct store *s, bool sealed)
{
    s->sealed = sealed;
}

bool store_is_new(const struct store *s)
{
    return s->is_new;
}

const char *store_path(const struct store *s)
{
    return s->path;
}

int64_t store_size(const struct store *s)
{
    struct stat st;
    return stat(s->path, &st) == 0 ? (int64_t)st.st_size : -1;
}

bool store_check(struct store *s, struct error *err)
{
    struct sql q;
    if (!store_looks_sound(s, err))
        return false;
    sql_use(&q, s, "PRAGMA integrity_check(1)");
    char said[200] = "";
    if (sql_row(&q))
        snprintf(said, sizeof said, "%s", sql_get_text(&q));
    if (!sql_end(&q, err))
        return false;
    if (strcmp(said, "ok") != 0)
        return error_at(err, ERR_IO, s->path, 0,
                        "the state is damaged (%s); restore it from a backup, or move it away and "
                        "start afresh with `repmon run`",
                        said);
    sql_use(&q, s, "PRAGMA foreign_key_check");
    bool orphan = sql_row(&q);
    if (orphan)
        snprintf(said, sizeof said, "%s", sql_get_text(&q));
    if (!sql_end(&q, err))
        return false;
    return !orphan || error_at(err, ERR_IO, s->path, 0,
                               "the state is damaged (a row of %s refers to nothing); restore it "
                               "from a backup, or move it away and start afresh with `repmon run`",
                               said);
}
