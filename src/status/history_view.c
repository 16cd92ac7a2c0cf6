/* SPDX-License-Identifier: ISC */
#include "repmon/history_view.h"

#include "repmon/describe.h"
#include "repmon/recall.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct history_view {
    struct session session;
    struct describer describer; /* of the last row */
    struct pager *rows;         /* owned */
    struct history_row row;
    struct entries entries; /* the last row */
};

static bool history_is_known(struct history_view *p, struct store *store,
                             const struct history_query *query, struct error *err)
{
    struct stored_list *lists = NULL;
    size_t count = 0;
    bool known = false;
    if (!query->list)
        return true;
    for (size_t k = 0; k < p->session.column_count && !known; k++)
        known = strcasecmp(session_list(&p->session, k), query->list) == 0;
    if (!known && !store_lists(store, &lists, &count, err))
        return false;
    for (size_t i = 0; i < count && !known; i++)
        known = strcasecmp(lists[i].list, query->list) == 0;
    stored_lists_free(lists, count);
    return known;
}

struct history_view *history_view_open(const struct conf *conf, struct store *store,
                                       const struct history_query *query, struct error *err)
{
    struct history_view *p = mem_alloc(sizeof *p);
    bool ok = session_init(&p->session, conf, NULL, err) && recall_hearers(&p->session, store, err);
    p->rows = ok ? store_history(store, query, err) : NULL;
    struct history_row first;
    /* A list that left the configuration long ago is known by its history. */
    if (p->rows && !history_is_known(p, store, query, err)) {
        struct history_query any = {.list = query->list, .limit = 1};
        struct pager *it = store_history(store, &any, err);
        bool found = it && history_next(it, &first, err);
        pager_free(it);
        if (!found) {
            struct buf shown;
            buf_init(&shown, 512);
            buf_clean(&shown, query->list, strlen(query->list), 80);
            error_set(err, ERR_USAGE,
                      "--list %s: no such list or source; `repmon lists` shows them",
                      buf_text(&shown));
            buf_fini(&shown);
            ok = false;
        }
    }
    if (ok && p->rows)
        return p;
    history_view_free(p);
    return NULL;
}

bool history_view_next(struct history_view *p, struct history_view_row *out, struct error *err)
{
    entries_fini(&p->entries);
    describer_fini(&p->describer);
    if (!history_next(p->rows, &p->row, err))
        return false;
    p->describer.session = &p->session;
    struct describe_ops ops = describer_ops(&p->describer);
    group_changes(&p->row.change, 1, &ops, &p->entries);
    *out = (struct history_view_row){p->row.time, &p->row.change, p->entries.items};
    return true;
}

void history_view_free(struct history_view *p)
{
    if (!p)
        return;
    entries_fini(&p->entries);
    describer_fini(&p->describer);
    pager_free(p->rows);
    session_fini(&p->session);
    free(p);
}
