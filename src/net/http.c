/* SPDX-License-Identifier: ISC */
#include "repmon/http.h"

#include "repmon/clock.h"
#include "repmon/limits.h"
#include "repmon/loop.h"
#include "repmon/trace.h"

#include "http_url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define USER_AGENT         "repmon/" REPMON_VERSION " (+https://github.com/repmon/repmon)"
#define CONNECT_TIMEOUT_MS 15000
#define LOW_SPEED_BYTES                                                                            \
    10L /* a second, over LOW_SPEED_S: a peer that drips is a peer that hangs                      \
         */
#define LOW_SPEED_S       30L
#define CURL_LATE_MS      1000L
#define REDIRECTS_MAX     5
#define HOST_CONNECTIONS  4L /* politeness */
#define TOTAL_CONNECTIONS 32L
#define CA_FILE_MAX       (4u << 20) /* the system's bundle is about 200 kB */

struct transfer {
    struct http *http;                  /* borrowed */
    const struct http_request *request; /* borrowed from the caller */
    http_callback done;
    void *ctx;                  /* borrowed */
    CURL *easy;                 /* owned */
    struct curl_slist *headers; /* owned */
    struct buf body;
    bool whole_header;
    bool too_big, foreign; /* foreign: redirected to another host, so without Authorization */
    unsigned redirects;
    int64_t deadline_ms;
    char host[256];
    char error[CURL_ERROR_SIZE];
    struct transfer *next; /* in http.transfers */
};

struct http {
    struct loop *loop;          /* borrowed */
    struct buf ca;              /* system's and extra certificates; empty: curl's default */
    struct transfer *transfers; /* owned */
    char once_type[100], once_host[256];
};

/* ---- certificates ---- */

static bool file_append(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    char chunk[16384];
    size_t n;
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        buf_add(out, chunk, n);
    bool ok = !ferror(f) && !out->failed;
    fclose(f);
    return ok;
}

static bool ca_load(struct buf *out, const char *path, struct error *err)
{
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
    struct buf extra;
    buf_init(&extra, CA_FILE_MAX);
    bool ok = file_append(path, &extra);
    if (!ok)
        error_set(err, ERR_CONFIG, "ca_file %s can't be read", path);
    else if (!strstr(buf_text(&extra), "-----BEGIN CERTIFICATE-----"))
        ok = error_set(err, ERR_CONFIG, "ca_file %s holds no PEM certificate", path);
    if (ok) {
        /* No system bundle is no error: then only the extra ones are trusted. */
        if (info->cainfo && !file_append(info->cainfo, out))
            buf_clear(out);
        buf_char(out, '\n');
        buf_add(out, buf_text(&extra), extra.len);
    }
    buf_fini(&extra);
    return ok;
}

/* ---- transfers ---- */

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
    struct transfer *t = ctx;
    if (!buf_add(&t->body, data, size * count)) {
        t->too_big = true;
        return 0;
    }
    return size * count;
}

/* A status counts when its header is complete. Trailers come here too, after the blank line. */
static size_t on_header(char *data, size_t size, size_t count, void *ctx)
{
    struct transfer *t = ctx;
    size_t len = size * count;
    if (len >= 5 && memcmp(data, "HTTP/", 5) == 0)
        t->whole_header = false; /* 1xx and redirects are followed by another */
    else if ((len == 2 && memcmp(data, "\r\n", 2) == 0) || (len == 1 && data[0] == '\n'))
        t->whole_header = true;
    return len;
}

static void transfer_free(struct transfer *t)
{
    for (struct transfer **p = &t->http->transfers; *p; p = &(*p)->next) {
        if (*p == t) {
            *p = t->next;
            break;
        }
    }
    curl_multi_remove_handle(loop_multi(t->http->loop), t->easy);
    curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    buf_fini(&t->body);
    free(t);
}

static void set_headers(struct transfer *t)
{
    curl_slist_free_all(t->headers);
    t->headers = curl_slist_append(NULL, "Expect:"); /* no waiting for 100 Continue */
    for (const char *const *h = t->request->headers; h && *h; h++) {
        if (!t->foreign || strncasecmp(*h, "Authorization:", 14) != 0)
            t->headers = curl_slist_append(t->headers, *h);
    }
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
}

/* What depends on where this hop goes. */
static void set_url(struct transfer *t, const char *text, const struct http_url *url)
{
    int64_t left = t->deadline_ms - clock_mono_ms();
    curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)(left > 1 ? left : 1));
    curl_easy_setopt(t->easy, CURLOPT_URL, text);
    curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, url->secure ? "https" : "http");
    if (url->loopback) /* a proxy would make another machine of it */
        curl_easy_setopt(t->easy, CURLOPT_PROXY, "");
    snprintf(t->host, sizeof t->host, "%s", url->host);
    set_headers(t);
}

