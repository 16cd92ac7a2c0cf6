/* SPDX-License-Identifier: ISC */
/* The names of lists: few, asked for with every row, so they are kept in memory. */
#include "sql.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

static struct list_name *list_find(struct store *s, const char *source, const char *name)
{
    for (size_t i = 0; i < s->list_count; i++) {
        if (source_equal(s->lists[i]->source, source) && strcmp(s->lists[i]->name, name) == 0)
            return s->lists[i];
    }
    return NULL;
}

static struct list_name *list_add(struct store *s, const char *source, const char *name)
{
    struct list_name *l = mem_alloc(sizeof *l);
    l->source = mem_dup(source);
    l->name = mem_dup(name);
    s->lists = mem_grow(s->lists, s->list_count + 1, sizeof(struct list_name *));
    s->lists[s->list_count++] = l;
    return l;
}

bool list_id(struct store *s, const char *source, const char *name, bool create, int64_t *id,
             struct error *err)
{
    struct list_name *l = list_find(s, source, name);
    if (!l)
        l = list_add(s, source, name);
    if (l->id == 0) {
        struct sql q;
        sql_use(&q, s, "SELECT id FROM list WHERE source = ? AND name = ?");
        sql_text(&q, source);
        sql_text(&q, name);
        if (!sql_number(&q, 0, &l->id, err))
            return false;
    }
    if (l->id == 0 && create) {
        struct sql q;
        sql_use(&q, s, "INSERT INTO list (source, name) VALUES (?, ?) RETURNING id");
        sql_text(&q, source);
        sql_text(&q, name);
        if (!sql_number(&q, 0, &l->id, err))
            return false;
    }
    *id = l->id;
    return true;
}

const struct list_name *list_by_id(struct store *s, int64_t id, struct error *err)
{
    for (size_t i = 0; i < s->list_count; i++) {
        if (s->lists[i]->id == id)
            return s->lists[i];
    }
    struct sql q;
    sql_use(&q, s, "SELECT source, name FROM list WHERE id = ?");
    sql_int(&q, id);
    struct list_name *l = NULL;
    if (sql_row(&q)) {
        const char *source = sql_get_text(&q);
        const char *name = sql_get_text(&q);
        l = list_find(s, source, name);
        if (!l)
            l = list_add(s, source, name);
        l->id = id;
    } else {
        sql_damaged(&q);
    }
    return sql_end(&q, err) ? l : NULL;
}

void list_forget_ids(struct store *s)
{
    for (size_t i = 0; i < s->list_count; i++)
        s->lists[i]->id = 0;
}

void list_free(struct store *s)
{
    for (size_t i = 0; i < s->list_count; i++) {
        free(s->lists[i]->source);
        free(s->lists[i]->name);
        free(s->lists[i]);
    }
    free(s->lists);
    s->lists = NULL;
    s->list_count = 0;
}

bool store_lists(struct store *s, struct stored_list **out, size_t *count, struct error *err)
{
    struct sql q;
    struct stored_list *lists = NULL;
    size_t n = 0;
    sql_use(&q, s, "SELECT source, name FROM list ORDER BY source, name");
    while (sql_row(&q)) {
        lists = mem_grow(lists, n + 1, sizeof *lists);
        lists[n].source = mem_dup(sql_get_text(&q));
        lists[n++].list = mem_dup(sql_get_text(&q));
    }
    if (!sql_end(&q, err)) {
        stored_lists_free(lists, n);
        return false;
    }
    *out = lists;
    *count = n;
    return true;
}
