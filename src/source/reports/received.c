/* SPDX-License-Identifier: ISC */
#include "received.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool received_parse(const char *s, size_t len, struct ip *out)
{
    char text[64];
    if (len == 0 || len >= sizeof text)
        return false;
    memcpy(text, s, len);
    text[len] = '\0';
    return ip_parse(text, out);
}

bool received_address(const char *s, size_t len, struct ip *out)
{
    while (len > 0 && isspace((unsigned char)s[0]))
        s++, len--;
    const char *close = len > 0 && s[0] == '[' ? memchr(s, ']', len) : NULL;
    if (close) {
        s++;
        len = (size_t)(close - s);
    }
    if (len > 5 && strncasecmp(s, "IPv6:", 5) == 0)
        s += 5, len -= 5;
    size_t n = 0;
    while (n < len && !isspace((unsigned char)s[n]) && !strchr(";,()", s[n]))
        n++;
    if (received_parse(s, n, out))
        return true;
    const char *colon = memrchr(s, ':', n); /* a port */
    return colon && received_parse(s, (size_t)(colon - s), out);
}

static bool received_is_address_char(char c)
{
    return isxdigit((unsigned char)c) || c == '.' || c == ':';
}

/* All addresses of the text between two words. */
static void received_find_addresses(const char *s, size_t len, struct received *out)
{
    for (size_t i = 0; i < len && out->ip_count < sizeof out->ip / sizeof *out->ip; i++) {
        bool begins = i == 0 || !(isalnum((unsigned char)s[i - 1]) || strchr(".:-_", s[i - 1]));
        size_t n = 0;
        while (begins && i + n < len && received_is_address_char(s[i + n]))
            n++;
        bool ends = i + n == len || !(isalnum((unsigned char)s[i + n]) || strchr("-_", s[i + n]));
        if (n < 3 || !ends)
            continue;
        if (received_parse(s + i, n, &out->ip[out->ip_count]))
            out->ip_count++;
        i += n - 1;
    }
    /* "IPv6:2001:…": the tag is not part of the address */
    for (size_t i = 0; i + 5 < len && out->ip_count < sizeof out->ip / sizeof *out->ip; i++) {
        if (strncasecmp(s + i, "IPv6:", 5) != 0)
            continue;
        size_t n = 5;
        while (i + n < len && received_is_address_char(s[i + n]))
            n++;
        if (received_parse(s + i + 5, n - 5, &out->ip[out->ip_count]))
            out->ip_count++;
        i += n - 1;
    }
}

static void received_lower(char *out, size_t size, const char *s, size_t len)
{
    size_t n = 0;
    for (; n < len && n + 1 < size; n++)
        out[n] = (char)tolower((unsigned char)s[n]);
    out[n] = '\0';
}

/* The next word outside of comments from *at on; false at the end or the date. */
static bool received_next_word(const char *s, size_t *at, size_t *start, size_t *len)
{
    int depth = 0;
    for (; s[*at]; (*at)++) {
        char c = s[*at];
        if (c == '(')
            depth++;
        else if (c == ')' && depth > 0)
            depth--;
        else if (depth == 0 && c == ';')
            return false;
        else if (depth == 0 && !isspace((unsigned char)c))
            break;
    }
    *start = *at;
    while (s[*at] && !isspace((unsigned char)s[*at]) && s[*at] != ';' && s[*at] != '(')
        (*at)++;
    *len = *at - *start;
    return *len > 0;
}

void received_read(const char *value, struct received *out)
{
    *out = (struct received){0};
    size_t at = 0;
    size_t start;
    size_t len;
    size_t clause_from = 0; /* where the text of the from clause begins; 0: not in it */
    char *name = NULL;
    size_t size = 0;
    while (received_next_word(value, &at, &start, &len)) {
        bool is_by = len == 2 && strncasecmp(value + start, "by", 2) == 0;
        bool is_from = len == 4 && strncasecmp(value + start, "from", 4) == 0;
        bool is_with = len == 4 && strncasecmp(value + start, "with", 4) == 0;
        if (clause_from && is_by) {
            received_find_addresses(value + clause_from, start - clause_from, out);
            clause_from = 0;
        }
        if (name) {
            received_lower(name, size, value + start, len);
            name = NULL;
        } else if (is_from && start == 0) {
            clause_from = at;
            name = out->from;
            size = sizeof out->from;
        } else if (is_by && !out->by[0]) {
            name = out->by;
            size = sizeof out->by;
        } else if (is_with && !out->with[0]) {
            name = out->with;
            size = sizeof out->with;
        }
    }
    if (clause_from)
        received_find_addresses(value + clause_from, at - clause_from, out);
}
