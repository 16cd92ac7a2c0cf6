/* SPDX-License-Identifier: ISC */
#include "mail_message.h"

#include "repmon/compose.h"
#include "repmon/crypto.h"
#include "repmon/file.h"

#include <ctype.h>
#include <string.h>

#define HEADER_COLUMNS 76 /* RFC 2047 2: a line with an encoded word is at most 76 long */
#define HEADER_VALUE   400

static const char hex[] = "0123456789ABCDEF";

/* ---- addresses and ids ---- */

bool mail_address_ok(const char *address)
{
    size_t len = strlen(address);
    if (len == 0 || len > 254 || address[0] == '-' || address[0] == '@' || address[len - 1] == '@')
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)address[i];
        if (c <= ' ' || c >= 0x7f || strchr("<>,;:\"()[]\\", c))
            return false;
    }
    return true;
}

/* Only what dot-atom text and host names share; ids are made by repmon, so this changes nothing. */
static void mail_id_part(const char *s, struct buf *out)
{
    for (size_t i = 0; i < 200 && s[i]; i++)
        buf_char(out, isalnum((unsigned char)s[i]) || strchr(".-_", s[i]) ? s[i] : '-');
}

void mail_message_id(const char *digest, const char *from, struct buf *out)
{
    const char *at = strrchr(from, '@');
    buf_char(out, '<');
    mail_id_part(digest, out);
    buf_char(out, '@');
    mail_id_part(at && at[1] ? at + 1 : "localhost", out);
    buf_char(out, '>');
}

/* ---- headers ---- */

static bool mail_is_plain(const char *s)
{
    for (; *s; s++) {
        if ((unsigned char)*s < ' ' || (unsigned char)*s >= 0x7f)
            return false;
    }
    return true;
}

/* Length of the UTF-8 character at s; the text was cleaned, so it is valid. */
static size_t mail_character(const char *s)
{
    size_t n = 1;
    while (((unsigned char)s[n] & 0xc0) == 0x80)
        n++;
    return n;
}

static void mail_encoded_words(struct buf *out, size_t column, const char *s)
{
    static const char open[] = "=?utf-8?Q?", close[] = "?=";
    buf_str(out, open);
    column += sizeof open - 1;
    while (*s) {
        char piece[16];
        size_t n = mail_character(s), used = 0;
        for (size_t i = 0; i < n && used + 3 < sizeof piece; i++) {
            unsigned char c = (unsigned char)s[i];
            if (c == ' ') {
                piece[used++] = '_';
            } else if (isalnum(c) && c < 0x7f) {
                piece[used++] = (char)c;
            } else {
                piece[used++] = '=';
                piece[used++] = hex[c >> 4];
                piece[used++] = hex[c & 15];
            }
        }
        if (column + used + sizeof close - 1 > HEADER_COLUMNS) {
            buf_fmt(out, "%s\n %s", close, open);
            column = 1 + sizeof open - 1;
        }
        buf_add(out, piece, used);
        column += used;
        s += n;
    }
    buf_str(out, close);
}

/* Folds before blanks; a word without one stays whole. */
static void mail_plain_words(struct buf *out, size_t column, const char *s)
{
    while (*s) {
        size_t blanks = strspn(s, " ");
        size_t len = blanks + strcspn(s + blanks, " ");
        if (blanks && s[blanks] && column + len > HEADER_COLUMNS) {
            buf_str(out, "\n ");
            s += blanks;
            len -= blanks;
            column = 1;
        }
        buf_add(out, s, len);
        column += len;
        s += len;
    }
}

void mail_header(struct buf *out, const char *name, const char *value)
{
    struct buf clean;
    buf_init(&clean, 4 * HEADER_VALUE);
    buf_clean(&clean, value, strlen(value), HEADER_VALUE);
    buf_fmt(out, "%s: ", name);
    size_t column = strlen(name) + 2;
    /* "=?" in plain text would be read as an encoded word. */
    if (mail_is_plain(buf_text(&clean)) && !strstr(buf_text(&clean), "=?"))
        mail_plain_words(out, column, buf_text(&clean));
    else
        mail_encoded_words(out, column, buf_text(&clean));
    buf_char(out, '\n');
    buf_fini(&clean);
}

