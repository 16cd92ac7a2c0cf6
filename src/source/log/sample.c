/* SPDX-License-Identifier: ISC */
#include "heard.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define MASK "…"

static bool sample_ends_word(char c)
{
    return isspace((unsigned char)c) || strchr("<>()[]{}\"',;", c) != NULL;
}

/* Exim joins the lines of a reply with a backslash and an n. */
static size_t sample_break_length(const char *text, size_t len)
{
    bool is = len >= 2 && text[0] == '\\' && text[1] == 'n';
    return is && (len == 2 || isdigit((unsigned char)text[2])) ? 2 : 0;
}

static size_t sample_word_length(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && !sample_ends_word(text[n]) && !sample_break_length(text + n, len - n))
        n++;
    return n;
}

static bool sample_holds_mailbox(const char *word, size_t len)
{
    return memchr(word, '@', len) || memmem(word, len, "%40", 3) || memmem(word, len, "=40", 3);
}

/* Length of a quoted local part that begins here, such as "\"a b\"@"; 0: none. */
static size_t sample_quoted_length(const char *text, size_t len)
{
    if (len == 0 || text[0] != '"')
        return 0;
    for (size_t i = 1; i + 1 < len && i < 66; i++) {
        if (text[i] == '"')
            return text[i + 1] == '@' ? i + 1 : 0;
        i += text[i] == '\\';
    }
    return 0;
}

/* A query value is kept only if it says which address or code it is about. */
static bool sample_may_show(const char *value, size_t len)
{
    char text[64];
    struct ip ip;
    if (len == 0 || len >= sizeof text)
        return false;
    memcpy(text, value, len);
    text[len] = '\0';
    if (ip_parse(text, &ip))
        return true;
    size_t code = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    return code == len && len <= 20;
}

static void sample_add_query(struct buf *out, const char *query, size_t len)
{
    while (len > 0) {
        size_t part = 0;
        while (part < len && query[part] != '&')
            part++;
        const char *equals = memchr(query, '=', part);
        size_t name = equals ? (size_t)(equals - query) + 1 : 0;
        buf_add(out, query, name);
        if (sample_may_show(query + name, part - name))
            buf_add(out, query + name, part - name);
        else
            buf_str(out, MASK);
        if (part < len)
            buf_char(out, query[part++]);
        query += part;
        len -= part;
    }
}

static void sample_add_word(struct buf *out, const char *word, size_t len)
{
    const char *query = memchr(word, '?', len);
    bool link = len > 4 && memmem(word, len, "://", 3);
    if (sample_holds_mailbox(word, len) && !link) {
        buf_str(out, MASK "@" MASK);
        return;
    }
    if (!link || !query) {
        if (sample_holds_mailbox(word, len))
            buf_str(out, MASK);
        else
            buf_add(out, word, len);
        return;
    }
    size_t head = (size_t)(query - word) + 1;
    buf_add(out, word, head);
    sample_add_query(out, query + 1, len - head);
}

/* The reply begins with its code; what precedes it are the log's own words. */
static size_t sample_skip_to_code(const char *text, size_t len)
{
    for (size_t i = 0; i + 3 < len; i++) {
        bool starts = i == 0 || !isalnum((unsigned char)text[i - 1]);
        bool code = strchr("245", text[i]) && text[i] && isdigit((unsigned char)text[i + 1]) &&
                    isdigit((unsigned char)text[i + 2]);
        if (starts && code && (text[i + 3] == ' ' || text[i + 3] == '-'))
            return i;
    }
    return 0;
}

void heard_sample(const char *text, size_t len, char out[static PAIR_SAMPLE + 1])
{
    struct buf masked, clean;
    size_t at = sample_skip_to_code(text, len);
    buf_init(&masked, 4096);
    buf_init(&clean, PAIR_SAMPLE - strlen(MASK));
    while (at < len && masked.len < 2048) {
        at += sample_quoted_length(text + at, len - at);
        size_t line_end = sample_break_length(text + at, len - at);
        if (line_end) {
            buf_char(&masked, ' ');
            at += line_end;
            continue;
        }
        size_t n = sample_word_length(text + at, len - at);
        if (n == 0) {
            buf_char(&masked, text[at++]);
            continue;
        }
        sample_add_word(&masked, text + at, n);
        at += n;
    }
    size_t room = PAIR_SAMPLE - strlen(MASK);
    size_t take = masked.len < room ? masked.len : room;
    while (take > 0 && take < masked.len && ((unsigned char)masked.data[take] & 0xc0) == 0x80)
        take--;
    buf_clean(&clean, buf_text(&masked), take, take);
    memcpy(out, buf_text(&clean), clean.len + 1);
    if (take < masked.len)
        memcpy(out + clean.len, MASK, sizeof MASK);
    buf_fini(&masked);
    buf_fini(&clean);
}

/* ---- links ---- */

static bool sample_names_somebody(const char *part, size_t len)
{
    static const char *const names[] = {"to",   "rcpt", "recipient", "from", "sender",
                                        "mail", "user", "email",     "u"};
    size_t name = 0;
    while (name < len && part[name] != '=')
        name++;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == name && strncasecmp(part, names[i], name) == 0)
            return true;
    return memchr(part, '@', len) || memmem(part, len, "%40", 3);
}

void heard_link(const char *url, char *out, size_t size)
{
    size_t head = strcspn(url, "?");
    out[0] = '\0';
    if (strlen(url) >= size || sample_holds_mailbox(url, head))
        return;
    memcpy(out, url, head);
    out[head] = '\0';
    const char *at = url + head;
    while (*at) {
        size_t len = strcspn(at + 1, "&");
        if (!sample_names_somebody(at + 1, len)) {
            size_t used = strlen(out);
            out[used] = used == head ? '?' : '&';
            memcpy(out + used + 1, at + 1, len);
            out[used + 1 + len] = '\0';
        }
        at += 1 + len;
    }
}
