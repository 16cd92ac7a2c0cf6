/* SPDX-License-Identifier: ISC */
#include "repmon/source.h"

#include "repmon/source_look.h"

#include <stdarg.h>

const struct source *source_find(const struct source_set *set, const char *word)
{
    for (size_t i = 0; i < set->count; i++)
        if (source_equal(set->items[i]->word, word))
            return set->items[i];
    return NULL;
}

const struct source *source_of_lists(const struct source_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i]->dns_list)
            return set->items[i];
    return NULL;
}

void source_words(const struct source_set *set, struct buf *out)
{
    size_t count = 0, shown = 0;
    for (size_t i = 0; i < set->count; i++)
        count += !set->items[i]->only_runs;
    for (size_t i = 0; i < set->count; i++) {
        if (set->items[i]->only_runs)
            continue;
        const char *before = shown + 1 == count ? " or " : ", ";
        buf_fmt(out, "%s%s", shown ? before : "", set->items[i]->word);
        shown++;
    }
}

void source_say(const struct source_look *look, enum doctor_mark mark, const char *subject,
                const char *cure, const char *fmt, ...)
{
    struct buf text;
    va_list args;
    buf_init(&text, 4096);
    va_start(args, fmt);
    buf_vfmt(&text, fmt, args);
    va_end(args);
    look->say(look->ctx, mark, subject, cure, buf_text(&text));
    buf_fini(&text);
}
