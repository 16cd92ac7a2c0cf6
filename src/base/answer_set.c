/* SPDX-License-Identifier: ISC */
#include "repmon/answer_set.h"

#include <string.h>

bool answer_set_next(const char **at, const char **word, size_t *len)
{
    const char *s = *at + strspn(*at, " ");
    if (!*s)
        return false;
    *word = s;
    *len = strcspn(s, " ");
    *at = s + *len;
    return true;
}

bool answer_set_has(const char *set, const char *word, size_t len)
{
    const char *w;
    size_t n;
    while (answer_set_next(&set, &w, &n)) {
        if (n == len && memcmp(w, word, len) == 0)
            return true;
    }
    return false;
}