static void set_options(struct transfer *t)
{
    const struct http_request *r = t->request;
    CURL *e = t->easy;
    curl_easy_setopt(e, CURLOPT_PRIVATE, t);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_QUICK_EXIT,
                     1L); /* else its end waits for a name server that hangs */
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES);
    curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, LOW_SPEED_S);
    curl_easy_setopt(e, CURLOPT_USERAGENT, USER_AGENT);
    curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
    if (t->http->ca.len) {
        struct curl_blob blob = {t->http->ca.data, t->http->ca.len, CURL_BLOB_NOCOPY};
        curl_easy_setopt(e, CURLOPT_CAINFO_BLOB, &blob);
    }
    if (r->body || strcmp(r->method, "POST") == 0) {
        curl_easy_setopt(e, CURLOPT_POST, 1L);
        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_len);
        curl_easy_setopt(e, CURLOPT_POSTFIELDS, r->body ? r->body : "");
    }
    if (strcmp(r->method, "GET") != 0 && strcmp(r->method, "POST") != 0)
        curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, r->method);
}

/* ---- the end of a transfer ---- */

static enum reply_how how_of(const struct transfer *t, CURLcode code)
{
    static const struct {
        CURLcode code;
        enum reply_how how;
    } rows[] = {
        {CURLE_OK, REPLY_ANSWERED},
        {CURLE_OPERATION_TIMEDOUT, REPLY_TIMEOUT},
        {CURLE_FILESIZE_EXCEEDED, REPLY_TOO_BIG},
        {CURLE_PEER_FAILED_VERIFICATION, REPLY_TLS},
        {CURLE_SSL_CONNECT_ERROR, REPLY_TLS},
        {CURLE_SSL_CERTPROBLEM, REPLY_TLS},
        {CURLE_SSL_CIPHER, REPLY_TLS},
        {CURLE_SSL_CACERT_BADFILE, REPLY_TLS},
        {CURLE_SSL_ISSUER_ERROR, REPLY_TLS},
        {CURLE_SSL_INVALIDCERTSTATUS, REPLY_TLS},
    };
    if (t->too_big)
        return REPLY_TOO_BIG;
    /* A connection lost during the handshake says nothing about certificates. */
    if (code == CURLE_SSL_CONNECT_ERROR &&
        (strstr(t->error, "SYSCALL") || strstr(t->error, "reset") || strstr(t->error, "closed")))
        return REPLY_UNREACHABLE;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].code == code)
            return rows[i].how;
    }
    return REPLY_UNREACHABLE;
}

static bool host_allowed(const struct http_request *r, const char *host)
{
    for (const char *const *h = r->redirect_hosts; h && *h; h++) {
        if (strcasecmp(*h, host) == 0)
            return true;
    }
    return false;
}

/* True when a redirect was followed: the transfer goes on. */
static bool follow(struct transfer *t, long status)
{
    const struct http_request *r = t->request;
    char *target = NULL;
    struct http_url from, to;
    if (status < 300 || status > 399 || strcmp(r->method, "GET") != 0 ||
        t->redirects >= REDIRECTS_MAX ||
        curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &target) != CURLE_OK || !target)
        return false;
    char *effective = NULL;
    curl_easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &effective);
    if (!http_url_read(target, &to, NULL) || !effective || !http_url_read(effective, &from, NULL) ||
        (from.secure && !to.secure) || !host_allowed(r, to.host))
        return false;
    t->redirects++;
    t->foreign = t->foreign || strcmp(from.host, to.host) != 0;
    buf_clear(&t->body);
    char *copy = mem_dup(target); /* curl's own text goes with the handle's state */
    curl_multi_remove_handle(loop_multi(t->http->loop), t->easy);
    set_url(t, copy, &to);
    free(copy);
    return curl_multi_add_handle(loop_multi(t->http->loop), t->easy) == CURLM_OK;
}

static void content_type(CURL *easy, char *out, size_t size)
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

/* Without an announced end the connection's end is that of the body, whatever ended it. */
static bool is_framed(CURL *easy, long status)
{
    long version = 0;
    curl_off_t length = -1;
    struct curl_header *header;
    curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    return status == 204 || status == 304 || length >= 0 || version >= CURL_HTTP_VERSION_2_0 ||
           curl_easy_header(easy, "Transfer-Encoding", 0, CURLH_HEADER, -1, &header) == CURLHE_OK;
}