/* RFC 5322 3.3, whatever the locale says. */
static void mail_date_header(struct buf *out, time_t t)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm tm = {.tm_mday = 1, .tm_year = 70};
    localtime_r(&t, &tm);
    long minutes = tm.tm_gmtoff / 60;
    char sign = minutes < 0 ? '-' : '+';
    if (minutes < 0)
        minutes = -minutes;
    buf_fmt(out, "Date: %s, %d %s %d %02d:%02d:%02d %c%02ld%02ld\n", days[tm.tm_wday % 7],
            tm.tm_mday, months[tm.tm_mon % 12], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
            sign, minutes / 60, minutes % 60);
}

static void mail_reference_headers(struct buf *out, const struct mail_envelope *env,
                                   const struct message *m)
{
    if (m->reply_to_count == 0)
        return;
    size_t first = m->reply_to_count > MAIL_REFERENCES ? m->reply_to_count - MAIL_REFERENCES : 0;
    buf_str(out, "In-Reply-To: ");
    mail_message_id(m->reply_to[m->reply_to_count - 1], env->from, out);
    buf_str(out, "\nReferences:");
    for (size_t i = first; i < m->reply_to_count; i++) {
        buf_str(out, i == first ? " " : "\n ");
        mail_message_id(m->reply_to[i], env->from, out);
    }
    buf_char(out, '\n');
}

/* A '=' in it can't occur in a part: quoted-printable and base64 lines have none followed by '_'.
 */
static void mail_boundary(const struct message *m, struct buf *out)
{
    buf_str(out, "=_repmon-");
    mail_id_part(m->id, out);
}

static void mail_text_headers(struct buf *out, bool quoted)
{
    buf_fmt(out,
            "Content-Type: text/plain; charset=utf-8\n"
            "Content-Transfer-Encoding: %s\n\n",
            quoted ? "quoted-printable" : "7bit");
}

static void mail_headers(struct buf *out, const struct mail_envelope *env, const struct message *m,
                         bool quoted)
{
    struct buf line;
    buf_init(&line, 1024);
    mail_date_header(out, env->date);
    buf_fmt(out, "From: %s\n", env->from);
    for (size_t i = 0; i < env->to_count; i++)
        buf_fmt(out, "%s%s%s\n", i ? " " : "To: ", env->to[i], i + 1 < env->to_count ? "," : "");
    compose_subject(m, &line);
    mail_header(out, "Subject", buf_text(&line));
    buf_str(out, "Message-ID: ");
    mail_message_id(m->id, env->from, out);
    buf_char(out, '\n');
    mail_reference_headers(out, env, m);
    buf_str(out, "Auto-Submitted: auto-generated\n" /* RFC 3834 5 */
                 "X-Auto-Response-Suppress: All\n");
    mail_header(out, "X-Repmon-Instance", m->instance);
    mail_header(out, "X-Repmon-Digest", m->id);
    mail_header(out, "X-Repmon-Level", level_word(message_level(m)));
    if (m->may_have_arrived)
        buf_str(out, "X-Repmon-Repeat: may have arrived\n");
    buf_str(out, "MIME-Version: 1.0\n");
    if (env->page) {
        buf_clear(&line);
        mail_boundary(m, &line);
        buf_fmt(out, "Content-Type: multipart/mixed; boundary=\"%s\"\n\n--%s\n", buf_text(&line),
                buf_text(&line));
    }
    mail_text_headers(out, quoted);
    buf_fini(&line);
}

/* ---- body ---- */

void mail_quoted_printable(const char *text, size_t len, struct buf *out)
{
    size_t column = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '\n') {
            buf_char(out, '\n');
            column = 0;
            continue;
        }
        bool last = i + 1 == len || text[i + 1] == '\n';
        bool start = column == 0;
        /* A trailing blank gets lost, "From " gets a '>' in mailboxes, a dot may get doubled. */
        bool quote =
            c < ' ' || c >= 0x7f || c == '=' || (c == ' ' && last) ||
            (start && (c == '.' || (c == 'F' && len - i > 4 && memcmp(text + i, "From ", 5) == 0)));
        size_t width = quote ? 3 : 1;
        if (column + width > (last ? 76u : 75u)) {
            buf_str(out, "=\n");
            column = 0;
        }
        if (quote)
            buf_fmt(out, "=%c%c", hex[c >> 4], hex[c & 15]);
        else
            buf_char(out, (char)c);
        column += width;
    }
}

