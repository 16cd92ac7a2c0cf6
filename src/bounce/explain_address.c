/* SPDX-License-Identifier: ISC */
/* Whom a reply is about: separates its addresses and blocks from hosts that are merely mentioned.
 */
#include "explain_parts.h"

#include "ascii.h"

#include <stdlib.h>

bool text_ip(const char *piece, size_t len, struct ip *out)
{
    char copy[IP_TEXT_MAX];
    if (starts(piece, len, "IPv6:")) {
        piece += 5;
        len -= 5;
    }
    while (len > 0 && strchr(".:,;)", piece[len - 1]) && !(len > 1 && piece[len - 2] == ':'))
        len--;
    const char *dot = memchr(piece, '.', len), *colon = memchr(piece, ':', len);
    if (dot && colon && colon > dot) /* 192.0.2.1:25 */
        len = (size_t)(colon - piece);
    if (len < 3 || len >= sizeof copy)
        return false;
    memcpy(copy, piece, len);
    copy[len] = '\0';
    return ip_parse(copy, out);
}

static bool explain_ip_char(char c)
{
    return digit(c) || c == '.' || c == ':' || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

/* "550-203.0.113.5 is listed": the first line of several. */
static bool explain_after_reply_code(const char *text, size_t at)
{
    return at >= 4 && strchr("245", text[at - 4]) && digit(text[at - 3]) && digit(text[at - 2]) &&
           (at == 4 || (!alnum(text[at - 5]) && !strchr(".-_", text[at - 5])));
}

/* "…/203.0.113.5.html": the name of a page. */
static bool explain_is_page(const char *text, size_t len, size_t to)
{
    return text[to - 1] == '.' &&
           (starts(text + to, len - to, "htm") || starts(text + to, len - to, "php"));
}

/* "policy (3.2.1.1)": BT's codes look like addresses. */
static bool explain_is_code(const char *text, size_t from, size_t to, char after)
{
    return to - from == sizeof "1.2.3.4" - 1 && from > 1 && text[from - 1] == '(' && after == ')' &&
           !(from > 6 && starts(text + from - 6, 6, "from ("));
}

struct explain_place {
    size_t start, end;
};

/* "your IP:203.0.113.5", "mail.example.org:203.0.113.5": where the address begins; `to`: nowhere.
 */
static size_t explain_after_colon(const char *text, size_t from, size_t to)
{
    const char *colon = memchr(text + from, ':', to - from);
    size_t at = colon ? (size_t)(colon - text) + 1 : to;
    size_t end = at;
    while (end < to && digit(text[end]))
        end++;
    return end > at && end < to && text[end] == '.' ? at : to;
}

/* The next address from *i on. */
static bool explain_next_ip(const char *text, size_t len, size_t *i, struct explain_place *place,
                            struct ip *out)
{
    while (*i < len) {
        if (!explain_ip_char(text[*i])) {
            (*i)++;
            continue;
        }
        size_t from = *i;
        bool v6 = from >= 3 && starts(text + from - 3, 4, "IPv6") && text[from] == '6';
        if (v6)
            from += 2;
        size_t to = from;
        while (to < len && explain_ip_char(text[to]))
            to++;
        char before = from > 0 ? text[from - 1] : ' ';
        char after = to < len ? text[to] : ' ';
        bool in_word = alnum(before) || before == '_' || before == '@' ||
                       (before == '-' && !explain_after_reply_code(text, from));
        bool goes_on =
            (alnum(after) || after == '-' || after == '@') && !explain_is_page(text, len, to);
        if (to - from >= 6 && (v6 || !in_word) && !goes_on &&
            !explain_is_code(text, from, to, after) && text_ip(text + from, to - from, out)) {
            *place = (struct explain_place){from, to};
            *i = to;
            return true;
        }
        size_t inner = explain_after_colon(text, from, to);
        *i = inner > *i ? inner : *i + 1;
    }
    return false;
}

static bool explain_before_is(const char *text, size_t at, const char *word)
{
    size_t n = strlen(word);
    return at >= n && !((text[at - 1] ^ word[n - 1]) & 0xdf) &&
           strncasecmp(text + at - n, word, n) == 0;
}

/* "mx.example.com[" or "mx.example.com [" before an address: a name, so perhaps a host. */
static bool explain_named_host(const char *text, size_t start, size_t *name)
{
    if (start < 2 || text[start - 1] != '[')
        return false;
    size_t i = start - 1;
    if (text[i - 1] == ' ')
        i--;
    size_t stop = i, dots = 0, letters = 0;
    for (; i > 0 && (alnum(text[i - 1]) || strchr(".-", text[i - 1])); i--) {
        dots += text[i - 1] == '.' && i != stop;
        letters += !digit(text[i - 1]) && alnum(text[i - 1]);
    }
    *name = i;
    return dots > 0 && letters > 0;
}

/* "host mx.example.com[192.0.2.1] said", relay="192.0.2.1 (mx)", and qmail's "Connected to
 * 192.0.2.1 but", "192.0.2.1 does not like": the host that answered, in whatever text. */
static bool explain_is_remote(const char *text, size_t len, struct explain_place p)
{
    static const char *const after[] = {" does not like", " failed after", "] said",
                                        "] refused",      "]: Connection", "]:25: "};
    static const char *const before[] = {
        "Connected to ", "relay=\"",      "relay=",          "Giving up on ",
        "relay=[",       "Your DNS IP: ", "LastAttemptedIP="};
    if (explain_before_is(text, p.start, "host ") && p.end < len && text[p.end] == '[')
        return true; /* "host 192.0.2.1[192.0.2.1] said" */
    for (size_t i = 0; i < sizeof after / sizeof after[0]; i++)
        if (starts(text + p.end, len - p.end, after[i]))
            return true;
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++)
        if (explain_before_is(text, p.start, before[i]))
            return true;
    static const char *const before_name[] = {"relay=", " H=", " mx=", "connection with "};
    size_t name = 0;
    if (!explain_named_host(text, p.start, &name))
        return false;
    for (size_t i = 0; i < sizeof before_name / sizeof before_name[0]; i++)
        if (explain_before_is(text, name, before_name[i]))
            return true;
    return false;
}

