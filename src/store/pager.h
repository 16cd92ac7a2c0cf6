/* SPDX-License-Identifier: ISC */
/* Walks the rows that a query asks for, newest first, a page at a time. */
#ifndef STORE_PAGER_H
#define STORE_PAGER_H

#include "sql.h"

struct pager_kind {
    /* A literal. ?1, ?2: the key of the last row; ?3 to ?5: since, list and source of the query;
     * ?6: rows of a page. Rows come by falling key. */
    const char *select;
    size_t row_size;
    /* Reads one row and its key, which no other row has. */
    void (*read)(struct sql *q, void *row, int64_t key[static 2], struct stored_text **texts);
    bool (*covers)(const struct history_query *query, const void *row);
};

struct pager *pager_new(struct store *s, const struct pager_kind *kind,
                        const struct history_query *query, struct error *err);
/* `kind` is that of pager_new(), and *row of its size. */
bool pager_next(struct pager *p, const struct pager_kind *kind, void *row, struct error *err);

#endif
