/* SPDX-License-Identifier: ISC */
#include "repmon/suggest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define SUGGEST_MAX 64 /* longer words are no slips of a known one */

static unsigned suggest_least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Upper case makes no difference. */
static bool suggest_same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Optimal string alignment: three rows suffice, because a swap looks back two. */
static unsigned suggest_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][SUGGEST_MAX + 1];
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i - 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            row[j] = suggest_least(suggest_least(above[j], row[j - 1]) + 1,
                                   above[j - 1] + !suggest_same(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && suggest_same(a[i - 1], b[j - 2]) &&
                suggest_same(a[i - 2], b[j - 1]))
                row[j] = suggest_least(row[j], rows[(i - 2) % 3][j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

static unsigned suggest_most(size_t len)
{
    if (len < 4)
        return 1;
    if (len < 9)
        return 2;
    return (unsigned)len / 3;
}

static bool suggest_is_part(const char *typed, size_t len, const char *word)
{
    return (len >= 2 && strncasecmp(word, typed, len) == 0) ||
           (len >= 3 && strcasestr(word, typed));
}

void suggest_offer(struct suggestion *s, const char *word)
{
    size_t len = strlen(s->typed), word_len = strlen(word);
    if (len > SUGGEST_MAX || word_len > SUGGEST_MAX)
        return;
    bool part = suggest_is_part(s->typed, len, word);
    size_t apart = len < word_len ? word_len - len : len - word_len;
    if (!part && apart > suggest_most(word_len))
        return; /* each missing or extra letter costs one */
    unsigned d = part ? 0 : suggest_distance(s->typed, len, word, word_len);
    if (d <= suggest_most(word_len) && (!s->word || d < s->distance)) {
        s->word = word;
        s->distance = d;
    }
}
