/* SPDX-License-Identifier: ISC */
#include "repmon/http.h"

#include "repmon/clock.h"
#include "repmon/limits.h"
#include "repmon/loop.h"
#include "repmon/trace.h"
#include "repmon/url.h"

#include "ca.h"
#include "http_reply.h"

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

struct transfer {
    struct http *http;                  /* borrowed */
    const struct http_request *request; /* borrowed from the caller */
    http_callback done;
    void *ctx;                  /* borrowed */
    CURL *easy;                 /* owned */
    struct curl_slist *headers; /* owned */
    struct buf body;
    bool whole_header;
    bool too_big;
    bool foreign; /* redirected away from its origin: nothing of the request is sent along */
    unsigned redirects;
    int64_t deadline_ms;
    struct url url; /* of this hop */
    char error[CURL_ERROR_SIZE];
    struct transfer *next; /* in http.transfers */
};

struct http {
    struct loop *loop;          /* borrowed */
    struct buf ca;              /* system's and extra certificates; empty: curl's default */
    struct transfer *transfers; /* owned */
    char once_type[100], once_host[URL_HOST_MAX];
};

/* ---- transfers ---- */

static size_t http_on_body(char *data, size_t size, size_t count, void *ctx)
{
    struct transfer *t = ctx;
    if (!buf_add(&t->body, data, size * count)) {
        t->too_big = true;
        return 0;
    }
    return size * count;
}

/* A status counts when its header is complete. Trailers come here too, after the blank line. */
static size_t http_on_header(char *data, size_t size, size_t count, void *ctx)
{
    struct transfer *t = ctx;
    size_t len = size * count;
    if (len >= 5 && memcmp(data, "HTTP/", 5) == 0)
        t->whole_header = false; /* 1xx and redirects are followed by another */
    else if ((len == 2 && memcmp(data, "\r\n", 2) == 0) || (len == 1 && data[0] == '\n'))
        t->whole_header = true;
    return len;
}

static void http_transfer_free(struct transfer *t)
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

static void http_set_headers(struct transfer *t)
{
    curl_slist_free_all(t->headers);
    t->headers = curl_slist_append(NULL, "Expect:"); /* no waiting for 100 Continue */
    /* If a compressed stream breaks off, curl takes it for a whole one. */
    t->headers = curl_slist_append(t->headers, "Accept-Encoding: identity");
    for (const char *const *h = t->request->headers; h && *h; h++) {
        if (!t->foreign || strncasecmp(*h, "Accept:", 7) == 0)
            t->headers = curl_slist_append(t->headers, *h);
    }
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
}

/* Settings that depend on where this hop goes. */
static void http_set_url(struct transfer *t, const char *text)
{
    int64_t left = t->deadline_ms - clock_mono_ms();
    curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)(left > 1 ? left : 1));
    curl_easy_setopt(t->easy, CURLOPT_URL, text);
    curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, t->url.secure ? "https" : "http");
    /* To a proxy, a loopback address would mean its own machine; NULL: the environment's. */
    curl_easy_setopt(t->easy, CURLOPT_PROXY, t->url.loopback ? "" : NULL);
    http_set_headers(t);
}

static void http_set_options(struct transfer *t)
{
    const struct http_request *r = t->request;
    CURL *e = t->easy;
    curl_easy_setopt(e, CURLOPT_PRIVATE, t);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_QUICK_EXIT,
                     1L); /* otherwise cleaning up waits for a name server that hangs */
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's status is no answer */
    curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES);
    curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, LOW_SPEED_S);
    curl_easy_setopt(e, CURLOPT_USERAGENT, USER_AGENT);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, http_on_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, http_on_body);
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

static bool http_is_allowed(const struct http_request *r, const struct url *to)
{
    struct url base;
    for (const char *const *u = r->redirect_to; u && *u; u++) {
        if (url_parse(*u, &base, NULL) && url_same_origin(&base, to))
            return true;
    }
    return false;
}

/* True when a redirect was followed: the transfer goes on. */
static bool http_follow(struct transfer *t, long status)
{
    const struct http_request *r = t->request;
    char *target = NULL;
    struct url to;
    if (status < 300 || status > 399 || strcmp(r->method, "GET") != 0 ||
        t->redirects >= REDIRECTS_MAX ||
        curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &target) != CURLE_OK || !target)
        return false;
    if (!url_parse_asked(target, &to, NULL) || (t->url.secure && !to.secure) ||
        !http_is_allowed(r, &to))
        return false;
    t->redirects++;
    t->foreign = t->foreign || !url_same_origin(&t->url, &to);
    t->url = to;
    buf_clear(&t->body);
    char *copy = mem_dup(target); /* curl's own text goes with the handle's state */
    curl_multi_remove_handle(loop_multi(t->http->loop), t->easy);
    http_set_url(t, copy);
    free(copy);
    return curl_multi_add_handle(loop_multi(t->http->loop), t->easy) == CURLM_OK;
}

static void http_on_done(void *ctx, void *easy, int code)
{
    struct transfer *t = NULL;
    long status = 0;
    char type[100];
    (void)ctx;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK && http_follow(t, status))
        return;
    curl_off_t retry_after = 0;
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after);
    http_reply_type(easy, type, sizeof type);
    struct http_response response = {
        .status = (int)status,
        .content_type = type,
        .retry_after_s = retry_after > 0 ? (int64_t)retry_after : -1,
        .body = buf_text(&t->body),
        .body_len = t->body.len,
        .doubt = http_reply_doubt(easy, status),
        .host = t->url.host,
    };
    enum reply_how how = t->too_big ? REPLY_TOO_BIG : http_reply_how((CURLcode)code, t->error);
    if (how != REPLY_ANSWERED) {
        response.body = "";
        response.body_len = 0;
    }
    trace_response(t->request->url, how, &response);
    t->done(t->ctx, how, status >= 200 && t->whole_header ? &response : NULL);
    http_transfer_free(t);
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
    loop_on_transfer(loop, http_on_done, h);
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
    struct url url;
    struct error why = {0};
    if (!url_parse_asked(request->url, &url, &why))
        return error_set(err, ERR_CONFIG, "the URL %s", why.text);
    struct transfer *t = mem_alloc(sizeof *t);
    *t = (struct transfer){.http = h, .request = request, .done = done, .ctx = ctx, .url = url};
    t->easy = curl_easy_init();
    if (!t->easy) {
        free(t);
        return error_set(err, ERR_UNAVAILABLE, "libcurl can't start a transfer");
    }
    buf_init(&t->body, request->max_body);
    t->deadline_ms = clock_mono_ms() + request->timeout_ms;
    t->next = h->transfers;
    h->transfers = t;
    http_set_options(t);
    http_set_url(t, request->url);
    if (curl_multi_add_handle(loop_multi(h->loop), t->easy) != CURLM_OK) {
        http_transfer_free(t);
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
        http_transfer_free(t);
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

static void http_on_once(void *ctx, enum reply_how how, const struct http_response *response)
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
    if (!http_start(h, request, http_on_once, &o, err))
        return REPLY_UNREACHABLE;
    /* curl stops it in time, so only a signal can end the wait before that. */
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