static bool mail_needs_quoting(const char *text)
{
    size_t column = 0;
    for (; *text; text++) {
        column = *text == '\n' ? 0 : column + 1;
        if ((unsigned char)*text >= 0x7f || column > 998)
            return true;
    }
    return false;
}

static void mail_append_lines(struct buf *out, const struct buf *lines, bool crlf)
{
    if (!crlf) {
        buf_add(out, buf_text(lines), lines->len);
        return;
    }
    const char *p = buf_text(lines);
    for (const char *end; (end = strchr(p, '\n')); p = end + 1) {
        buf_add(out, p, (size_t)(end - p));
        buf_str(out, "\r\n");
    }
}

/* RFC 2045 6.8, in lines of 76. */
static void mail_base64(const struct buf *data, struct buf *out)
{
    enum { LINE_BYTES = 57 }; /* 76 characters */
    for (size_t at = 0; at < data->len; at += LINE_BYTES) {
        size_t len = data->len - at < LINE_BYTES ? data->len - at : LINE_BYTES;
        crypto_base64(out, data->data + at, len);
        buf_char(out, '\n');
    }
}

static void mail_add_page(const struct mail_envelope *env, const struct message *m, struct buf *out)
{
    struct buf boundary;
    buf_init(&boundary, 512);
    mail_boundary(m, &boundary);
    buf_fmt(out,
            "\n--%s\n"
            "Content-Type: text/html; charset=utf-8; name=\"repmon.html\"\n"
            "Content-Disposition: attachment; filename=\"repmon.html\"\n"
            "Content-Transfer-Encoding: base64\n\n",
            buf_text(&boundary));
    mail_base64(env->page, out);
    buf_fmt(out, "\n--%s--\n", buf_text(&boundary));
    buf_fini(&boundary);
}

void mail_attach_page(const struct conf *conf, const struct conf_channel *channel, struct buf *out,
                      struct mail_envelope *env)
{
    if (!channel->attach_page || !conf || !conf->html_file)
        return;
    int problem = file_read(conf->html_file, out, NULL);
    if (problem)
        env->no_page = "The page of [html] file could not be read, so it is not attached.";
    else
        env->page = out;
}

static bool mail_check(const char *address, struct error *err)
{
    if (mail_address_ok(address))
        return true;
    struct buf clean;
    buf_init(&clean, 1024);
    buf_clean(&clean, address, strlen(address), 100);
    error_set(err, ERR_CONFIG, "\"%s\" is not an address that repmon can send mail to",
              buf_text(&clean));
    buf_fini(&clean);
    return false;
}

bool mail_message(const struct mail_envelope *env, const struct message *m, struct buf *out,
                  struct error *err)
{
    bool ok = mail_check(env->from, err);
    for (size_t i = 0; i < env->to_count; i++)
        ok = mail_check(env->to[i], err) && ok;
    if (!ok)
        return false;
    struct buf text, lines;
    buf_init(&text, MAIL_MESSAGE_MAX);
    buf_init(&lines, MAIL_MESSAGE_MAX);
    compose_text(m, &text);
    if (env->no_page)
        buf_fmt(&text, "\n%s\n", env->no_page);
    bool quoted = env->page || mail_needs_quoting(buf_text(&text));
    mail_headers(&lines, env, m, quoted);
    if (quoted)
        mail_quoted_printable(buf_text(&text), text.len, &lines);
    else
        buf_add(&lines, buf_text(&text), text.len);
    if (env->page)
        mail_add_page(env, m, &lines);
    mail_append_lines(out, &lines, env->crlf);
    ok = !text.failed && !lines.failed && !out->failed;
    buf_fini(&text);
    buf_fini(&lines);
    return ok || error_set(err, ERR_BUG, "the mail is larger than its limit");
}
