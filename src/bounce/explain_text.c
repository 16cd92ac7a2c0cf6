/* SPDX-License-Identifier: ISC */
#include "explain_parts.h"

#include "ascii.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- one line of plain ASCII ---- */

/* Escapes that logs write in place of a line break or a tab. */
static size_t explain_log_escape(const char *s, size_t len)
{
    if (len >= 2 && s[0] == '\\' && (s[1] == 'n' || s[1] == 'r' || s[1] == 't'))
        return 2;
    if (len >= 4 && s[0] == '#' && s[1] == '0' && digit(s[2]) && digit(s[3]))
        return 4;
    return 0;
}

/* Bytes of a sequence, by its first one. */
static size_t explain_utf8_length(unsigned char first)
{
    if (first >= 0xf0)
        return 4;
    if (first >= 0xe0)
        return 3;
    return first >= 0xc2 ? 2 : 1;
}

/* Punctuation that mail programs insert as UTF-8 becomes ASCII (quotes to ', blanks to blank);
 * other characters stay, with *c set to 0. Invalid UTF-8 and C1 controls become '?'. */
static size_t explain_utf8_char(const char *s, size_t len, char *c)
{
    const unsigned char *u = (const unsigned char *)s;
    size_t n = explain_utf8_length(u[0]);
    *c = '?';
    if (n == 1 || n > len || u[0] > 0xf4 || (u[0] == 0xc2 && u[1] < 0xa0))
        return 1;
    for (size_t i = 1; i < n; i++)
        if ((u[i] & 0xc0) != 0x80)
            return 1;
    *c = '\0';
    if (n == 3 && u[0] == 0xe2 && u[1] == 0x80 && (u[2] & 0xfc) == 0x98)
        *c = '\'';
    else if (n == 2 && u[0] == 0xc2 && u[1] == 0xa0)
        *c = ' ';
    return n;
}

/* Skips quoting and transcript marks before the text of a line, and lines that are not the reply.
 */
static bool explain_line_skip(const char *s, size_t len, size_t *skip)
{
    size_t i = 0;
    while (i < len && (s[i] == ' ' || s[i] == '\t' || s[i] == '|'))
        i++;
    if (starts(s + i, len - i, ">>> ") || starts(s + i, len - i, "X-Reporter-IP:"))
        return true;
    if (starts(s + i, len - i, "<<< "))
        i += 4;
    while (i + 1 < len && s[i] == '>' && (s[i + 1] == ' ' || s[i + 1] == '>'))
        i += s[i + 1] == ' ' ? 2 : 1;
    *skip = i;
    return false;
}

/* Characters that stay as they are: printable, and not the start of an escape. */
static size_t explain_plain_run(const char *s, size_t len)
{
    size_t n = 0;
    while (n < len && s[n] > ' ' && s[n] < 0x7f && s[n] != '\\' && s[n] != '#')
        n++;
    return n;
}

static void explain_join_line(const char *s, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len;) {
        size_t run = explain_plain_run(s + i, len - i);
        if (run > 0) {
            buf_add(out, s + i, run);
            i += run;
            continue;
        }
        size_t n = explain_log_escape(s + i, len - i);
        char c = ' ';
        if (n == 0) {
            n = 1;
            if ((unsigned char)s[i] >= 0x80)
                n = explain_utf8_char(s + i, len - i, &c);
            else if ((unsigned char)s[i] > ' ' && s[i] != 0x7f)
                c = s[i];
        }
        if (c == '\0')
            buf_add(out, s + i, n);
        else if (c != ' ' || (out->len > 0 && out->data[out->len - 1] != ' '))
            buf_char(out, c);
        i += n;
    }
    if (out->len > 0 && out->data[out->len - 1] != ' ')
        buf_char(out, ' ');
}

