/* SPDX-License-Identifier: ISC */
#include "sql.h"

#include "repmon/buf.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define ASKED_BITS 27
#define CAUSE_BITS 5
_Static_assert(CAUSE_COUNT <= 1 << CAUSE_BITS, "a cause no longer fits a proof cell");

static uint64_t clamp(int64_t value, uint64_t max)
{
    return value < 0 ? 0 : (uint64_t)value > max ? max : (uint64_t)value;
}

proof_cell proof_pack(const struct cell_proof *p)
{
    return clamp(p->proven, UINT32_MAX) << (ASKED_BITS + CAUSE_BITS) |
           clamp(p->asked / 60, (1u << ASKED_BITS) - 1) << CAUSE_BITS | (uint64_t)p->cause;
}

struct cell_proof proof_unpack(proof_cell c)
{
    unsigned cause = (unsigned)(c & ((1u << CAUSE_BITS) - 1));
    struct cell_proof p = {
        .proven = (time_t)(c >> (ASKED_BITS + CAUSE_BITS)),
        .asked = (time_t)(c >> CAUSE_BITS & ((1u << ASKED_BITS) - 1)) * 60,
        /* a later repmon's cause: nothing was proven, more is not known */
        .cause = cause < CAUSE_COUNT ? (enum cause)cause : CAUSE_NEVER_ASKED,
    };
    /* Asked in whole minutes, proven in seconds: what was proven was asked. */
    if (p.asked < p.proven)
        p.asked = p.proven;
    return p;
}

/* On disk little-endian; on nearly every machine this does nothing. */
static void swap(proof_cell *cells, size_t rows)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    for (size_t i = 0; i < rows; i++)
        cells[i] = le64toh(cells[i]);
#else
    (void)cells;
    (void)rows;
#endif
}

static bool stored_rows(struct store *s, int64_t list, int64_t *rows, struct error *err)
{
    struct sql q;
    sql_use(&q, s, "SELECT rows FROM proof WHERE list = ?");
    sql_int(&q, list);
    return sql_number(&q, -1, rows, err);
}

/* The cells of a list, `rows` of them as its row says. Straight into the caller's memory: a column
 * of a statement would be a copy of its own. */
static bool blob_open(struct store *s, int64_t list, size_t rows, bool write, sqlite3_blob **out,
                      struct error *err)
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
    if (!list_id(s, source, list, false, &id, err) || !stored_rows(s, id, &have, err))
        return false;
    if (have <= 0)
        return true;
    if (!blob_open(s, id, (size_t)have, false, &blob, err))
        return false;
    size_t wanted = (size_t)have < rows ? (size_t)have : rows;
    int rc = sqlite3_blob_read(blob, cells, (int)(wanted * sizeof *cells), 0);
    bool ok = rc == SQLITE_OK || sql_fail(s, rc, err);
    sqlite3_blob_close(blob);
    swap(cells, rows);
    return ok;
}

/* The same size is written over in place: no page is freed, the file does not grow. */
static bool overwrite(struct store *s, int64_t list, const proof_cell *cells, size_t rows,
                      struct error *err)
{
    sqlite3_blob *blob = NULL;
    if (!blob_open(s, list, rows, true, &blob, err))
        return false;
    int rc = rows ? sqlite3_blob_write(blob, cells, (int)(rows * sizeof *cells), 0) : SQLITE_OK;
    bool ok = rc == SQLITE_OK || sql_fail(s, rc, err);
    sqlite3_blob_close(blob);
    return ok;
}

static bool insert(struct store *s, int64_t list, const proof_cell *cells, size_t rows,
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
    swap(copy, rows);
    cells = copy;
#endif
    if (!sql_start(s, &own, err))
        return false;
    bool ok = list_id(s, source, list, true, &id, err) && stored_rows(s, id, &have, err);
    if (ok)
        ok = have == (int64_t)rows ? overwrite(s, id, cells, rows, err)
                                   : insert(s, id, cells, rows, err);
    free(copy);
    return sql_finish(s, own, ok, err);
}
