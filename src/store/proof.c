/* SPDX-License-Identifier: ISC */
#include "sql.h"

#include "repmon/buf.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* On disk little-endian; on nearly every machine this does nothing. */
static void proof_swap(proof_cell *cells, size_t rows)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    for (size_t i = 0; i < rows; i++)
        cells[i] = le64toh(cells[i]);
#else
    (void)cells;
    (void)rows;
#endif
}

static bool proof_stored_rows(struct store *s, int64_t list, int64_t *rows, struct error *err)
{
    struct sql q;
    sql_use(&q, s, "SELECT rows FROM proof WHERE list = ?");
    sql_int(&q, list);
    return sql_number(&q, -1, rows, err);
}

/* The cells of a list, `rows` of them as its row says. Straight into the caller's memory: reading
 * a column would make another copy. */
static bool proof_blob_open(struct store *s, int64_t list, size_t rows, bool write,
                            sqlite3_blob **out, struct error *err)
{
    int rc = sqlite3_blob_open(s->db, "main", "proof", "cells", list, write, out);
    if (rc == SQLITE_OK && (size_t)sqlite3_blob_bytes(*out) != rows * sizeof(proof_cell))
        rc = SQLITE_CORRUPT;
    if (rc == SQLITE_OK)
        return true;
    sqlite3_blob_close(*out);
    return sql_fail(s, rc, err);
}

bool store_proof_load(struct store *s, const char *source, const char *list, proof_cell *cells,
                      size_t rows, struct error *err)
{
    int64_t id = 0, have = 0;
    sqlite3_blob *blob = NULL;
    memset(cells, 0, rows * sizeof *cells);
    if (!list_id(s, source, list, false, &id, err) || !proof_stored_rows(s, id, &have, err))
        return false;
    if (have <= 0)
        return true;
    if (!proof_blob_open(s, id, (size_t)have, false, &blob, err))
        return false;
    size_t wanted = (size_t)have < rows ? (size_t)have : rows;
    int rc = sqlite3_blob_read(blob, cells, (int)(wanted * sizeof *cells), 0);
    bool ok = rc == SQLITE_OK || sql_fail(s, rc, err);
    sqlite3_blob_close(blob);
    proof_swap(cells, rows);
    return ok;
}

/* The same size is written over in place: no page is freed, the file does not grow. */
static bool proof_overwrite(struct store *s, int64_t list, const proof_cell *cells, size_t rows,
                            struct error *err)
{
    sqlite3_blob *blob = NULL;
    if (!proof_blob_open(s, list, rows, true, &blob, err))
        return false;
    int rc = rows ? sqlite3_blob_write(blob, cells, (int)(rows * sizeof *cells), 0) : SQLITE_OK;
    bool ok = rc == SQLITE_OK || sql_fail(s, rc, err);
    sqlite3_blob_close(blob);
    return ok;
}

static bool proof_insert(struct store *s, int64_t list, const proof_cell *cells, size_t rows,
                         struct error *err)
{
    struct sql q;
    sql_use(&q, s,
            "INSERT INTO proof (list, rows, cells) VALUES (?, ?, ?)"
            " ON CONFLICT (list) DO UPDATE SET rows = excluded.rows, cells = excluded.cells");
    sql_int(&q, list);
    sql_int(&q, (int64_t)rows);
    sql_blob(&q, cells, rows * sizeof *cells);
    return sql_run(&q, err);
}

bool store_proof_save(struct store *s, const char *source, const char *list,
                      const proof_cell *cells, size_t rows, struct error *err)
{
    bool own;
    int64_t id = 0, have = -1;
    proof_cell *copy = NULL;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    copy = mem_array(rows, sizeof *copy);
    memcpy(copy, cells, rows * sizeof *copy);
    proof_swap(copy, rows);
    cells = copy;
#endif
    if (!sql_start(s, &own, err))
        return false;
    bool ok = list_id(s, source, list, true, &id, err) && proof_stored_rows(s, id, &have, err);
    if (ok)
        ok = have == (int64_t)rows ? proof_overwrite(s, id, cells, rows, err)
                                   : proof_insert(s, id, cells, rows, err);
    free(copy);
    return sql_finish(s, own, ok, err);
}
