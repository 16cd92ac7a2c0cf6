/* SPDX-License-Identifier: ISC */
#include "pager.h"

#include "repmon/buf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PAGER_ROWS 128

struct pager {
    struct store *s; /* borrowed, as what the query points to */
    const struct pager_kind *kind;
    struct history_query query;
    char *rows; /* owned: of this page */
    size_t count, at, given;
    int64_t key[2]; /* of the last row read */
    bool end;
    struct stored_text *texts; /* owned: of this page */
};

static void *pager_row(const struct pager *p, size_t number)
{
    return p->rows + number * p->kind->row_size;
}

static bool pager_fill(struct pager *p, struct error *err)
{
    struct sql q;
    text_free(p->texts);
    p->texts = NULL;
    p->count = p->at = 0;
    sql_use(&q, p->s, p->kind->select);
    sql_int(&q, p->key[0]);
    sql_int(&q, p->key[1]);
    sql_int(&q, p->query.since);
    sql_text(&q, p->query.list);
    sql_text(&q, p->query.source);
    sql_int(&q, PAGER_ROWS);
    while (p->count < PAGER_ROWS && sql_row(&q))
        p->kind->read(&q, pager_row(p, p->count++), p->key, &p->texts);
    p->end = p->count < PAGER_ROWS;
    return sql_end(&q, err);
}

struct pager *pager_new(struct store *s, const struct pager_kind *kind,
                        const struct history_query *query, struct error *err)
{
    struct pager *p = mem_alloc(sizeof *p);
    *p = (struct pager){.s = s, .kind = kind, .query = *query, .key = {INT64_MAX, INT64_MAX}};
    p->rows = mem_array(PAGER_ROWS, kind->row_size);
    if (pager_fill(p, err))
        return p;
    pager_free(p);
    return NULL;
}

bool pager_next(struct pager *p, const struct pager_kind *kind, void *row, struct error *err)
{
    assert(kind == p->kind);
    while (p->query.limit == 0 || p->given < p->query.limit) {
        if (p->at == p->count && (p->end || !pager_fill(p, err) || p->count == 0))
            return false;
        const void *next = pager_row(p, p->at++);
        if (!kind->covers(&p->query, next))
            continue;
        memcpy(row, next, kind->row_size);
        p->given++;
        return true;
    }
    return false;
}

void pager_free(struct pager *p)
{
    if (!p)
        return;
    text_free(p->texts);
    free(p->rows);
    free(p);
}
