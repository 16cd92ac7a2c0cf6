/* SPDX-License-Identifier: ISC */
/*
 * Which URLs may be asked: https, and http to a loopback host only. Private to net/; the texts of
 * errors never repeat the URL, which may hold a secret.
 */
#ifndef REPMON_NET_HTTP_URL_H
#define REPMON_NET_HTTP_URL_H

#include "repmon/error.h"

#include <stdbool.h>

/* The parts that decide; `host` in lower case. */
struct http_url {
    char host[256];
    bool secure, loopback;
};

/* False with the reason for a URL that may not be asked. */
bool http_url_read(const char *text, struct http_url *out, struct error *err);

#endif
