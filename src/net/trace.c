/* SPDX-License-Identifier: ISC */
#include "repmon/trace.h"

#include "repmon/buf.h"
#include "repmon/log.h"
#include "repmon/url.h"

#include <stdio.h>
#include <string.h>

#define RECORDS_SHOWN 8
#define TEXT_SHOWN    120
#define LINE_MAX_     1900 /* a line of the log holds 2048 bytes */

static bool trace_is_on(void)
{
    return log_get() >= LOG_DEBUG;
}

static const char *trace_type(uint16_t type)
{
    switch (type) {
    case DNS_A: return "A";
    case DNS_AAAA: return "AAAA";
    case DNS_NS: return "NS";
    case DNS_PTR: return "PTR";
    case DNS_MX: return "MX";
    case DNS_TXT: return "TXT";
    default: return "record";
    }
}

static const char *trace_rcode(uint8_t rcode)
{
    static const char *const words[] = {"NOERROR",  "FORMERR", "SERVFAIL",
                                        "NXDOMAIN", "NOTIMP",  "REFUSED"};
    return rcode < sizeof words / sizeof words[0] ? words[rcode] : "an unknown rcode";
}

void trace_question(const char *name, uint16_t type)
{
    log_debug("ask %s %s", trace_type(type), name);
}

static void trace_record(const struct dns_record *record, uint16_t type, struct buf *out)
{
    char ip[IP_TEXT_MAX];
    if (type == DNS_A || type == DNS_AAAA) {
        ip_format(&record->ip, ip);
        buf_fmt(out, " %s", ip);
        return;
    }
    buf_str(out, type == DNS_TXT ? " \"" : " ");
    buf_clean(out, record->text, record->len, TEXT_SHOWN);
    buf_str(out, type == DNS_TXT ? "\"" : "");
}

void trace_answer(const char *name, uint16_t type, enum dns_how how,
                  const struct dns_answer *answer)
{
    static const char *const hows[] = {[DNS_TIMEOUT] = "no answer in time",
                                       [DNS_UNREACHABLE] = "the resolver can't be reached",
                                       [DNS_STOPPED] = "given up"};
    struct buf text;
    if (!trace_is_on())
        return;
    buf_init(&text, LINE_MAX_);
    if (how != DNS_ANSWERED)
        buf_fmt(&text, " %s", hows[how]);
    else if (answer->malformed)
        buf_str(&text, " a malformed message");
    else if (answer->count == 0)
        buf_fmt(&text, " %s",
                answer->rcode == DNS_NOERROR ? "no record" : trace_rcode(answer->rcode));
    for (size_t i = 0; how == DNS_ANSWERED && i < answer->count && i < RECORDS_SHOWN; i++)
        trace_record(&answer->records[i], type, &text);
    if (how == DNS_ANSWERED && answer->count > RECORDS_SHOWN)
        buf_fmt(&text, " and %zu more", answer->count - RECORDS_SHOWN);
    if (how == DNS_ANSWERED)
        buf_fmt(&text, " (TTL %u)", (unsigned)answer->ttl);
    log_debug("got %s %s:%s", trace_type(type), name, buf_text(&text));
    buf_fini(&text);
}

/* Only the origin: path and query may hold a secret. */
static void trace_origin(const char *text, char *out, size_t size)
{
    struct url url;
    *out = '\0';
    if (url_parse(text, &url, NULL))
        snprintf(out, size, "%s://%s:%u", url.secure ? "https" : "http", url.host, url.port);
}

void trace_request(const struct http_request *request)
{
    char host[URL_HOST_MAX + 32];
    trace_origin(request->url, host, sizeof host);
    log_debug("ask %s %s", request->method, host);
}

void trace_response(const char *url, enum reply_how how, const struct http_response *response)
{
    char host[URL_HOST_MAX + 32];
    trace_origin(url, host, sizeof host);
    if (how == REPLY_ANSWERED && response)
        log_debug("got %s: status %d, %zu bytes", host, response->status, response->body_len);
    else
        log_debug("got %s: %s", host, how == REPLY_ANSWERED ? "an answer" : reply_how_word(how));
}
