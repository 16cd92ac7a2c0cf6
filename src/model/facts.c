/* SPDX-License-Identifier: ISC */
#include "repmon/facts.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

void facts_fini(struct fact_set *f)
{
    for (size_t i = 0; i < f->count; i++) {
        free(f->items[i].key);
        free(f->items[i].value);
    }
    free(f->items);
    *f = (struct fact_set){0};
}

void facts_append(struct fact_set *f, const char *key, const char *value)
{
    if (f->count == f->cap) {
        f->cap = f->cap ? f->cap * 2 : 32;
        f->items = mem_grow(f->items, f->cap, sizeof *f->items);
    }
    f->items[f->count++] = (struct fact){mem_dup(key), value ? mem_dup(value) : NULL};
}

static int facts_by_key(const void *a, const void *b)
{
    return strcmp(((const struct fact *)a)->key, ((const struct fact *)b)->key);
}

const char *facts_sorted(const struct fact_set *f, const char *key)
{
    const struct fact wanted = {.key = (char *)key};
    if (f->count == 0)
        return NULL;
    const struct fact *found = bsearch(&wanted, f->items, f->count, sizeof wanted, facts_by_key);
    return found ? found->value : NULL;
}

static struct fact *facts_find(const struct fact_set *f, const char *key)
{
    for (size_t i = f->count; i > 0; i--) { /* what was set last is asked for first */
        if (strcmp(f->items[i - 1].key, key) == 0)
            return &f->items[i - 1];
    }
    return NULL;
}

void facts_set(struct fact_set *f, const char *key, const char *value)
{
    struct fact *edit = facts_find(f, key);
    if (!edit) {
        facts_append(f, key, value);
        return;
    }
    char *copy = value ? mem_dup(value) : NULL; /* `value` may be the one that is freed */
    free(edit->value);
    edit->value = copy;
}

const struct fact *facts_edit(const struct fact_set *f, const char *key)
{
    return facts_find(f, key);
}
