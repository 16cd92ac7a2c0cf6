/* SPDX-License-Identifier: ISC */
/*
 * HTTP through libcurl's multi interface, inside the single wait of loop.h. https only, unless the
 * host is a loopback address (url.h); redirects only where the request allows them, and another
 * origin gets no header but Accept; bodies have a maximum and are never compressed; bodies, URLs
 * and headers are never logged. Proxies are those of the environment (https_proxy, all_proxy,
 * no_proxy), but never for a loopback address.
 */
#ifndef REPMON_HTTP_H
#define REPMON_HTTP_H

#include "repmon/buf.h"
#include "repmon/error.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Everything borrowed from the caller until the reply. */
struct http_request {
    const char *method;         /* "GET", "POST" */
    const char *url;            /* may hold a secret */
    const char *const *headers; /* "Name: value", NULL-terminated; or NULL */
    const void *body;           /* or NULL */
    size_t body_len;
    size_t max_body;                /* of the reply */
    int64_t timeout_ms;             /* the whole transfer */
    const char *const *redirect_to; /* URLs to whose origins a redirect may lead; NULL: none */
};

struct http_response {
    int status;
    const char *content_type; /* lower case, without parameters; "" for none */
    int64_t retry_after_s;    /* -1: not given */
    const char *body;         /* NUL-terminated after body_len bytes */
    size_t body_len;
    const char *doubt; /* why the body may not be whole, in words; NULL: its end was announced
                        * (length, chunks, HTTP/2) and came, and nothing is compressed */
    const char *host;  /* where the body came from in the end, lower case */
};

/*
 * Called exactly once for each started request, from within loop_wait() or http_end(). `response`
 * is borrowed until the callback returns. Unless how is REPLY_ANSWERED it has no body, and is NULL
 * when not even a whole header arrived. A 3xx that was not followed is an answer like any other.
 */
typedef void (*http_callback)(void *ctx, enum reply_how how, const struct http_response *response);

struct http; /* opaque: all transfers of the process */
struct loop;

/*
 * `ca_file` (or NULL) is trusted besides the system's certificates; false with an ERR_CONFIG that
 * names it when it can't be read or holds no certificate. `loop` is borrowed.
 */
struct http *http_new(struct loop *loop, const char *ca_file, struct error *err);
void http_free(struct http *h); /* after http_end() */

/*
 * Starts a transfer; the request must stay until its callback. False (and no callback) when the URL
 * is not one that may be requested (url_parse_asked()); `err` says why without the URL.
 */
bool http_start(struct http *h, const struct http_request *request, http_callback done, void *ctx,
                struct error *err);

/* Ends every transfer under way with REPLY_DEADLINE. */
void http_end(struct http *h);

/*
 * One request from start to end, waiting in the loop; no other may be under way. The body is copied
 * to `body` (with its own maximum, may be NULL), the rest of *out is valid until the next call;
 * out->body is body's text. out->status is 0 when no whole header arrived; REPLY_UNREACHABLE with
 * `err` set: a bad URL; REPLY_DEADLINE: a signal came meanwhile (loop.h's loop_limit).
 */
enum reply_how http_once(struct http *h, const struct http_request *request,
                         struct http_response *out, struct buf *body, struct error *err);

#endif
