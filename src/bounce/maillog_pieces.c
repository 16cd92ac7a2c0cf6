/* SPDX-License-Identifier: ISC */
/* Compares and finds parts of a line, and reads values that all formats write alike. */
#include "maillog_parts.h"

#include "ascii.h"

struct maillog_piece maillog_piece_of(const char *s, size_t len)
{
    return (struct maillog_piece){s, len};
}

bool maillog_is(struct maillog_piece p, const char *word)
{
    size_t n = strlen(word);
    return p.len == n && memcmp(p.s, word, n) == 0;
}

bool maillog_begins(struct maillog_piece p, const char *word)
{
    size_t n = strlen(word);
    return p.len >= n && memcmp(p.s, word, n) == 0;
}

bool maillog_ends(struct maillog_piece p, const char *word)
{
    size_t n = strlen(word);
    return p.len >= n && memcmp(p.s + p.len - n, word, n) == 0;
}

const char *maillog_find(struct maillog_piece p, const char *word)
{
    return p.len ? memmem(p.s, p.len, word, strlen(word)) : NULL;
}

struct maillog_piece maillog_rest(struct maillog_piece p, const char *pos)
{
    return maillog_piece_of(pos, (size_t)(p.s + p.len - pos));
}

const char *maillog_after_quoted(struct maillog_piece p)
{
    size_t i = 1;
    while (i < p.len && p.s[i] != '"')
        i += p.s[i] == '\\' ? 2 : 1;
    return i < p.len ? p.s + i + 1 : p.s + p.len;
}

const char *maillog_after_address(struct maillog_piece p)
{
    bool bracket = maillog_begins(p, "<");
    struct maillog_piece rest = maillog_rest(p, p.s + bracket);
    if (maillog_begins(rest, "\""))
        rest = maillog_rest(rest, maillog_after_quoted(rest));
    if (bracket) {
        const char *end = rest.len ? memchr(rest.s, '>', rest.len) : NULL;
        return end ? end + 1 : NULL;
    }
    size_t n = 0;
    while (n < rest.len && rest.s[n] != ' ' && rest.s[n] != ',')
        n++;
    return rest.s + n;
}

struct maillog_piece maillog_value(struct maillog_piece p, const char *key)
{
    const char *pos = maillog_find(p, key);
    /* "ip=" must not match inside "localip=" */
    while (pos && pos > p.s && alnum(key[0]) && alnum(pos[-1]))
        pos = maillog_find(maillog_rest(p, pos + 1), key);
    if (!pos)
        return maillog_piece_of(p.s, 0);
    struct maillog_piece rest = maillog_rest(p, pos + strlen(key));
    if (rest.len > 0 && rest.s[0] == '"') {
        size_t i = 1;
        while (i < rest.len && rest.s[i] != '"')
            i += rest.s[i] == '\\' ? 2 : 1;
        if (i > rest.len)
            i = rest.len;
        return maillog_piece_of(rest.s + 1, i - 1);
    }
    size_t i = 0;
    while (i < rest.len && rest.s[i] != ' ' && rest.s[i] != ',')
        i++;
    return maillog_piece_of(rest.s, i);
}

bool maillog_ip(struct maillog_piece p, struct ip *out)
{
    char copy[IP_TEXT_MAX];
    if (p.len > 0 && p.s[0] == '[') {
        const char *end = memchr(p.s, ']', p.len);
        p = maillog_piece_of(p.s + 1, end ? (size_t)(end - p.s) - 1 : p.len - 1);
    }
    if (p.len > 5 && starts(p.s, p.len, "ipv6:"))
        p = maillog_rest(p, p.s + 5);
    const char *dot = p.len ? memchr(p.s, '.', p.len) : NULL;
    const char *colon = p.len ? memchr(p.s, ':', p.len) : NULL;
    if (dot && colon && colon > dot) /* 203.0.113.5:25 */
        p.len = (size_t)(colon - p.s);
    if (p.len < 2 || p.len >= sizeof copy)
        return false;
    memcpy(copy, p.s, p.len);
    copy[p.len] = '\0';
    return ip_parse(copy, out);
}

static struct maillog_piece maillog_trimmed(struct maillog_piece p)
{
    while (p.len > 0 && (p.s[0] == ' ' || p.s[0] == '"'))
        p = maillog_rest(p, p.s + 1);
    while (p.len > 0 && strchr(" .\"", p.s[p.len - 1]))
        p.len--;
    return p;
}

