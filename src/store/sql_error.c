/* SPDX-License-Identifier: ISC */
#include "sql.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SQL_DAMAGED                                                                                \
    "the state is damaged and was not changed; restore it from a backup, or move it away and "     \
    "start afresh with `repmon run`"

/* Whom a row is for; the first row that fits wins. */
enum who { ANY = 0, READERS, WRITERS };

/* A primary code (0xff at most) fits all its extended codes. */
static const struct {
    int code;
    enum who who;
    enum error_class class;
    const char *text;
} rows[] = {
    {SQLITE_READONLY_ROLLBACK, ANY, ERR_UNAVAILABLE,
     "the last run was interrupted while writing, so the state can't be read now; the next `repmon "
     "run` repairs it"},
    {SQLITE_READONLY_RECOVERY, ANY, ERR_UNAVAILABLE,
     "the last run was interrupted while writing, so the state can't be read now; the next `repmon "
     "run` repairs it"},
    {SQLITE_BUSY, READERS, ERR_UNAVAILABLE,
     "a run is writing and did not finish in time; try again in a moment"},
    {SQLITE_BUSY, WRITERS, ERR_IO,
     "another program keeps it locked (a forgotten sqlite3 shell, a backup?); end that program "
     "and try again"},
    {SQLITE_LOCKED, ANY, ERR_BUG, "the state is locked against itself"},
    {SQLITE_READONLY, ANY, ERR_PERMISSION,
     "can't be written: the file or its directory is read-only for this user; run repmon as the "
     "user that owns it"},
    {SQLITE_PERM, ANY, ERR_PERMISSION, "this user may not use it; check owner and mode"},
    {SQLITE_AUTH, ANY, ERR_PERMISSION, "this user may not use it; check owner and mode"},
    {SQLITE_CANTOPEN, READERS, ERR_UNAVAILABLE,
     "can't be opened now, so nothing is known; check the permissions of the file, its journal "
     "and its directory"},
    {SQLITE_CANTOPEN, WRITERS, ERR_PERMISSION,
     "can't be opened for writing; check owner and mode of the file and of its directory"},
    {SQLITE_FULL, ANY, ERR_IO,
     "the disk is full; nothing was saved and the last state is kept; free some space and run "
     "again"},
    {SQLITE_IOERR, ANY, ERR_IO,
     "input/output error; nothing was saved and the last state is kept; is the disk full or "
     "failing?"},
    {SQLITE_TOOBIG, ANY, ERR_IO, "a value is too large to be stored"},
    {SQLITE_CORRUPT, ANY, ERR_IO, SQL_DAMAGED},
    {SQLITE_NOTADB, ANY, ERR_CONFIG,
     "is not a repmon state and was not changed; name another file with `state` in [repmon]"},
    {SQLITE_SCHEMA, ANY, ERR_IO, SQL_DAMAGED},
    /* A table or column that isn't there: the application id is right, the content is not. */
    {SQLITE_ERROR, ANY, ERR_IO, SQL_DAMAGED},
};

bool sql_fail(struct store *s, int rc, struct error *err)
{
    if (rc == SQLITE_NOMEM || rc == SQLITE_IOERR_NOMEM) {
        fputs("repmon: out of memory\n", stderr);
        abort();
    }
    if (s->sealed)
        return error_at(err, ERR_BUG, s->path, 0, "a statement between load and commit");
    enum who who = s->mode == STORE_READ ? READERS : WRITERS;
    const char *said = s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc);
    int cause = s->db ? sqlite3_system_errno(s->db) : 0;
    if ((rc & 0xff) == SQLITE_IOERR && cause != 0)
        said = strerror(cause);
    if (cause == ENOSPC || cause == EDQUOT || cause == EFBIG)
        rc = SQLITE_FULL;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].code != rc && rows[i].code != (rc & 0xff))
            continue;
        if (rows[i].who != ANY && rows[i].who != who)
            continue;
        return error_at(err, rows[i].class, s->path, 0, "%s (%s)", rows[i].text, said);
    }
    return error_at(err, ERR_BUG, s->path, 0, "%s (%d)", said, rc);
}

bool sql_fail_damaged(const struct sql *q, struct error *err)
{
    bool missing = q->damage == SQL_NO_ROW;
    int column = missing ? 0 : q->damage - 1;
    const char *table = sqlite3_column_table_name(q->stmt, column); /* NULL: an expression */
    const char *name = sqlite3_column_origin_name(q->stmt, column);
    char what[200] = "an impossible value";
    if (table && missing)
        snprintf(what, sizeof what, "a row of %s is missing", table);
    else if (table && name)
        snprintf(what, sizeof what, "an impossible value in %s.%s", table, name);
    return error_at(err, ERR_IO, q->s->path, 0, "%s (%s)", SQL_DAMAGED, what);
}
