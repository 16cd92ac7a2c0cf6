/* SPDX-License-Identifier: ISC */
#include "history_numbers.h"

#include "output.h"
#include "registry.h"
#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/numbers_view.h"
#include "table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct numbers_view *numbers_view_of(const char *list)
{
    const char *slash = list ? strrchr(list, '/') : NULL;
    for (size_t i = 0; list && i < registry_sources.count; i++) {
        const struct numbers_view *v = registry_sources.items[i]->numbers;
        for (; v && v->list; v++)
            if (strcmp(v->list, slash ? slash : list) == 0)
                return v;
    }
    return NULL;
}

bool history_has_numbers(const char *list)
{
    return numbers_view_of(list) != NULL;
}

static void numbers_print(const struct numbers_view *view, struct table *t,
                          const struct stored_numbers *n)
{
    char day[16], ip[IP_TEXT_MAX];
    snprintf(day, sizeof day, "%04d-%02d-%02d", (int)(n->day / 10000), (int)(n->day / 100 % 100),
             (int)(n->day % 100));
    ip_format(&n->ip, ip);
    struct numbers_cells row = {0};
    const char *cells[TABLE_COLUMNS] = {day, ip};
    enum level level = view->show(n, &row);
    for (size_t i = 2; i < view->columns; i++)
        cells[i] = row.cells[i - 2];
    table_row(t, level, cells);
}

static void numbers_write(const struct numbers_view *view, struct json_out *w,
                          const struct stored_numbers *n)
{
    json_out_newline(w);
    json_out_open(w, NULL, '{');
    json_out_day(w, "day", (int32_t)n->day);
    json_out_target(w, &n->ip, (uint8_t)ip_bits(&n->ip));
    view->json(w, n);
    json_out_close(w, '}');
}

static bool numbers_show_rows(struct pager *it, const struct numbers_view *view, struct table *t,
                              struct json_out *w, struct error *err)
{
    struct stored_numbers n;
    bool first = true;
    while (numbers_next(it, &n, err)) {
        if (!w && first)
            printf("\n%s\n", view->title);
        first = false;
        if (w)
            numbers_write(view, w, &n);
        else
            numbers_print(view, t, &n);
    }
    return err->class == ERR_NONE;
}

bool history_show_numbers(struct store *store, const struct history_query *query,
                          struct json_out *w, struct error *err)
{
    const struct numbers_view *view = numbers_view_of(query->list);
    struct render_options how = {0};
    struct pager *it = store_samples(store, query, err);
    if (!it)
        return false;
    output_terminal(&how);
    struct table *t = mem_alloc(sizeof *t);
    *t = (struct table){.out = stdout,
                        .color = how.color,
                        .width = output_table_width(),
                        .columns = view->columns,
                        .colored = view->colored,
                        .right = view->right,
                        .heads = view->heads};
    if (w) {
        json_out_newline(w);
        json_out_open(w, "numbers", '[');
    }
    bool ok = numbers_show_rows(it, view, t, w, err);
    if (w)
        json_out_close(w, ']');
    table_end(t);
    pager_free(it);
    free(t);
    return ok;
}
