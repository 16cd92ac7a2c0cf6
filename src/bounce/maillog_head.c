/* SPDX-License-Identifier: ISC */
/* Finds the line after any prefix that tools add, and its stamp, program and message. */
#include "maillog_parts.h"

#include "ascii.h"

#define PREFIX_MAX   240 /* names of pods, containers and files */
#define PREFIX_WORDS 3   /* more would be a message, which may quote a line forged by a stranger */
#define TAG_MAX      80

static size_t maillog_blanks(const char *s, size_t len)
{
    size_t i = 0;
    while (i < len && (s[i] == ' ' || s[i] == '\t'))
        i++;
    return i;
}

/* "\x1b[36m": its length. */
static size_t maillog_escape_at(const char *s, size_t len)
{
    if (len < 3 || s[0] != '\x1b' || s[1] != '[')
        return 0;
    size_t i = 2;
    while (i < len && i < 16 && !((s[i] | 32) >= 'a' && (s[i] | 32) <= 'z'))
        i++;
    return i < len ? i + 1 : 0;
}

static bool maillog_tag_char(char c)
{
    return alnum(c) || c == '/' || c == '_' || c == '-' || c == '.' || c == '@';
}

/* "postfix/smtp[123]:", "exim:", "sm-mta[9]: " at s: the length up to the message; 0: none. */
static size_t maillog_tag_at(const char *s, size_t len, struct maillog_piece *tag)
{
    size_t n = 0;
    while (n < len && n < TAG_MAX && maillog_tag_char(s[n]))
        n++;
    if (n == 0 || n >= len || digit(s[0])) /* "delivery 4: failure" is not a program */
        return 0;
    size_t i = n;
    if (s[i] == '[') {
        size_t from = ++i;
        while (i < len && digit(s[i]))
            i++;
        if (i == from || i >= len || s[i] != ']')
            return 0;
        i++;
    }
    if (i >= len || s[i] != ':')
        return 0;
    i++;
    if (i < len && s[i] != ' ' && s[i] != '\t')
        return 0;
    *tag = maillog_piece_of(s, n);
    i += maillog_blanks(s + i, len - i);
    if (starts(s + i, len - i, "[ID ")) { /* "[ID 197553 mail.info] " of Solaris and illumos */
        const char *end = memchr(s + i, ']', len - i);
        i = end ? (size_t)(end - s) + 1 : i;
        i += maillog_blanks(s + i, len - i);
    }
    return i;
}

/* "mail.info ", "<mail.info> ", "<2.6> ": BusyBox's and BSD's syslogd print facility and level. */
static size_t maillog_level_at(const char *s, size_t len)
{
    static const char *const levels[] = {"debug", "info",  "notice", "warn",  "warning",
                                         "err",   "error", "crit",   "alert", "emerg"};
    size_t i = len > 0 && s[0] == '<', from = i;
    while (i < len && alnum(s[i]))
        i++;
    if (i == from || i >= len || s[i] != '.')
        return 0;
    from = ++i;
    while (i < len && alnum(s[i]))
        i++;
    struct maillog_piece level = maillog_piece_of(s + from, i - from);
    bool known = s[0] == '<' && level.len == 1 && digit(level.s[0]);
    for (size_t w = 0; w < sizeof levels / sizeof levels[0] && !known; w++)
        known = maillog_is(level, levels[w]);
    if (s[0] == '<' && (i >= len || s[i++] != '>'))
        return 0;
    return known && i < len && s[i] == ' ' ? i + 1 : 0;
}

/* What may stand between a stamp and the program: "stdout F", another stamp, the host. */
static size_t maillog_noise_at(const char *s, size_t len)
{
    if (len > 9 && (memcmp(s, "stdout ", 7) == 0 || memcmp(s, "stderr ", 7) == 0) && s[8] == ' ')
        return 9;
    size_t n = maillog_escape_at(s, len);
    if (n == 0)
        n = maillog_level_at(s, len);
    return n ? n + maillog_blanks(s + n, len - n) : 0;
}

/* "[id name="value" …]": its length; values may hold brackets. */
static size_t maillog_structured_data(const char *s, size_t len)
{
    size_t i = 1;
    bool quoted = false;
    for (; i < len && (quoted || s[i] != ']'); i++) {
        if (s[i] == '\\')
            i++;
        else if (s[i] == '"')
            quoted = !quoted;
    }
    return i < len ? i + 1 : len;
}