/* Names that senders' log fields use for our own side. */
static bool explain_is_own_field(const char *text, size_t start)
{
    static const char *const keys[] = {" I=[",  "source=\"",        "source=",     "localip=",
                                       " src=", "sending-ip\": \"", "sending_ip=", "dlvSourceIp="};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (explain_before_is(text, start, keys[i]))
            return true;
    return false;
}

/* "RFC2821 4.1.1.1", "section 4.1.1.1": a reference to a rule, not an address. */
static bool explain_is_section(const char *text, size_t start)
{
    size_t i = start;
    if (explain_before_is(text, start, "section "))
        return true;
    if (i > 0 && text[i - 1] == ' ')
        i--;
    while (i > 0 && digit(text[i - 1]))
        i--;
    return explain_before_is(text, i, "rfc") || explain_before_is(text, i, "rfc ");
}

/* Numbers with three dots that are not the sender's address: a list's answer; a header about a
 * user's client; a HELO name; a section; Yahoo's page number ("- 4.16.55.1;"). */
static bool explain_is_no_sender(const char *text, struct explain_place p, const struct ip *ip)
{
    if (ip->family == 4 && ip->bytes[0] == 127)
        return true;
    if (explain_is_section(text, p.start) ||
        explain_before_is(text, p.start, "originating-ip: [") ||
        explain_before_is(text, p.start, "originating-ip: ") ||
        explain_before_is(text, p.start, "helo was "))
        return true;
    return explain_before_is(text, p.start, "- ") && ip->family == 4 && ip->bytes[0] == 4 &&
           ip->bytes[1] == 16;
}

/* "/24" after an address: a block, not a single address. */
static bool explain_read_block(const char *text, size_t len, struct explain_place p,
                               const struct ip *ip, struct cidr *out)
{
    if (p.end + 1 >= len || text[p.end] != '/' || !digit(text[p.end + 1]))
        return false;
    unsigned long bits = strtoul(text + p.end + 1, NULL, 10);
    if (bits == 0 || bits > ip_bits(ip))
        return false;
    *out = (struct cidr){ip_mask(ip, (unsigned)bits), (uint8_t)bits};
    return true;
}

void text_address(const char *text, size_t len, const struct text_facts *facts,
                  const struct ip *host, struct text_addresses *out)
{
    struct ip found, bracketed = {0}, bare = {0}, own = {0}, remote = *host;
    struct explain_place p;
    *out = (struct text_addresses){0};
    for (size_t i = 0; explain_next_ip(text, len, &i, &p, &found);) {
        struct cidr block;
        bool in_reply = facts->reply == 0 || p.start > facts->reply_at;
        if (explain_is_remote(text, len, p))
            remote = found;
        if (explain_is_no_sender(text, p, &found) || ip_cmp(&found, &remote) == 0)
            continue;
        if (explain_read_block(text, len, p, &found, &block)) {
            if (out->range.base.family == 0 && in_reply)
                out->range = block;
        } else if (explain_is_own_field(text, p.start)) {
            own = own.family ? own : found;
        } else if (in_reply && p.start > 0 && text[p.start - 1] == '[' && !bracketed.family) {
            bracketed = found;
        } else if (in_reply && !bare.family) {
            bare = found;
        }
    }
    out->ip = own;
    if (bracketed.family)
        out->ip = bracketed;
    else if (bare.family)
        out->ip = bare;
}

bool text_no_sender(const char *text, size_t len, const struct ip *ip)
{
    struct ip found;
    struct explain_place p;
    bool seen = false;
    for (size_t i = 0; explain_next_ip(text, len, &i, &p, &found);)
        if (ip_cmp(&found, ip) == 0) {
            seen = true;
            if (!explain_is_no_sender(text, p, &found) && !explain_is_remote(text, len, p))
                return false;
        }
    return seen;
}
