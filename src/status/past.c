/* SPDX-License-Identifier: ISC */
#include "repmon/past.h"

#include "repmon/describe.h"
#include "repmon/recall.h"

#include <stdlib.h>
#include <string.h>

struct past {
    struct ask ask;
    struct describer describer; /* of the last row */
    struct history_iter *rows;  /* owned */
    struct history_row row;
    struct entries entries; /* the last row */
};

static bool is_known(struct past *p, struct store *store, const struct history_query *query,
                     struct error *err)
{
    struct stored_list *lists = NULL;
    size_t count = 0;
    bool known = false;
    if (!query->list)
        return true;
    for (size_t k = 0; k < p->ask.column_count && !known; k++)
        known = strcmp(ask_list(&p->ask, k), query->list) == 0;
    if (!known && !store_lists(store, &lists, &count, err))
        return false;
    for (size_t i = 0; i < count && !known; i++)
        known = strcmp(lists[i].list, query->list) == 0;
    stored_lists_free(lists, count);
    return known;
}

struct past *past_open(const struct conf *conf, struct store *store,
                       const struct history_query *query, struct error *err)
{
    struct past *p = mem_alloc(sizeof *p);
    bool ok = ask_init(&p->ask, conf, NULL, err) && recall_hearers(&p->ask, store, err);
    p->rows = ok ? store_history(store, query, err) : NULL;
    struct history_row first;
    /* A list that left the configuration long ago is known by its history. */
    if (p->rows && !is_known(p, store, query, err)) {
        struct history_query any = {.list = query->list, .limit = 1};
        struct history_iter *it = store_history(store, &any, err);
        bool found = it && history_next(it, &first, err);
        history_free(it);
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
    past_free(p);
    return NULL;
}

bool past_next(struct past *p, struct past_row *out, struct error *err)
{
    entries_fini(&p->entries);
    describer_fini(&p->describer);
    if (!history_next(p->rows, &p->row, err))
        return false;
    p->describer.ask = &p->ask;
    struct describe_ops ops = describer_ops(&p->describer);
    group_changes(&p->row.change, 1, &ops, &p->entries);
    *out = (struct past_row){p->row.time, &p->row.change, p->entries.items};
    return true;
}

void past_free(struct past *p)
{
    if (!p)
        return;
    entries_fini(&p->entries);
    describer_fini(&p->describer);
    history_free(p->rows);
    ask_fini(&p->ask);
    free(p);
}
