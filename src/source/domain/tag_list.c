/* SPDX-License-Identifier: ISC */
#include "tag_list.h"

#include <string.h>
#include <strings.h>

static bool tag_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Takes blanks off both ends. */
static void tag_trim(const char **text, size_t *len)
{
    while (*len && tag_is_blank(**text)) {
        ++*text;
        --*len;
    }
    while (*len && tag_is_blank((*text)[*len - 1]))
        --*len;
}

bool tag_next(const char **at, const char *end, struct tag *out)
{
    while (*at < end) {
        const char *piece = *at;
        const char *stop = memchr(piece, ';', (size_t)(end - piece));
        size_t len = (size_t)((stop ? stop : end) - piece);
        *at = stop ? stop + 1 : end;
        tag_trim(&piece, &len);
        if (len == 0)
            continue;
        const char *equal = memchr(piece, '=', len);
        *out = (struct tag){.name = piece, .name_len = equal ? (size_t)(equal - piece) : len};
        if (equal) {
            out->value = equal + 1;
            out->value_len = len - out->name_len - 1;
            tag_trim(&out->value, &out->value_len);
        }
        tag_trim(&out->name, &out->name_len);
        return true;
    }
    return false;
}

bool tag_is(const struct tag *t, const char *name)
{
    return t->value && strlen(name) == t->name_len && memcmp(t->name, name, t->name_len) == 0;
}

bool tag_value_is(const struct tag *t, const char *value, bool any_case)
{
    if (!t->value || strlen(value) != t->value_len)
        return false;
    return any_case ? strncasecmp(t->value, value, t->value_len) == 0
                    : memcmp(t->value, value, t->value_len) == 0;
}

bool tag_find(const char *text, size_t len, const char *name, struct tag *out)
{
    for (const char *at = text; tag_next(&at, text + len, out);)
        if (tag_is(out, name))
            return true;
    return false;
}
