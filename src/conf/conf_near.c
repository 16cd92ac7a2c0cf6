/* SPDX-License-Identifier: ISC */
#include "conf_parse.h"

#include <string.h>

#define NEAR_MAX   32 /* longer words are no slips of a known one */
#define SHOWN_MAX  20 /* the longest key has 18; keys of Spamhaus have 26, web hook tokens more */
#define DIGITS_MAX 3  /* status_404 */

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Insertions, deletions, substitutions and swaps of neighbours between two short words. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][NEAR_MAX + 1];
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i - 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], rows[(i - 2) % 3][j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

const char *conf_nearest(const char *typed, const char *const *words, size_t count)
{
    size_t len = strlen(typed);
    const char *best = NULL;
    unsigned best_distance = 0;
    for (size_t i = 0; len <= NEAR_MAX && i < count; i++) {
        size_t word_len = strlen(words[i]);
        if (word_len > NEAR_MAX)
            continue;
        unsigned d = distance(typed, len, words[i], word_len);
        unsigned most = word_len < 4 ? 1 : word_len < 9 ? 2 : 3;
        if (d <= most && (!best || d < best_distance)) {
            best = words[i];
            best_distance = d;
        }
    }
    return best;
}

bool conf_may_show(const char *word)
{
    size_t digits = 0, uppers = 0, lowers = 0;
    for (const char *p = word; *p; p++) {
        digits += *p >= '0' && *p <= '9';
        uppers += *p >= 'A' && *p <= 'Z';
        lowers += *p >= 'a' && *p <= 'z';
    }
    bool one_case = !lowers || !uppers || (uppers == 1 && word[0] >= 'A' && word[0] <= 'Z');
    return strlen(word) <= SHOWN_MAX && digits <= DIGITS_MAX && one_case;
}
