/* SPDX-License-Identifier: ISC */
#include "repmon/mime.h"

#include "mail_screen.h"

#include <ctype.h>
#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A multipart that is being walked, or an attached mail, which has one part. */
struct level {
    GMimeMultipart *parts; /* borrowed from the message; NULL: `part` alone */
    GMimeObject *part;     /* borrowed from the message */
    int next;
    bool in_report;
};

struct mime {
    GByteArray *bytes;     /* owned, its data is borrowed or `copy` */
    char *copy;            /* owned; NULL: the caller's bytes as they are */
    GMimeMessage *message; /* owned; NULL: there is nothing in it */
    bool started;
    size_t visited;
    int depth;
    struct level levels[MIME_DEPTH_MAX];
    char type[80];
};

static void mime_init(void)
{
    static bool ready;
    if (!ready)
        g_mime_init();
    ready = true;
}

bool mime_supported(void)
{
    return true;
}

static void mime_lower(char *out, size_t size, const char *s)
{
    size_t n = 0;
    for (; s && s[n] && n + 1 < size; n++)
        out[n] = (char)tolower((unsigned char)s[n]);
    out[n] = '\0';
}

static void mime_type_of(GMimeObject *object, char *out, size_t size)
{
    GMimeContentType *type = g_mime_object_get_content_type(object);
    char raw[160] = "";
    if (type)
        snprintf(raw, sizeof raw, "%s/%s", g_mime_content_type_get_media_type(type),
                 g_mime_content_type_get_media_subtype(type));
    mime_lower(out, size, raw);
}

struct mime *mime_open(const char *bytes, size_t len, const char **problem)
{
    mime_init();
    char *copy = NULL;
    if (mail_screen_is_long(bytes, len)) {
        copy = mem_ndup(bytes, len);
        len = mail_screen_cut(copy, len);
    }
    *problem = mail_screen(copy ? copy : bytes, len);
    if (*problem) {
        free(copy);
        return NULL;
    }
    struct mime *m = mem_alloc(sizeof *m);
    m->copy = copy;
    /* GMime only reads; the array lends it the bytes without a copy. */
    m->bytes = g_byte_array_new_take((guint8 *)(size_t)(copy ? copy : bytes), len);
    GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(m->bytes);
    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    m->message = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(parser);
    g_object_unref(stream);
    if (m->message && g_mime_message_get_mime_part(m->message))
        mime_type_of(g_mime_message_get_mime_part(m->message), m->type, sizeof m->type);
    return m;
}

void mime_free(struct mime *m)
{
    if (!m)
        return;
    if (m->message)
        g_object_unref(m->message);
    g_byte_array_steal(m->bytes, NULL); /* the data is not GLib's to free */
    g_byte_array_unref(m->bytes);
    free(m->copy);
    free(m);
}

const char *mime_type(const struct mime *m)
{
    return m->type;
}

const char *mime_parameter(const struct mime *m, const char *name)
{
    GMimeObject *root = m->message ? g_mime_message_get_mime_part(m->message) : NULL;
    const char *value = root ? g_mime_object_get_content_type_parameter(root, name) : NULL;
    return value ? value : "";
}

static GMimeObject *mime_child(const struct level *l, int i)
{
    if (!l->parts)
        return i == 0 ? l->part : NULL;
    return i < g_mime_multipart_get_count(l->parts) ? g_mime_multipart_get_part(l->parts, i) : NULL;
}

/* The next object in the tree, depth first; multiparts nested too deep are skipped. */
static GMimeObject *mime_step(struct mime *m)
{
    if (!m->started) {
        m->started = true;
        return m->message ? g_mime_message_get_mime_part(m->message) : NULL;
    }
    while (m->depth > 0) {
        struct level *top = &m->levels[m->depth - 1];
        GMimeObject *child = mime_child(top, top->next++);
        if (child)
            return child;
        m->depth--;
    }
    return NULL;
}

static bool mime_is_in_report(const struct mime *m)
{
    return m->depth > 0 && m->levels[m->depth - 1].in_report;
}

static void mime_push(struct mime *m, struct level level)
{
    if (m->depth < MIME_DEPTH_MAX)
        m->levels[m->depth++] = level;
}

static void mime_describe(GMimeObject *object, struct mime_part *out)
{
    memset(out, 0, sizeof *out);
    out->object = object;
    out->attached = GMIME_IS_MESSAGE_PART(object);
    mime_type_of(object, out->type, sizeof out->type);
    const char *name = GMIME_IS_PART(object) ? g_mime_part_get_filename(GMIME_PART(object)) : NULL;
    if (!name)
        return;
    struct buf clean;
    buf_init(&clean, sizeof out->name - 1);
    buf_clean(&clean, name, strlen(name), sizeof out->name / 4);
    memcpy(out->name, buf_text(&clean), clean.len + 1);
    buf_fini(&clean);
}

