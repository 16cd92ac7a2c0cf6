/* SPDX-License-Identifier: ISC */
/*
 * The same refusal comes a thousand times with different addresses, recipients and ids. The key is
 * made from the rest of it. It serves only to find the row, which is then matched again: too coarse
 * a key costs time but not correctness, as long as it keeps what distinguishes rows: short numbers
 * and codes.
 */
#include "explain_parts.h"

#include "ascii.h"

#define LONG_NUMBER 6 /* digits: times, counters */
#define RANDOM_ID   9 /* letters mixed with digits: ids of messages and servers */
#define CHANGES     4

static uint64_t explain_mix(uint64_t h, unsigned char c)
{
    return (h ^ c) * UINT64_C(0x100000001b3);
}

static bool explain_token_char(char c)
{
    return alnum(c) || c == '.' || c == ':';
}

struct token {
    size_t len, digits, letters, hex, dots, colons, changes;
};

static struct token explain_token_at(const char *s, size_t len)
{
    struct token t = {0};
    bool was_digit = false, was_letter = false;
    for (; t.len < len && explain_token_char(s[t.len]); t.len++) {
        char c = s[t.len];
        bool is_digit = digit(c), is_letter = alnum(c) && !is_digit;
        t.digits += is_digit;
        t.letters += is_letter;
        t.hex += is_letter && (c | 32) <= 'f';
        t.dots += c == '.';
        t.colons += c == ':';
        t.changes += (is_digit && was_letter) || (is_letter && was_digit);
        was_digit = is_digit;
        was_letter = is_letter;
    }
    return t;
}

static bool explain_is_address(const struct token *t)
{
    return (t->dots >= 3 && t->letters == 0 && t->digits >= 4) ||
           (t->colons >= 2 && t->letters == t->hex && t->digits > 0);
}

uint64_t cache_key(const char *text, size_t len, uint64_t seed)
{
    uint64_t h = explain_mix(UINT64_C(0xcbf29ce484222325) ^ seed * UINT64_C(0x9e3779b97f4a7c15), 0);
    for (size_t i = 0; i < len;) {
        char c = text[i];
        if (c == '<') { /* a mailbox */
            size_t span = len - i < 256 ? len - i : 256;
            const char *end = memchr(text + i, '>', span);
            if (end && memchr(text + i, '@', (size_t)(end - text) - i)) {
                h = explain_mix(h, 1);
                i = (size_t)(end - text) + 1;
                continue;
            }
        }
        if (!explain_token_char(c)) {
            h = explain_mix(h, (unsigned char)c);
            i++;
            continue;
        }
        struct token t = explain_token_at(text + i, len - i);
        if (explain_is_address(&t)) {
            h = explain_mix(h, 2);
        } else if (t.len >= RANDOM_ID && t.changes >= CHANGES) {
            h = explain_mix(h, 3);
        } else if (t.digits >= LONG_NUMBER && t.letters == 0 && t.dots == 0) {
            h = explain_mix(h, 4);
        } else {
            for (size_t k = 0; k < t.len; k++)
                h = explain_mix(h, (unsigned char)text[i + k]);
        }
        i += t.len;
    }
    return h;
}
