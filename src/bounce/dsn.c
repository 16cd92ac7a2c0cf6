/* SPDX-License-Identifier: ISC */
/* The parts of delivery reports (RFC 3462, RFC 3464). */
#include "explain_parts.h"

#include "ascii.h"

#include "repmon/mail_fields.h"
#include "repmon/mime.h"

#include <string.h>

/* Whether a line in the head of the mail (up to `len` bytes) begins like this. */
static bool dsn_has_line(const char *mail, size_t len, const char *begin)
{
    for (const char *p = mail, *end = mail + len; p < end;) {
        if (starts(p, (size_t)(end - p), begin))
            return true;
        p = memchr(p, '\n', (size_t)(end - p));
        if (!p)
            break;
        p++;
    }
    return false;
}

#define COMPLAINT_HEAD (64u << 10) /* a report's own parts come first, and are short */

bool dsn_is_complaint(const char *mail, size_t len)
{
    if (len > COMPLAINT_HEAD)
        len = COMPLAINT_HEAD;
    if (dsn_has_line(mail, len, "Feedback-Type:") &&
        memmem(mail, len, "message/feedback-report", 23))
        return true;
    return dsn_has_line(mail, len, "Subject: complaint about message from") &&
           (memmem(mail, len, "staff@hotmail", 13) ||
            memmem(mail, len, "email-abuse.amazonses", 21));
}

/* Removes tags and decodes the few entities that occur in refusals: enough to find a sentence. */
static void dsn_add_html(const struct buf *html, struct buf *out)
{
    static const struct {
        const char *name, *text;
    } entities[] = {{"&lt;", "<"},  {"&gt;", ">"},   {"&amp;", "&"},
                    {"&#39;", "'"}, {"&nbsp;", " "}, {"&quot;", "\""}};
    bool tag = false;
    for (size_t i = 0; i < html->len; i++) {
        char c = html->data[i];
        if (c == '<')
            tag = true;
        if (!tag && c == '&')
            for (size_t k = 0; k < sizeof entities / sizeof entities[0]; k++) {
                size_t n = strlen(entities[k].name);
                if (html->len - i >= n && memcmp(html->data + i, entities[k].name, n) == 0) {
                    c = entities[k].text[0];
                    i += n - 1;
                    break;
                }
            }
        if (!tag)
            buf_char(out, c);
        else if (c == '>') {
            tag = false;
            buf_char(out, ' ');
        }
    }
    buf_str(out, "\n\n");
}

/* Appends a part, unless it is longer than any refusal. */
static void dsn_add_part(const struct mime_part *part, struct buf *out)
{
    struct buf bytes;
    buf_init(&bytes, EXPLAIN_BLOCK_MAX + 1);
    mime_part_bytes(part, &bytes);
    if (bytes.len <= EXPLAIN_BLOCK_MAX)
        buf_add(out, bytes.data, bytes.len);
    buf_str(out, "\n\n");
    buf_fini(&bytes);
}

static bool dsn_is_status(const struct mime_part *part)
{
    return strcmp(part->type, "message/delivery-status") == 0 ||
           strcmp(part->type, "message/global-delivery-status") == 0;
}

bool dsn_parts(const char *mail, size_t len, struct buf *status, struct buf *text)
{
    const char *problem;
    size_t from = mail_from_line_len(mail, len);
    struct mime *m = mime_open(mail + from, len - from, &problem);
    struct mime_part part;
    struct buf html;
    if (!m)
        return false;
    buf_init(&html, EXPLAIN_BLOCK_MAX);
    while (mime_next(m, &part)) {
        /* In a report this is the returned mail, which holds no refusal. */
        if (part.attached && !part.in_report)
            mime_enter(m, &part);
        else if (dsn_is_status(&part))
            dsn_add_part(&part, status);
        else if (strcmp(part.type, "text/html") == 0)
            dsn_add_part(&part, &html);
        else if (strcmp(part.type, "text/plain") == 0)
            dsn_add_part(&part, text);
    }
    if (text->len < 4 && html.len > 0)
        dsn_add_html(&html, text);
    buf_fini(&html);
    mime_free(m);
    return true;
}