void maillog_peer(struct maillog_piece p, struct maillog_event *out)
{
    struct ip ip;
    const char *open = p.len ? memchr(p.s, '[', p.len) : NULL;
    if (!open)
        open = p.len ? memchr(p.s, '(', p.len) : NULL;
    struct maillog_piece name = p, inner = {0};
    if (open) {
        name.len = (size_t)(open - p.s);
        inner = maillog_rest(p, open + 1);
        const char *end = memchr(inner.s, *open == '[' ? ']' : ')', inner.len);
        inner.len = end ? (size_t)(end - inner.s) : inner.len;
    }
    name = maillog_trimmed(name);
    if (maillog_ip(name, &ip)) { /* "192.0.2.1 (mx.example.net)" */
        out->host_ip = ip;
        name = inner;
    } else if (maillog_ip(inner, &ip)) {
        out->host_ip = ip;
    }
    out->host = maillog_trimmed(name);
}

enum maillog_outcome maillog_outcome_of(int code)
{
    static const enum maillog_outcome by_class[] = {
        [2] = MAILLOG_ACCEPTED, [4] = MAILLOG_DEFERRED, [5] = MAILLOG_REFUSED};
    return code >= 200 && code < 600 ? by_class[code / 100] : MAILLOG_NOTHING;
}

enum maillog_phase maillog_phase_of(struct maillog_piece c)
{
    static const struct {
        const char *word;
        enum maillog_phase phase;
    } words[] = {{"RCPT", MAILLOG_RCPT},       {"end of", MAILLOG_DATA},
                 {"MAIL", MAILLOG_MAIL},       {"DATA", MAILLOG_DATA},
                 {"BDAT", MAILLOG_DATA},       {"EHLO", MAILLOG_CONNECT},
                 {"HELO", MAILLOG_CONNECT},    {"STARTTLS", MAILLOG_CONNECT},
                 {"initial", MAILLOG_CONNECT}, {"AUTH", MAILLOG_CONNECT},
                 {"LHLO", MAILLOG_CONNECT},    {"pipelined", MAILLOG_PHASE_UNKNOWN}};
    if (c.len > 40)
        c.len = 40;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (maillog_find(c, words[i].word))
            return words[i].phase;
    return MAILLOG_PHASE_UNKNOWN;
}

/* "5.7.1" at s: its length, or 0. */
static size_t maillog_status_length(const char *s, size_t len)
{
    if (len < 5 || !strchr("245", s[0]) || s[1] != '.')
        return 0;
    size_t i = 2, dots = 1, run = 0;
    for (; i < len && i < 10; i++) {
        if (digit(s[i]) && run < 3) {
            run++;
        } else if (s[i] == '.' && dots == 1 && run > 0) {
            dots = 2;
            run = 0;
        } else {
            break;
        }
    }
    return dots == 2 && run > 0 && (i == len || (!alnum(s[i]) && s[i] != '.')) ? i : 0;
}

void maillog_status(struct maillog_event *e, struct maillog_piece status)
{
    if (e->status[0] || status.len >= sizeof e->status ||
        maillog_status_length(status.s, status.len) != status.len)
        return;
    memcpy(e->status, status.s, status.len);
    e->status[status.len] = '\0';
}

void maillog_codes(struct maillog_event *e)
{
    struct maillog_piece t = e->text;
    if (starts(t.s, t.len, "smtp;"))
        t = maillog_rest(t, t.s + 5);
    while (t.len > 0 && strchr(" '\"(<_", t.s[0]))
        t = maillog_rest(t, t.s + 1);
    e->text = t;
    if (t.len < 3 || !strchr("245", t.s[0]) || !digit(t.s[1]) || !digit(t.s[2]) ||
        (t.len > 3 && !strchr(" -_", t.s[3])))
        return;
    e->code = (t.s[0] - '0') * 100 + (t.s[1] - '0') * 10 + (t.s[2] - '0');
    e->whole = true;
    size_t i = 4;
    if (i < t.len && t.s[i] == '#')
        i++;
    size_t n = i < t.len ? maillog_status_length(t.s + i, t.len - i) : 0;
    if (n) {
        memcpy(e->status, t.s + i, n);
        e->status[n] = '\0';
    }
}