/* RFC 5424 after the stamp: "host app procid msgid - message". */
static bool maillog_structured(const char *s, size_t len, struct maillog_head *out)
{
    struct maillog_piece words[5];
    size_t i = 0;
    for (size_t w = 0; w < 5; w++) {
        size_t from = i;
        while (i < len && s[i] != ' ')
            i++;
        words[w] = maillog_piece_of(s + from, i - from);
        if (i >= len || words[w].len == 0)
            return false;
        i++;
    }
    if (words[4].s[0] == '[') {
        i = (size_t)(words[4].s - s);
        while (i < len && s[i] == '[')
            i += maillog_structured_data(s + i, len - i);
        i += maillog_blanks(s + i, len - i);
    } else if (!maillog_is(words[4], "-")) {
        return false;
    }
    if (len - i >= 3 && memcmp(s + i, "\xef\xbb\xbf", 3) == 0)
        i += 3;
    out->tag = words[1];
    out->message = maillog_piece_of(s + i, len - i);
    return true;
}

static bool maillog_at(const char *s, size_t len, struct maillog_head *out);
static bool maillog_stands(const struct maillog_head *h);

/* rsyslog's "message repeated 3 times: [ 4Zk…: to=<…>, …]" counts as that message once more. */
static void maillog_unrepeat(struct maillog_piece *m)
{
    static const char times[] = " times: [";
    if (!maillog_begins(*m, "message repeated ") || !maillog_ends(*m, "]"))
        return;
    const char *open = maillog_find(*m, times);
    if (!open)
        return;
    *m = maillog_rest(*m, open + strlen(times));
    m->len--;
    if (maillog_begins(*m, " "))
        *m = maillog_rest(*m, m->s + 1);
}

/* A line inside the message: from a container's syslog, or Exim's with its own stamp. */
static void maillog_unwrap(struct maillog_head *out)
{
    struct maillog_head inner;
    maillog_unrepeat(&out->message);
    if (maillog_begins(out->tag, "postfix"))
        return;
    if (!maillog_at(out->message.s, out->message.len, &inner) || !maillog_stands(&inner))
        return;
    if (!inner.tag.len && maillog_begins(out->tag, "exim"))
        inner.tag = out->tag;
    *out = inner;
}

/* "mx1 ": the length of the word and the blank after it. */
static size_t maillog_host_at(const char *s, size_t len)
{
    const char *blank = memchr(s, ' ', len);
    return blank ? (size_t)(blank - s) + 1 : len;
}

/* "CET": journalctl's short-full prints the system's zone between time and host. */
static size_t maillog_zone_word_at(const char *s, size_t len)
{
    size_t n = 0;
    while (n < len && s[n] >= 'A' && s[n] <= 'Z')
        n++;
    return n >= 3 && n <= 5 && n < len && s[n] == ' ' ? n + 1 : 0;
}

/* What follows a stamp. Without a program all of it is the message. */
static void maillog_after_stamp(const char *s, size_t len, struct maillog_head *out)
{
    size_t i = maillog_blanks(s, len), n;
    while ((n = maillog_noise_at(s + i, len - i)))
        i += n;
    n = maillog_stamp_read(s + i, len - i, NULL); /* docker's stamp before syslog's */
    if (n) {
        out->stamp = maillog_piece_of(s + i, n);
        maillog_after_stamp(s + i + n, len - i - n, out);
        return;
    }
    out->message = maillog_piece_of(s + i, len - i);
    struct maillog_piece tag = {0};
    n = maillog_tag_at(s + i, len - i, &tag);
    if (n == 0) {
        i += maillog_zone_word_at(s + i, len - i);
        i += maillog_host_at(s + i, len - i);
        i += maillog_level_at(s + i, len - i);
        n = maillog_tag_at(s + i, len - i, &tag);
    }
    if (n) {
        out->tag = tag;
        out->message = maillog_piece_of(s + i + n, len - i - n);
        maillog_unwrap(out);
    }
}

static bool maillog_exim_id(const char *s, size_t len)
{
    size_t part = 0, parts = 0, i = 0;
    for (; i < len && i < 26 && (alnum(s[i]) || s[i] == '-'); i++) {
        if (s[i] != '-') {
            part++;
            continue;
        }
        if (part < 6)
            return false;
        parts++;
        part = 0;
    }
    return parts == 2 && part >= 1 && i < len && s[i] == ' ';
}

