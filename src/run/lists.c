/* SPDX-License-Identifier: ISC */
#include "lists.h"

#include "repmon/ask.h"

#include <stdlib.h>
#include <string.h>

struct run_lists run_lists_of(const struct ask *ask)
{
    struct run_lists l = {.count = ask->column_count};
    l.items = mem_array(l.count, sizeof *l.items);
    for (size_t j = 0; j < l.count; j++) {
        struct column c;
        size_t local;
        const struct source *source = ask_part_of(ask, j, &local)->source;
        ask_describe(ask, j, &c);
        l.items[j] = (struct run_list){.source = mem_dup(source->word),
                                       .list = mem_dup(c.list),
                                       .severity = c.severity,
                                       .kind = c.kind,
                                       .every_s = ask_every_s(ask, j),
                                       .holds_s = ask_valid_for_s(ask, j),
                                       .counts_days = source->counts_days,
                                       .wants_known = source->wants_known};
    }
    return l;
}

void run_lists_fini(struct run_lists *l)
{
    for (size_t j = 0; j < l->count; j++) {
        free(l->items[j].source);
        free(l->items[j].list);
    }
    free(l->items);
    *l = (struct run_lists){0};
}

size_t run_lists_find(const struct run_lists *l, const char *source, const char *list)
{
    for (size_t j = 0; j < l->count; j++) {
        if (source_equal(l->items[j].source, source) && strcmp(l->items[j].list, list) == 0)
            return j;
    }
    return RUN_NO_LIST;
}
