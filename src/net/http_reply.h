/* SPDX-License-Identifier: ISC */
/* How a transfer ended, read off libcurl's handle. Private to net/. */
#ifndef REPMON_NET_HTTP_REPLY_H
#define REPMON_NET_HTTP_REPLY_H

#include "repmon/types.h"

#include <curl/curl.h>
#include <stddef.h>

/* `text` is what CURLOPT_ERRORBUFFER got: the code alone does not tell a bad certificate from a
 * server that speaks no TLS. */
enum reply_how http_reply_how(CURLcode code, const char *text);

/* Why the body may be incomplete, in words; NULL: it is whole (RFC 9112 8). */
const char *http_reply_doubt(CURL *easy, long status);

/* The media type in lower case, without parameters; "" for none or one that does not fit. */
void http_reply_type(CURL *easy, char *out, size_t size);

#endif
