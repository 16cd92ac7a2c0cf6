/* SPDX-License-Identifier: ISC */
#include "repmon/typed.h"

#include "repmon/ip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX   512 /* longer words are no slips of the hand */
#define PIECES_MAX 16  /* as many as a person types into one word */
#define BLOCKS_MAX 8   /* as many as a person wants to read */

/* ---- what may be shown ---- */

static bool typed_is_host(const char *s)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-_.";
    size_t len = strlen(s);
    const char *dot = strchr(s, '.');
    return len > 3 && len < 254 && strspn(s, letters) == len && dot && dot != s &&
           !strstr(s, "..") && s[len - 1] != '.' && s[len - 1] > '9';
}

static bool typed_is_target(const char *s)
{
    struct cidr block;
    return cidr_parse(s, &block, NULL) || typed_is_host(s);
}

/* "is a NOUN: write X", when X can be written. */
static bool typed_write(struct buf *hint, const char *what, const char *instead)
{
    return typed_is_target(instead) && buf_fmt(hint, "%s: write %s", what, instead);
}

/* ---- the mistakes: one function each ---- */

/* Quotes, brackets, what a sentence leaves at the end of a word, and blanks that can't be seen: of
 * a quoted variable, of a file from Windows, or copied from a page. */
static bool typed_wrapped(const char *word, struct buf *hint)
{
    static const char *const marks[] = {"\"",
                                        "'",
                                        "`",
                                        "<",
                                        ">",
                                        "(",
                                        ")",
                                        "[",
                                        "]",
                                        "\xe2\x80\x9c",
                                        "\xe2\x80\x9d",
                                        "\xe2\x80\x9e",
                                        "\xe2\x80\x98",
                                        "\xe2\x80\x99",
                                        "\xc2\xab",
                                        "\xc2\xbb",
                                        ",",
                                        ";",
                                        ".",
                                        ":",
                                        " ",
                                        "\t",
                                        "\r",
                                        "\n",
                                        "\\",
                                        "\xc2\xa0",
                                        "\xe2\x80\x8b",
                                        "\xef\xbb\xbf"};
    char copy[WORD_MAX];
    char *from = copy;
    snprintf(copy, sizeof copy, "%s", word);
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        size_t len = strlen(marks[i]), left = strlen(from);
        if (left > len && strncmp(from, marks[i], len) == 0) {
            from += len;
            i = SIZE_MAX; /* from the first mark again */
        } else if (left > len && strcmp(from + left - len, marks[i]) == 0) {
            from[left - len] = '\0';
            i = SIZE_MAX;
        }
    }
    return strcmp(from, word) != 0 && typed_write(hint, "has marks or blanks around it", from);
}

static bool typed_prefixed(const char *word, struct buf *hint)
{
    static const char *const keys[] = {"ip=", "host=", "target=",  "address=",  "ip4:", "ip6:",
                                       "a:",  "mx:",   "include:", "redirect=", "IPv6:"};
    const char *term = word + (strchr("+-~?", *word) && *word);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        size_t len = strlen(keys[i]);
        if (strncasecmp(term, keys[i], len) == 0 && typed_is_target(term + len))
            return buf_fmt(hint, "has %s before it: write %s", keys[i], term + len);
    }
    return false;
}

static bool typed_url(const char *word, struct buf *hint)
{
    const char *host = strstr(word, "://");
    char copy[WORD_MAX];
    if (!host)
        return false;
    host += 3;
    size_t len = strcspn(host, "/?#");
    const char *at = memrchr(host, '@', len);
    if (at)
        host = at + 1;
    bool six = *host == '[';
    host += six;
    len = six ? strcspn(host, "]") : strcspn(host, ":/?#");
    snprintf(copy, sizeof copy, "%.*s", (int)len, host);
    return typed_write(hint, "is a web address", copy) ||
           buf_str(hint, "is a web address: write only the host name in it");
}

static bool typed_mailbox(const char *word, struct buf *hint)
{
    const char *at = strrchr(word, '@');
    return at && at != word && at[1] &&
           buf_str(hint, "is a mail address: name what sends the mail, an address or a host such "
                         "as mx1.example.org");
}

static bool typed_port(const char *word, struct buf *hint)
{
    char copy[WORD_MAX];
    const char *colon = strrchr(word, ':');
    size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
    if (!digits || colon[1 + digits])
        return false;
    bool six = *word == '[' && colon > word + 1 && colon[-1] == ']';
    snprintf(copy, sizeof copy, "%.*s", (int)(colon - word) - 2 * six, word + six);
    return !strchr(word, '/') && (six || !strchr(copy, ':')) &&
           typed_write(hint, "has a port", copy);
}

static bool typed_zone_index(const char *word, struct buf *hint)
{
    char copy[WORD_MAX];
    size_t len = strcspn(word, "%");
    snprintf(copy, sizeof copy, "%.*s", (int)len, word);
    return word[len] && strchr(copy, ':') && typed_write(hint, "names an interface", copy);
}

