/* SPDX-License-Identifier: ISC */
/* Letters and digits as protocols and logs mean them, whatever the locale is. */
#ifndef ASCII_H
#define ASCII_H

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static inline bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool alnum(char c)
{
    return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Case is ignored. */
static inline bool starts(const char *s, size_t len, const char *word)
{
    size_t n = strlen(word);
    /* Most differ in the first byte; upper and lower case differ in one bit. */
    return len >= n && (n == 0 || (!((s[0] ^ word[0]) & 0xdf) && strncasecmp(s, word, n) == 0));
}

#endif
