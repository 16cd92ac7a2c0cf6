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
    for (size_t i = 0; i < set->count; i++) {
        const char *before = i + 1 == set->count ? " or " : ", ";
        buf_fmt(out, "%s%s", i ? before : "", set->items[i]->word);
    }
}
