/* SPDX-License-Identifier: ISC */
#include "explain_parts.h"

#include "ascii.h"

#include <string.h>
#include <strings.h>

static bool explain_is_host_char(char c)
{
    return alnum(c) || c == '.' || c == '-';
}

/* ".x.y": a name below x.y; else the whole name. */
static bool explain_fits(const char *host, size_t len, const char *suffix)
{
    size_t n = strlen(suffix);
    if (len < n || strncasecmp(host + len - n, suffix, n) != 0)
        return false;
    return suffix[0] == '.' ? len > n : len == n || host[len - n - 1] == '.';
}

/* A name after '@' is a mailbox, one after '/' a web page, and postmaster.* is a web page too. */
static bool explain_is_server(const char *text, size_t start, size_t len)
{
    if (start > 0 && (text[start - 1] == '@' || text[start - 1] == '/'))
        return false;
    return len < 11 || strncasecmp(text + start, "postmaster.", 11) != 0;
}

const struct explain_operator *hosts_of(const struct explain_operator *operators, size_t count,
                                        const char *host, size_t len)
{
    const struct explain_operator *best = NULL;
    size_t longest = 0;
    while (len > 0 && host[len - 1] == '.')
        len--;
    for (size_t o = 0; o < count; o++)
        for (size_t h = 0; h < operators[o].host_count; h++) {
            size_t n = strlen(operators[o].hosts[h]);
            if (n > longest && explain_fits(host, len, operators[o].hosts[h])) {
                longest = n;
                best = &operators[o];
            }
        }
    return best;
}

/* The next host name from *i on; its length, 0 at the end. */
static size_t explain_next_host(const char *text, size_t len, size_t *i, size_t *start)
{
    while (*i < len) {
        if (!explain_is_host_char(text[*i])) {
            (*i)++;
            continue;
        }
        size_t dots = 0;
        *start = *i;
        for (; *i < len && explain_is_host_char(text[*i]); (*i)++)
            dots += text[*i] == '.';
        size_t end = *i;
        while (end > *start && text[end - 1] == '.')
            end--;
        if (dots >= 2 && end > *start && explain_is_server(text, *start, end - *start) &&
            !(end < len && text[end] == '@'))
            return end - *start;
    }
    return 0;
}

const struct explain_operator *hosts_find(const struct explain_operator *operators, size_t count,
                                          const char *text, size_t len)
{
    for (size_t i = 0, start, n; (n = explain_next_host(text, len, &i, &start));) {
        const struct explain_operator *o = hosts_of(operators, count, text + start, n);
        if (o)
            return o;
    }
    for (size_t o = 0; o < count; o++)
        for (size_t m = 0; m < operators[o].mark_count; m++)
            if (memmem(text, len, operators[o].marks[m], strlen(operators[o].marks[m])))
                return &operators[o];
    return NULL;
}

const struct explain_operator *hosts_alone(const struct explain_operator *operators, size_t count,
                                           const char *text, size_t len)
{
    const struct explain_operator *only = NULL;
    for (size_t i = 0, start, n; (n = explain_next_host(text, len, &i, &start));) {
        const struct explain_operator *o = hosts_of(operators, count, text + start, n);
        if (o && only && o != only)
            return NULL;
        only = o ? o : only;
    }
    return only ? only : hosts_find(operators, count, text, len);
}

const char *hosts_tag(const char *raw, size_t len)
{
    static const char tail[] = ".protection.outlook.com";
    const char *end = raw + len, *p = raw;
    while ((p = memmem(p, (size_t)(end - p), tail, sizeof tail - 1))) {
        const char *start = p;
        p += sizeof tail - 1;
        if (p == end || (*p != ' ' && *p != ']'))
            continue;
        while (start > raw && explain_is_host_char(start[-1]))
            start--;
        if (start > raw && start[-1] == '[')
            return "Microsoft";
    }
    return "";
}