/* A stamp in the middle of a line begins a log line only when a program follows. */
static bool maillog_stands(const struct maillog_head *h)
{
    return h->tag.len > 0 || maillog_exim_id(h->message.s, h->message.len);
}

/* "<22>", "<22>1 " of syslog. */
static size_t maillog_priority_at(const char *s, size_t len, bool *rfc5424)
{
    size_t i = 1;
    if (len < 4 || s[0] != '<')
        return 0;
    while (i < len && i < 4 && digit(s[i]))
        i++;
    if (i == 1 || i >= len || s[i] != '>')
        return 0;
    i++;
    *rfc5424 = i + 1 < len && s[i] == '1' && s[i + 1] == ' ';
    return *rfc5424 ? i + 2 : i;
}

static bool maillog_at(const char *s, size_t len, struct maillog_head *out)
{
    bool rfc5424 = false;
    size_t i = maillog_priority_at(s, len, &rfc5424);
    size_t n = maillog_stamp_read(s + i, len - i, NULL);
    if (n == 0)
        return false;
    *out = (struct maillog_head){.stamp = maillog_piece_of(s + i, n)};
    i += n;
    if (rfc5424 && i < len && maillog_structured(s + i + 1, len - i - 1, out)) {
        maillog_unwrap(out);
        return true;
    }
    maillog_after_stamp(s + i, len - i, out);
    return true;
}

/* Characters in names of hosts, containers and loggers. */
static bool maillog_name_char(char c)
{
    return maillog_tag_char(c) || (c && strchr(" \t|:[]\x1b", c));
}

/*
 * How much of a line may be a prefix that a tool added. After a stamp it consists of names;
 * anything else is a message from a program that logs no name (Exim), and may quote what a stranger
 * sent.
 */
static size_t maillog_prefix_limit(const char *line, size_t len, size_t stamp)
{
    size_t limit = len < PREFIX_MAX ? len : PREFIX_MAX;
    size_t words = 0;
    bool labels = false; /* {app="postfix"} of Loki */
    for (size_t i = stamp; i < limit; i++) {
        labels = line[i] == '{' || (labels && line[i] != '}');
        if (stamp && !labels && line[i] != '}' && !maillog_name_char(line[i]))
            return i;
        bool begins = i > stamp && line[i] != ' ' && (line[i - 1] == ' ' || line[i - 1] == '\t');
        words += begins;
        if (words > PREFIX_WORDS)
            return i;
    }
    return limit;
}

/* "[12345.678901] ", "[12345.678901 <    0.000120 >] ": journalctl's time since the machine
 * started, which is no time of day. */
static size_t maillog_uptime_at(const char *s, size_t len)
{
    size_t i = 1;
    while (i < len && i < 40 && (digit(s[i]) || strchr(" .<>", s[i])))
        i++;
    bool closed = len > 0 && s[0] == '[' && i + 1 < len && s[i] == ']' && s[i + 1] == ' ';
    return closed && memchr(s, '.', i) ? i + 2 : 0;
}

bool maillog_head_find(const char *line, size_t len, struct maillog_head *out)
{
    bool first = maillog_at(line, len, out);
    if (first && maillog_stands(out))
        return true;
    struct maillog_head plain = *out;
    size_t stamp = first ? (size_t)(out->stamp.s - line) + out->stamp.len : 0;
    size_t limit = maillog_prefix_limit(line, len, stamp);
    bool edge = true;
    for (size_t i = 0; i < limit;) {
        size_t n = maillog_escape_at(line + i, len - i);
        if (n) {
            i += n;
            edge = true;
            continue;
        }
        if (edge && i > 0 && maillog_at(line + i, len - i, out) && maillog_stands(out)) {
            out->prefixed = true;
            return true;
        }
        edge = !alnum(line[i]);
        i++;
    }
    if (first) {
        *out = plain;
        return true;
    }
    /* "postfix/smtp[123]: …" without a stamp, as `journalctl -o short` cut by hand leaves it */
    *out = (struct maillog_head){0};
    size_t i = maillog_blanks(line, len);
    size_t uptime = maillog_uptime_at(line + i, len - i);
    i += uptime;
    if (uptime)
        i += maillog_host_at(line + i, len - i);
    size_t n = maillog_tag_at(line + i, len - i, &out->tag);
    out->message = maillog_piece_of(line + i + n, len - i - n);
    maillog_unrepeat(&out->message);
    return n > 0 && memchr(line + i, '[', n) != NULL;
}
