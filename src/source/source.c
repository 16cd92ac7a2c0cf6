/* SPDX-License-Identifier: ISC */
#include "repmon/source.h"

const struct source *source_find(const struct source_set *set, const char *word)
{
    for (size_t i = 0; i < set->count; i++)
        if (source_equal(set->items[i]->word, word))
            return set->items[i];
    return NULL;
}

void source_words(const struct source_set *set, struct buf *out)
{
    size_t last = 0;
    const char *before = "";
    for (size_t i = 0; i < set->count; i++)
        last = set->items[i]->only_runs ? last : i;
    for (size_t i = 0; i <= last; i++) {
        if (set->items[i]->only_runs)
            continue;
        buf_fmt(out, "%s%s", before, set->items[i]->word);
        before = i + 1 < last ? ", " : " or ";
    }
}