/* A tag of server, time and filter, which varies from reply to reply. */
static bool explain_is_tag(const char *s, size_t len)
{
    static const char *const begins[] = {"Name=", "AGT=", "MxId=", "EXP="};
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
        if (starts(s, len, begins[i]))
            return true;
    return memmem(s, len, ".outlook.com", 12) || memmem(s, len, ".OUTLOOK.COM", 12);
}

#define TAG_MAX 200 /* host, time and a hexadecimal id are 110 */

static void explain_strip_tags(struct buf *b)
{
    size_t to = 0;
    for (size_t i = 0; i < b->len;) {
        const char *open = memchr(b->data + i, '[', b->len - i);
        size_t plain = open ? (size_t)(open - b->data) - i : b->len - i;
        memmove(b->data + to, b->data + i, plain);
        to += plain;
        i += plain;
        if (!open)
            break;
        size_t rest = b->len - i < TAG_MAX ? b->len - i : TAG_MAX;
        const char *end = memchr(b->data + i, ']', rest);
        size_t n = end ? (size_t)(end - b->data) - i + 1 : rest;
        if ((end || n == b->len - i) && explain_is_tag(b->data + i + 1, n - 1)) {
            i += n;
            while (to > 0 && b->data[to - 1] == ' ' && i < b->len && b->data[i] == ' ')
                i++;
        } else {
            b->data[to++] = b->data[i++];
        }
    }
    buf_cut(b, to);
}

/* Length of a status such as "5.7.26" at s; 0 for anything else, or part of an address. */
static size_t explain_status_at(const char *s, size_t len)
{
    if (len < 5 || !strchr("245", s[0]) || s[1] != '.' || !digit(s[2]))
        return 0;
    size_t i = 2, digits = 0;
    for (; i < len && digit(s[i]); i++)
        digits++;
    if (digits > 3 || i >= len || s[i] != '.')
        return 0;
    digits = 0;
    for (i++; i < len && digit(s[i]); i++)
        digits++;
    if (digits == 0 || digits > 3 || (i + 1 < len && s[i] == '.' && digit(s[i + 1])))
        return 0;
    return i < len && alnum(s[i]) ? 0 : i;
}

/* "550 ", "550-": the reply code at s, or 0. */
static int explain_reply_at(const char *text, size_t len, size_t i)
{
    if (i + 3 > len || (text[i] != '4' && text[i] != '5') || !digit(text[i + 1]) ||
        !digit(text[i + 2]) || text[i + 1] > '7')
        return 0;
    if (i > 0 && !strchr(" :;(\"'<,=>[-", text[i - 1]))
        return 0;
    if (i > 0 && text[i - 1] == '-' && (i < 2 || text[i - 2] != ' '))
        return 0;
    if (i + 3 < len && !strchr(" -", text[i + 3]))
        return 0;
    return (text[i] - '0') * 100 + (text[i + 1] - '0') * 10 + (text[i + 2] - '0');
}

/*
 * A folded reply repeats its code on each line, and most servers repeat the status too; in the
 * joined line these would interrupt the sentence. Only the first is kept.
 */
static void explain_drop_repeated_codes(struct buf *b)
{
    int first = 0;
    char status[16] = "";
    bool folded = false;
    size_t to = 0;
    for (size_t i = 0; i < b->len;) {
        const char *s = b->data + i;
        if (*s != '4' && *s != '5') {
            b->data[to++] = b->data[i++];
            continue;
        }
        /* Look back in the output, because the input before this point may be overwritten. */
        bool fresh = to == 0 || b->data[to - 1] == ' ';
        int code =
            fresh && (i == 0 || b->data[i - 1] == ' ') ? explain_reply_at(s, b->len - i, 0) : 0;
        size_t n = code && i + 4 < b->len ? explain_status_at(s + 4, b->len - i - 4) : 0;
        if (code && !first && i + 3 < b->len) {
            first = code;
            folded = s[3] == '-';
            if (n > 0 && n < sizeof status)
                memcpy(status, s + 4, n);
        } else if (code && code == first && i + 3 < b->len) {
            bool same = n == strlen(status) && n > 0 && memcmp(s + 4, status, n) == 0;
            if (s[3] == '-' || same || (folded && n == 0)) {
                i += 4 + n;
                if (i < b->len && b->data[i] == ' ')
                    i++;
                continue;
            }
        }
        b->data[to++] = b->data[i++];
    }
    buf_cut(b, to);
}

