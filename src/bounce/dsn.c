/* SPDX-License-Identifier: ISC */
/* MIME of delivery reports (RFC 3462, RFC 3464), by GMime. */
#include "explain_parts.h"

#include "ascii.h"

/* Whether a line of the head of the mail (up to `len` bytes) begins so. */
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

#ifdef HAVE_GMIME

#include <gmime/gmime.h>
#include <string.h>

#define DEPTH_MAX 8 /* a report within a forwarded mail within a mailing list is 4 */

static void dsn_add_content(GMimeObject *part, struct buf *out)
{
    GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(part));
    if (!content)
        return;
    GMimeStream *mem = g_mime_stream_mem_new();
    g_mime_data_wrapper_write_to_stream(content, mem);
    GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(mem));
    if (bytes && bytes->len > 0 && bytes->len <= EXPLAIN_BLOCK_MAX)
        buf_add(out, bytes->data, bytes->len);
    buf_str(out, "\n\n");
    g_object_unref(mem);
}

/* Tags out, the few entities that stand in refusals back: enough to find a sentence. */
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

struct parts {
    struct buf *status, *text;
    struct buf html;
};

static void dsn_walk(GMimeObject *object, struct parts *p, bool in_report, int depth)
{
    if (!object || depth > DEPTH_MAX)
        return;
    GMimeContentType *type = g_mime_object_get_content_type(object);
    if (GMIME_IS_MULTIPART(object)) {
        bool report = g_mime_content_type_is_type(type, "multipart", "report");
        int n = g_mime_multipart_get_count(GMIME_MULTIPART(object));
        for (int i = 0; i < n && i < 64; i++)
            dsn_walk(g_mime_multipart_get_part(GMIME_MULTIPART(object), i), p, in_report || report,
                     depth + 1);
    } else if (GMIME_IS_MESSAGE_PART(object)) {
        /* In a report it is the mail that was returned: no refusal stands in it. */
        GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
        if (inner && !in_report)
            dsn_walk(g_mime_message_get_mime_part(inner), p, false, depth + 1);
    } else if (GMIME_IS_PART(object)) {
        if (g_mime_content_type_is_type(type, "message", "delivery-status") ||
            g_mime_content_type_is_type(type, "message", "global-delivery-status"))
            dsn_add_content(object, p->status);
        else if (g_mime_content_type_is_type(type, "text", "html"))
            dsn_add_content(object, &p->html);
        else if (g_mime_content_type_is_type(type, "text", "plain"))
            dsn_add_content(object, p->text);
    }
}

bool dsn_parts(const char *mail, size_t len, struct buf *status, struct buf *text)
{
    static bool ready;
    if (!ready)
        g_mime_init();
    ready = true;
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(mail, len);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    if (len > 5 && memcmp(mail, "From ", 5) == 0)
        g_mime_parser_set_format(parser, GMIME_FORMAT_MBOX);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    if (message) {
        struct parts p = {.status = status, .text = text};
        buf_init(&p.html, EXPLAIN_BLOCK_MAX);
        dsn_walk(g_mime_message_get_mime_part(message), &p, false, 0);
        if (text->len < 4 && p.html.len > 0)
            dsn_add_html(&p.html, text);
        buf_fini(&p.html);
        g_object_unref(message);
    }
    g_object_unref(parser);
    g_object_unref(stream);
    return message != NULL;
}

#else

bool dsn_parts(const char *mail, size_t len, struct buf *status, struct buf *text)
{
    (void)mail;
    (void)len;
    (void)status;
    (void)text;
    return false;
}

#endif
