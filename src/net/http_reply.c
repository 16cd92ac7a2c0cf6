/* SPDX-License-Identifier: ISC */
#include "http_reply.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* The first matching row decides; a row without text matches every error of its code. */
static const struct {
    CURLcode code;
    const char *text;
    enum reply_how how;
} rows[] = {
    {CURLE_OK, NULL, REPLY_ANSWERED},
    {CURLE_OPERATION_TIMEDOUT, NULL, REPLY_TIMEOUT},
    {CURLE_FILESIZE_EXCEEDED, NULL, REPLY_TOO_BIG},
    {CURLE_COULDNT_RESOLVE_PROXY, NULL, REPLY_PROXY},
    {CURLE_PROXY, NULL, REPLY_PROXY},
    {CURLE_RECV_ERROR, "CONNECT", REPLY_PROXY},
    {CURLE_COULDNT_CONNECT, "CONNECT", REPLY_PROXY},
    {CURLE_PEER_FAILED_VERIFICATION, NULL, REPLY_TLS},
    {CURLE_SSL_ISSUER_ERROR, NULL, REPLY_TLS},
    {CURLE_SSL_INVALIDCERTSTATUS, NULL, REPLY_TLS},
    {CURLE_SSL_CIPHER, NULL, REPLY_TLS_VERSION},
    /* A connection lost during the handshake says nothing about TLS. */
    {CURLE_SSL_CONNECT_ERROR, "SYSCALL", REPLY_UNREACHABLE},
    {CURLE_SSL_CONNECT_ERROR, "reset", REPLY_UNREACHABLE},
    {CURLE_SSL_CONNECT_ERROR, "closed", REPLY_UNREACHABLE},
    {CURLE_SSL_CONNECT_ERROR, "Send failure", REPLY_UNREACHABLE}, /* of libcurl 8 */
    {CURLE_SSL_CONNECT_ERROR, "unexpected eof", REPLY_UNREACHABLE},
    {CURLE_SSL_CONNECT_ERROR, "wrong version number", REPLY_NOT_TLS},
    {CURLE_SSL_CONNECT_ERROR, "http request", REPLY_NOT_TLS},
    {CURLE_SSL_CONNECT_ERROR, "packet length too long", REPLY_NOT_TLS},
    {CURLE_SSL_CONNECT_ERROR, "protocol version", REPLY_TLS_VERSION},
    {CURLE_SSL_CONNECT_ERROR, "unsupported protocol", REPLY_TLS_VERSION},
    {CURLE_SSL_CONNECT_ERROR, "handshake failure", REPLY_TLS_VERSION},
    {CURLE_SSL_CONNECT_ERROR, "insufficient security", REPLY_TLS_VERSION},
    {CURLE_SSL_CONNECT_ERROR, NULL, REPLY_TLS_ALERT},
    {CURLE_RECV_ERROR, " alert ", REPLY_TLS_ALERT}, /* TLS 1.3: after our part is done */
};

enum reply_how http_reply_how(CURLcode code, const char *text)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].code == code && (!rows[i].text || strstr(text, rows[i].text)))
            return rows[i].how;
    }
    return REPLY_UNREACHABLE;
}

/* The value of a header that may occur only once; NULL with *count 0 or above 1. */
static const char *http_header_value(CURL *easy, const char *name, size_t *count)
{
    struct curl_header *header;
    *count = 0;
    if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return NULL;
    *count = header->amount;
    return header->amount == 1 ? header->value : NULL;
}

static bool http_is_number(const char *s)
{
    return *s && s[strspn(s, "0123456789")] == '\0';
}

/* Whether a relation of a rel parameter (RFC 8288 section 3.3), from its "=" on, is "next". */
static bool http_is_rel_next(const char *s)
{
    s += strspn(s, " \t");
    if (*s++ != '=')
        return false;
    s += strspn(s, " \t");
    const char *end = *s == '"' ? "\"" : " \t;,";
    s += *s == '"';
    for (size_t left = strcspn(s, end); left > 0;) {
        size_t len = strcspn(s, " \t\";,");
        if (len == 4 && strncasecmp(s, "next", len) == 0)
            return true;
        len += strspn(s + len, " \t");
        left -= len < left ? len : left;
        s += len;
    }
    return false;
}

/* In the parameters of a Link header, not in its URLs. */
static bool http_names_next(const char *value)
{
    bool in_url = false;
    for (const char *s = value; *s; s++) {
        if (*s == '<' || *s == '>')
            in_url = *s == '<';
        else if (!in_url && strncasecmp(s, "rel", 3) == 0 && http_is_rel_next(s + 3))
            return true;
    }
    return false;
}

/* RFC 8288: the rest of a list is on another page. */
static bool http_has_next_page(CURL *easy)
{
    struct curl_header *header;
    for (size_t i = 0; curl_easy_header(easy, "Link", i, CURLH_HEADER, -1, &header) == CURLHE_OK;
         i++) {
        if (http_names_next(header->value))
            return true;
    }
    return false;
}

const char *http_reply_doubt(CURL *easy, long status)
{
    size_t encodings, codings, lengths;
    long version = 0;
    if (status == 204 || status == 304)
        return NULL;
    const char *encoding = http_header_value(easy, "Content-Encoding", &encodings);
    if (encodings && !(encoding && (*encoding == '\0' || strcasecmp(encoding, "identity") == 0)))
        return "it is compressed, which was not requested";
    if (http_has_next_page(easy))
        return "it continues on another page (Link, rel=next)";
    curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
    if (version >= CURL_HTTP_VERSION_2_0)
        return NULL; /* such a stream marks its own end, which curl insists on */
    const char *coding = http_header_value(easy, "Transfer-Encoding", &codings);
    if (codings)
        return coding && strcasecmp(coding, "chunked") == 0
                   ? NULL
                   : "it came in a transfer encoding that was not requested";
    const char *length = http_header_value(easy, "Content-Length", &lengths);
    if (lengths == 0)
        return "its length was not announced, so it may be cut off";
    return length && http_is_number(length)
               ? NULL
               : "its announced length is not a number, or is given more than once";
}

void http_reply_type(CURL *easy, char *out, size_t size)
{
    const char *type = NULL;
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    size_t len = type ? strcspn(type, "; \t") : 0;
    if (len >= size)
        len = 0;
    for (size_t i = 0; i < len; i++)
        out[i] = (char)tolower((unsigned char)type[i]);
    out[len] = '\0';
}
