/* SPDX-License-Identifier: ISC */
#include "lists.h"

#include "repmon/session.h"

#include <stdlib.h>
#include <string.h>

struct run_lists run_lists_of(const struct session *session)
{
    struct run_lists l = {.count = session->column_count};
    l.items = mem_array(l.count, sizeof *l.items);
    for (size_t j = 0; j < l.count; j++) {
        struct column c;
        size_t local;
        const struct source *source = session_part_of(session, j, &local)->source;
        session_describe(session, j, &c);
        l.items[j] = (struct run_list){.source = mem_dup(source->word),
                                       .list = mem_dup(c.list),
                                       .severity = c.severity,
                                       .kind = c.kind,
                                       .every_s = session_every_s(session, j),
                                       .holds_s = session_valid_for_s(session, j),
                                       .counts_days = source->counts_days,
                                       .wants_known = source->wants_known,
                                       .all = source->reach != REACH_SHARD};
    }
    for (size_t i = 0; i < session->part_count; i++) {
        const struct source *source = session->parts[i].source;
        bool first = shard_is_first(&session->conf->shard);
        l.sources[l.source_count++] =
            (struct run_source){.word = source->word,
                                .all = source->reach != REACH_SHARD,
                                .elsewhere = source->reach == REACH_FIRST && !first};
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

const struct run_source *run_lists_source(const struct run_lists *l, const char *word)
{
    for (size_t i = 0; i < l->source_count; i++) {
        if (source_equal(l->sources[i].word, word))
            return &l->sources[i];
    }
    return NULL;
}

size_t run_lists_find(const struct run_lists *l, const char *source, const char *list)
{
    for (size_t j = 0; j < l->count; j++) {
        if (source_equal(l->items[j].source, source) && strcmp(l->items[j].list, list) == 0)
            return j;
    }
    return RUN_NO_LIST;
}