static void on_done(void *ctx, void *easy, int code)
{
    struct transfer *t = NULL;
    long status = 0;
    char type[100];
    (void)ctx;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK && follow(t, status))
        return;
    curl_off_t retry_after = 0;
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after);
    content_type(easy, type, sizeof type);
    struct http_response response = {
        .status = (int)status,
        .content_type = type,
        .retry_after_s = retry_after > 0 ? (int64_t)retry_after : -1,
        .body = buf_text(&t->body),
        .body_len = t->body.len,
        .framed = is_framed(easy, status),
        .host = t->host,
    };
    enum reply_how how = how_of(t, (CURLcode)code);
    if (how != REPLY_ANSWERED) {
        response.body = "";
        response.body_len = 0;
    }
    trace_response(t->request->url, how, &response);
    t->done(t->ctx, how, status >= 200 && t->whole_header ? &response : NULL);
    transfer_free(t);
}

/* ---- public ---- */

struct http *http_new(struct loop *loop, const char *ca_file, struct error *err)
{
    struct http *h = mem_alloc(sizeof *h);
    h->loop = loop;
    buf_init(&h->ca, 2 * CA_FILE_MAX);
    if (ca_file && !ca_load(&h->ca, ca_file, err)) {
        http_free(h);
        return NULL;
    }
    CURLM *multi = loop_multi(loop);
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, HOST_CONNECTIONS);
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, TOTAL_CONNECTIONS);
    loop_on_transfer(loop, on_done, h);
    return h;
}

void http_free(struct http *h)
{
    if (!h)
        return;
    http_end(h);
    loop_on_transfer(h->loop, NULL, NULL);
    buf_fini(&h->ca);
    free(h);
}

bool http_start(struct http *h, const struct http_request *request, http_callback done, void *ctx,
                struct error *err)
{
    struct http_url url;
    if (!http_url_read(request->url, &url, err))
        return false;
    struct transfer *t = mem_alloc(sizeof *t);
    *t = (struct transfer){.http = h, .request = request, .done = done, .ctx = ctx};
    t->easy = curl_easy_init();
    if (!t->easy) {
        free(t);
        return error_set(err, ERR_UNAVAILABLE, "libcurl can't start a transfer");
    }
    buf_init(&t->body, request->max_body);
    t->deadline_ms = clock_mono_ms() + request->timeout_ms;
    t->next = h->transfers;
    h->transfers = t;
    set_options(t);
    set_url(t, request->url, &url);
    if (curl_multi_add_handle(loop_multi(h->loop), t->easy) != CURLM_OK) {
        transfer_free(t);
        return error_set(err, ERR_UNAVAILABLE, "libcurl can't start a transfer");
    }
    trace_request(request);
    return true;
}

void http_end(struct http *h)
{
    while (h->transfers) {
        struct transfer *t = h->transfers;
        t->done(t->ctx, REPLY_DEADLINE, NULL); /* NOLINT(clang-analyzer-unix.Malloc): unlinked */
        transfer_free(t);
    }
}

/* ---- one request, waited for ---- */

struct once {
    struct http *http;
    struct http_response *out;
    struct buf *body;
    enum reply_how how;
    bool done;
};

static void on_once(void *ctx, enum reply_how how, const struct http_response *response)
{
    struct once *o = ctx;
    o->done = true;
    o->how = how;
    if (!response)
        return;
    *o->out = *response;
    snprintf(o->http->once_type, sizeof o->http->once_type, "%s", response->content_type);
    snprintf(o->http->once_host, sizeof o->http->once_host, "%s", response->host);
    o->out->content_type = o->http->once_type;
    o->out->host = o->http->once_host;
    o->out->body = "";
    o->out->body_len = 0;
    if (o->body && buf_add(o->body, response->body, response->body_len)) {
        o->out->body = buf_text(o->body);
        o->out->body_len = o->body->len;
    }
}

enum reply_how http_once(struct http *h, const struct http_request *request,
                         struct http_response *out, struct buf *body, struct error *err)
{
    *out = (struct http_response){.content_type = "", .body = "", .host = "", .retry_after_s = -1};
    if (body)
        buf_clear(body);
    struct once o = {.http = h, .out = out, .body = body};
    if (!http_start(h, request, on_once, &o, err))
        return REPLY_UNREACHABLE;
    /* curl ends it in time: only a signal comes before that. */
    struct loop_limit limit = loop_limit_from_now(request->timeout_ms + CURL_LATE_MS);
    while (!o.done) {
        int64_t left = loop_limit_left(&limit);
        if (left <= 0) {
            http_end(h);
            break;
        }
        loop_wait(h->loop, left);
    }
    return o.how;
}