bool mime_next(struct mime *m, struct mime_part *out)
{
    for (GMimeObject *object; m->visited < MIME_PARTS_MAX && (object = mime_step(m));) {
        bool in_report = mime_is_in_report(m);
        if (!GMIME_IS_MULTIPART(object)) {
            m->visited++;
            mime_describe(object, out);
            out->in_report = in_report;
            return true;
        }
        char type[80];
        mime_type_of(object, type, sizeof type);
        mime_push(m,
                  (struct level){.parts = GMIME_MULTIPART(object),
                                 .in_report = in_report || strcmp(type, "multipart/report") == 0});
    }
    return false;
}

void mime_enter(struct mime *m, const struct mime_part *part)
{
    GMimeMessage *inner =
        part->attached ? g_mime_message_part_get_message(GMIME_MESSAGE_PART(part->object)) : NULL;
    GMimeObject *root = inner ? g_mime_message_get_mime_part(inner) : NULL;
    if (root)
        mime_push(m, (struct level){.part = root});
}

bool mime_attached_header(const struct mime_part *part, struct buf *out)
{
    if (!part->attached)
        return false;
    GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part->object));
    char *headers = inner ? g_mime_object_get_headers(GMIME_OBJECT(inner), NULL) : NULL;
    bool found = headers && buf_str(out, headers);
    g_free(headers);
    return found;
}

struct mime_reader {
    GMimeStream *stream; /* owned; NULL: there is nothing to read */
};

struct mime_reader *mime_reader_new(const struct mime_part *part)
{
    struct mime_reader *r = mem_alloc(sizeof *r);
    GMimeDataWrapper *content =
        GMIME_IS_PART(part->object) ? g_mime_part_get_content(GMIME_PART(part->object)) : NULL;
    if (!content)
        return r;
    GMimeStream *raw = g_mime_data_wrapper_get_stream(content);
    g_mime_stream_reset(raw);
    r->stream = g_mime_stream_filter_new(raw);
    GMimeContentEncoding encoding = g_mime_data_wrapper_get_encoding(content);
    if (encoding == GMIME_CONTENT_ENCODING_BASE64 || encoding == GMIME_CONTENT_ENCODING_UUENCODE ||
        encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE) {
        GMimeFilter *decode = g_mime_filter_basic_new(encoding, FALSE);
        g_mime_stream_filter_add(GMIME_STREAM_FILTER(r->stream), decode);
        g_object_unref(decode);
    }
    return r;
}

size_t mime_read(struct mime_reader *r, char *out, size_t size)
{
    ssize_t n = 0;
    /* A read that decodes to nothing, such as blanks in base64, is not the end. */
    while (r->stream && n == 0 && !g_mime_stream_eos(r->stream))
        n = g_mime_stream_read(r->stream, out, size);
    return n > 0 ? (size_t)n : 0;
}

void mime_reader_free(struct mime_reader *r)
{
    if (!r)
        return;
    if (r->stream)
        g_object_unref(r->stream);
    free(r);
}

bool mime_date(const char *text, time_t *out)
{
    mime_init();
    GDateTime *t = g_mime_utils_header_decode_date(text);
    if (!t) {
        GTimeZone *utc = g_time_zone_new_utc();
        t = g_date_time_new_from_iso8601(text, utc);
        g_time_zone_unref(utc);
    }
    if (!t)
        return false;
    *out = (time_t)g_date_time_to_unix(t);
    g_date_time_unref(t);
    return true;
}

void mime_decode_words(const char *text, struct buf *out)
{
    mime_init();
    char *plain = g_mime_utils_header_decode_text(NULL, text);
    buf_str(out, plain ? plain : text);
    g_free(plain);
}

bool mime_mailbox(const char *text, char *local, size_t local_size, char *domain,
                  size_t domain_size)
{
    mime_init();
    if (strlen(text) > SCREEN_FIELD_MAX)
        return false;
    InternetAddressList *list = internet_address_list_parse(NULL, text);
    if (!list)
        return false;
    InternetAddress *one =
        internet_address_list_length(list) == 1 ? internet_address_list_get_address(list, 0) : NULL;
    const char *address = one && INTERNET_ADDRESS_IS_MAILBOX(one)
                              ? internet_address_mailbox_get_idn_addr(INTERNET_ADDRESS_MAILBOX(one))
                              : NULL;
    const char *at = address ? strrchr(address, '@') : NULL;
    bool found = at && at > address && at[1] && strlen(at + 1) < domain_size;
    if (found) {
        mime_lower(domain, domain_size, at + 1);
        size_t n = (size_t)(at - address) + 1;
        mime_lower(local, n < local_size ? n : local_size, address);
    }
    g_object_unref(list);
    return found;
}

void mime_part_bytes(const struct mime_part *part, struct buf *out)
{
    struct mime_reader *r = mime_reader_new(part);
    char piece[4096];
    for (size_t n; !out->failed && (n = mime_read(r, piece, sizeof piece)) > 0;) {
        size_t room = out->max - out->len;
        buf_add(out, piece, n < room ? n : room);
        if (n >= room)
            break;
    }
    mime_reader_free(r);
}