static bool typed_mask(const char *word, struct buf *hint)
{
    const char *slash = strchr(word, '/');
    char text[CIDR_TEXT_MAX];
    struct ip ip, mask;
    if (!slash || slash - word >= IP_TEXT_MAX)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)(slash - word), word);
    if (!ip_parse(text, &ip) || ip.family != 4 || !ip_parse(slash + 1, &mask) || mask.family != 4)
        return false;
    uint32_t bits = ip_v4(&mask);
    unsigned len = 0;
    while (len < 32 && bits >> (31 - len) & 1)
        len++;
    if (len < 32 && (uint32_t)(bits << len))
        return false;
    struct cidr block = {ip_mask(&ip, len), (uint8_t)len};
    cidr_format(&block, text);
    return typed_write(hint, "has a network mask", text);
}

/* The fewest blocks that make up first to last. */
static bool typed_blocks(uint32_t first, uint32_t last, struct buf *hint)
{
    size_t start = hint->len;
    buf_str(hint, "is a range: give its blocks separately:");
    for (uint64_t at = first, n = 0; at <= last; n++) {
        unsigned len = 32;
        while (len > 0 && !(at & ((uint64_t)1 << (32 - len))) &&
               at + ((uint64_t)1 << (33 - len)) - 1 <= last)
            len--;
        struct cidr block = {ip_from_v4((uint32_t)at), (uint8_t)len};
        char text[CIDR_TEXT_MAX];
        cidr_format(&block, text);
        if (n == BLOCKS_MAX) {
            buf_cut(hint, start);
            return buf_str(hint, "is a range: write blocks such as 203.0.113.0/24, separately");
        }
        buf_fmt(hint, " %s", text);
        at += (uint64_t)1 << (32 - len);
    }
    return true;
}

static bool typed_range(const char *word, struct buf *hint)
{
    static const char *const dashes[] = {"-", "\xe2\x80\x93", "\xe2\x80\x94", ".."};
    for (size_t i = 0; i < sizeof dashes / sizeof dashes[0]; i++) {
        const char *dash = strstr(word, dashes[i]);
        char text[IP_TEXT_MAX];
        struct ip first, last;
        if (!dash || dash - word >= IP_TEXT_MAX)
            continue;
        snprintf(text, sizeof text, "%.*s", (int)(dash - word), word);
        const char *end = dash + strlen(dashes[i]);
        if (!ip_parse(text, &first))
            continue;
        if (first.family == 4 && *end && strspn(end, "0123456789") == strlen(end) &&
            strlen(end) <= 3 && strtoul(end, NULL, 10) <= 255) { /* 203.0.113.1-9 */
            last = first;
            last.bytes[3] = (uint8_t)strtoul(end, NULL, 10);
        } else if (!ip_parse(end, &last) || last.family != first.family) {
            continue;
        }
        if (ip_cmp(&first, &last) > 0)
            return buf_str(hint, "is a range that ends before it begins");
        if (first.family == 4)
            return typed_blocks(ip_v4(&first), ip_v4(&last), hint);
        return buf_str(hint, "is a range: write blocks such as 2001:db8::/64, separately");
    }
    return false;
}

/* Up to four numbers with dots between them; how many, 0: something else. */
static size_t typed_numbers(const char *s, size_t len, unsigned long out[static 4], bool *zeros)
{
    size_t n = 0;
    const char *end = s + len;
    while (n < 4) {
        size_t digits = 0;
        while (s + digits < end && s[digits] >= '0' && s[digits] <= '9')
            digits++;
        if (!digits || digits > 3)
            return 0;
        *zeros |= digits > 1 && *s == '0';
        out[n++] = strtoul(s, NULL, 10);
        s += digits;
        if (s == end)
            return n;
        if (*s++ != '.')
            return 0;
    }
    return 0;
}

/* 203.0.113, 203.0.113.*, 203.0.113/24, 203.000.113.005, 300.1.1.1 */
static bool typed_octets(const char *word, struct buf *hint)
{
    unsigned long n[4] = {0};
    bool zeros = false;
    size_t len = strcspn(word, "/*");
    bool star = word[len] == '*';
    if (star || (len && word[len] == '\0' && word[len - 1] == '.'))
        len -= len > 0;
    size_t count = typed_numbers(word, len, n, &zeros);
    if (!count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (n[i] > 255)
            return count > 2 && buf_fmt(hint,
                                        "holds %lu: each number of an address is from 0 to "
                                        "255",
                                        n[i]);
    }
    if (count == 1)
        return false;
    if (count == 4)
        return zeros && !word[len] &&
               buf_fmt(hint, "has leading zeros: write %lu.%lu.%lu.%lu", n[0], n[1], n[2], n[3]);
    return buf_fmt(hint, "has %zu of four numbers: for the block write %lu.%lu.%lu.%lu/%zu", count,
                   n[0], n[1], n[2], n[3], count * 8);
}