static void explain_undo_qmail(struct buf *b)
{
    bool reply = b->len > 4 && digit(b->data[0]) && digit(b->data[2]) && b->data[3] == '_';
    if (!b->data || !memchr(b->data, '_', b->len) ||
        !(reply || memmem(b->data, b->len, "Remote_host_said:", 17) ||
          memmem(b->data, b->len, "_does_not_like_", 15) ||
          memmem(b->data, b->len, "Connected_to_", 13) ||
          memmem(b->data, b->len, "I_wasn't_able_", 14)))
        return;
    for (size_t i = 0; i < b->len; i++)
        if (b->data[i] == '_')
            b->data[i] = ' ';
}

void text_normalise(const char *raw, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len;) {
        const char *end = memchr(raw + i, '\n', len - i);
        size_t n = end ? (size_t)(end - raw) - i : len - i;
        size_t skip = 0;
        if (!explain_line_skip(raw + i, n, &skip))
            explain_join_line(raw + i + skip, n - skip, out);
        i += n + 1;
    }
    explain_undo_qmail(out);
    explain_strip_tags(out);
    explain_drop_repeated_codes(out);
    while (out->len > 0 && out->data[out->len - 1] == ' ')
        buf_cut(out, out->len - 1);
}

void text_squeeze(const char *text, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] != ' ')
            buf_char(out, text[i]);
}

/* ---- codes ---- */

static bool explain_status_starts(const char *text, size_t i)
{
    return i == 0 || (!alnum(text[i - 1]) && text[i - 1] != '.');
}

void text_facts(const char *text, size_t len, struct text_facts *out)
{
    *out = (struct text_facts){0};
    size_t weak = len, alone = len;
    for (size_t i = 0; i + 3 <= len; i++) {
        if (!digit(text[i]))
            continue;
        int code = explain_reply_at(text, len, i);
        size_t n = code && i + 4 < len ? explain_status_at(text + i + 4, len - i - 4) : 0;
        /* Sendmail sums up a reply without a status in its own words: "554 5.0.0 Service …". */
        if (n > 0 && weak < len && starts(text + i, len - i, "554 5.0.0 Service"))
            break;
        if (n > 0) {
            out->reply = code;
            out->reply_at = i;
            memcpy(out->status, text + i + 4, n);
            break;
        }
        /* The last bare code wins unless one has a status, because numbers in log fields come
         * first. */
        if (code && (weak == len || (i >= 6 && starts(text + i - 6, 6, "said: "))))
            weak = i;
        n = alone == len && explain_status_starts(text, i) && text[i] != '2'
                ? explain_status_at(text + i, len - i)
                : 0;
        if (n > 0)
            alone = i;
    }
    if (out->reply == 0 && weak < len) {
        out->reply = explain_reply_at(text, len, weak);
        out->reply_at = weak;
    }
    if (out->status[0] == '\0' && alone < len) {
        memcpy(out->status, text + alone, explain_status_at(text + alone, len - alone));
        if (out->reply == 0)
            out->reply_at = alone;
    }
}

size_t text_reason(const char *text, size_t len)
{
    static const char *const restrictions[] = {"Recipient address", "Client host", "End-of-data"};
    static const char rejected[] = " rejected: ";
    size_t n = sizeof rejected - 1;
    const char *at = memmem(text, len, rejected, n);
    if (!at)
        return 0;
    size_t before = (size_t)(at - text);
    for (size_t i = 0; i < sizeof restrictions / sizeof restrictions[0]; i++) {
        size_t name = strlen(restrictions[i]);
        if (before >= name && memcmp(at - name, restrictions[i], name) == 0)
            return before + n;
    }
    return 0;
}
