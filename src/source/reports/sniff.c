/* SPDX-License-Identifier: ISC */
#include "sniff.h"

#include "dmarc_xml.h"

#include "repmon/unpack.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON_MAX (64u << 10) /* bytes looked at: RFC 8460's keys come before its long list */

struct sniffer {
    struct mime_reader *reader;
    bool begun;
    struct dmarc_xml *xml;      /* owned; NULL: it is no XML */
    struct digest_stream *hash; /* owned; of what is XML */
    struct buf json;
    bool is_json;
    struct mail_report *out;
};

static size_t sniff_pull(void *context, char *out, size_t size)
{
    struct sniffer *s = context;
    return mime_read(s->reader, out, size);
}

/* The first letter after a BOM, the zeros of UTF-16 and blanks; 0: none yet. */
static char sniff_first_letter(const char *data, size_t len)
{
    static const char marks[] = "\xef\xbb\xbf\xff\xfe"; /* and its own zero */
    for (size_t i = 0; i < len; i++)
        if (!memchr(marks, data[i], sizeof marks) && !isspace((unsigned char)data[i]))
            return data[i];
    return '\0';
}

static bool sniff_take(void *context, const char *data, size_t len)
{
    struct sniffer *s = context;
    if (!s->begun) {
        char c = sniff_first_letter(data, len);
        if (c != '<' && c != '{' && c != '\0')
            return false;
        s->begun = true;
        s->is_json = c == '{';
        if (!s->is_json) {
            s->xml = dmarc_xml_new(s->out);
            s->hash = digest_stream_new();
        }
    }
    if (s->is_json) {
        size_t room = JSON_MAX - s->json.len;
        buf_add(&s->json, data, len < room ? len : room);
        return true; /* read on to the end, so that a zip bomb is reported */
    }
    digest_stream_add(s->hash, data, len);
    return dmarc_xml_feed(s->xml, data, len);
}

/* RFC 8460 4: every report has these keys. */
static bool sniff_is_tls(const struct buf *json)
{
    const char *text = buf_text(json);
    return strstr(text, "\"policies\"") && strstr(text, "\"date-range\"") &&
           strstr(text, "\"report-id\"");
}

static void sniff_fail(struct mail_report *out, const char *problem)
{
    out->kind = REPORT_BAD;
    snprintf(out->problem, sizeof out->problem, "the report is not read: %s", problem);
}

static void sniff_decide(struct sniffer *s, enum unpack_result result, bool claimed)
{
    struct mail_report *out = s->out;
    enum dmarc_xml_end end = s->xml ? dmarc_xml_end(s->xml) : DMARC_XML_NO_REPORT;
    bool sound = result == UNPACK_DONE || result == UNPACK_STOPPED;
    bool whole = end == DMARC_XML_WHOLE;
    if (s->hash)
        digest_stream_end(s->hash, out->hash);
    if (!sound && (whole || claimed || result == UNPACK_TOO_LARGE || result == UNPACK_NESTED)) {
        if (result != UNPACK_NOTHING)
            sniff_fail(out, unpack_text(result));
    } else if (end == DMARC_XML_BAD)
        out->kind = REPORT_BAD;
    else if (whole)
        out->kind = REPORT_DMARC;
    else if (s->is_json && sniff_is_tls(&s->json))
        out->kind = REPORT_TLS;
}

void sniff(const struct mime_part *part, bool claimed, size_t *budget, struct mail_report *out)
{
    struct sniffer s = {.out = out, .reader = mime_reader_new(part)};
    buf_init(&s.json, JSON_MAX);
    enum unpack_result result = unpack(sniff_pull, &s, sniff_take, &s, budget);
    sniff_decide(&s, result, claimed);
    if (out->kind != REPORT_DMARC)
        dmarc_xml_drop(out);
    dmarc_xml_free(s.xml);
    mime_reader_free(s.reader);
    buf_fini(&s.json);
}