/* 5.113.0.203.in-addr.arpa (RFC 1035 3.5) */
static bool typed_reverse(const char *word, struct buf *hint)
{
    static const char tail[] = ".in-addr.arpa";
    unsigned long n[4];
    bool zeros = false;
    size_t len = strlen(word);
    len -= len && word[len - 1] == '.';
    if (len < sizeof tail ||
        strncasecmp(word + len - (sizeof tail - 1), tail, sizeof tail - 1) != 0)
        return false;
    if (typed_numbers(word, len - (sizeof tail - 1), n, &zeros) != 4)
        return buf_str(hint, "is a reverse DNS name: write the address");
    return buf_fmt(hint, "is a reverse DNS name: write %lu.%lu.%lu.%lu", n[3], n[2], n[1], n[0]);
}

/* a,b and a;b and a/b of hosts; 203,0,113,5 */
static bool typed_several(const char *word, struct buf *hint)
{
    char copy[WORD_MAX], dotted[WORD_MAX];
    char *pieces[PIECES_MAX], *save = NULL;
    size_t count = 0, start = hint->len;
    bool may_show = true;
    if (!strpbrk(word, ",;| \t\r\n"))
        return false;
    snprintf(dotted, sizeof dotted, "%s", word);
    for (char *p = dotted; *p; p++)
        *p = *p == ',' ? '.' : *p;
    struct ip ip;
    if (ip_parse(dotted, &ip) && ip.family == 4)
        return typed_write(hint, "has commas for dots", dotted);
    snprintf(copy, sizeof copy, "%s", word);
    for (char *p = strtok_r(copy, ",;| \t\r\n", &save); p;
         p = strtok_r(NULL, ",;| \t\r\n", &save)) {
        if (count == PIECES_MAX)
            break;
        if (!typed_is_target(p))
            may_show = false;
        pieces[count++] = p;
    }
    bool only_blanks = !strpbrk(word, ",;|");
    if (count < 2 || (only_blanks && !may_show))
        return false;
    if (!may_show)
        return buf_str(hint, "is more than one: give each separately");
    buf_str(hint, "is more than one: give each separately:");
    for (size_t i = 0; i < count; i++)
        buf_fmt(hint, " %s", pieces[i]);
    if (!hint->len || hint->len > start + 400) {
        buf_cut(hint, start);
        return buf_str(hint, "is more than one: give each separately");
    }
    return true;
}

static bool typed_host_length(const char *word, struct buf *hint)
{
    char copy[WORD_MAX];
    const char *slash = strchr(word, '/');
    size_t len = slash ? (size_t)(slash - word) : 0;
    snprintf(copy, sizeof copy, "%.*s", (int)len, word);
    if (!typed_is_host(copy))
        return false;
    bool is_length = slash[1] && strspn(slash + 1, "0123456789") == strlen(slash + 1);
    return typed_write(hint,
                       is_length ? "has a length, which only a block has"
                                 : "has a path, as a web address has",
                       copy);
}

static bool typed_dash(const char *word, struct buf *hint)
{
    return (strncmp(word, "\xe2\x80\x93", 3) == 0 || strncmp(word, "\xe2\x80\x94", 3) == 0) &&
           buf_str(hint, "begins with a long dash: write an option with two short ones, --");
}

/* "/24" after a blank, "*.example.org" */
static bool typed_part(const char *word, struct buf *hint)
{
    if (*word == '/' && word[1] && strspn(word + 1, "0123456789") == strlen(word + 1))
        return buf_str(hint,
                       "is the length of a block: write it after the address, without a space");
    return strchr(word, '*') &&
           buf_str(hint,
                   "has a star: write a block such as 203.0.113.0/24, or each name separately");
}

static bool typed_letters(const char *word, struct buf *hint)
{
    bool beyond = false;
    for (const char *p = word; *p; p++)
        beyond |= (unsigned char)*p >= 0x80;
    return beyond && strchr(word, '.') &&
           buf_str(hint, "has letters beyond ASCII: write the xn-- form of the name (idn2 NAME "
                         "prints it)");
}

static bool (*const typed_mistakes[])(const char *word, struct buf *hint) = {
    typed_dash,     typed_url,    typed_mailbox,    typed_reverse,     typed_wrapped,
    typed_prefixed, typed_port,   typed_zone_index, typed_mask,        typed_range,
    typed_several,  typed_octets, typed_part,       typed_host_length, typed_letters,
};

bool typed_hint(const char *word, struct buf *hint)
{
    if (strlen(word) >= WORD_MAX)
        return false;
    for (size_t i = 0; i < sizeof typed_mistakes / sizeof typed_mistakes[0]; i++) {
        if (typed_mistakes[i](word, hint))
            return true;
    }
    return false;
}
