/* SPDX-License-Identifier: ISC */
/*
 * HTTP through libcurl's multi interface, inside loop.h's one wait. https only unless the host is
 * a loopback address; redirects only where the request allows them; size caps on decoded bytes;
 * bodies, URLs and headers are never logged.
 */
#ifndef REPMON_HTTP_H
#define REPMON_HTTP_H

#include "repmon/buf.h"
#include "repmon/error.h"

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
    size_t max_body;                   /* of the reply, decoded */
    int64_t timeout_ms;                /* the whole transfer */
    const char *const *redirect_hosts; /* hosts a redirect may lead to; NULL: not followed */
};

struct http_response {
    int status;
    const char *content_type; /* lower case, without parameters; "" for none */
    int64_t retry_after_s;    /* -1: not given */
    const char *body;         /* NUL-terminated behind body_len bytes */
    size_t body_len;
    const char *host; /* where the body came from in the end */
};

#endif
