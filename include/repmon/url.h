/* SPDX-License-Identifier: ISC */
/*
 * The one rule for URLs (the part of RFC 3986 that is needed): which may be requested, and which
 * two have the same origin. The configuration and the HTTP client both follow it, so that what a
 * check accepts is never refused later. No error repeats the URL, which may hold a secret.
 */
#ifndef REPMON_URL_H
#define REPMON_URL_H

#include "repmon/buf.h"
#include "repmon/error.h"

#include <stdbool.h>
#include <stdint.h>

#define URL_HOST_MAX 256

/* Where a URL leads. */
struct url {
    char host[URL_HOST_MAX]; /* lower case; an IPv6 address without its brackets */
    uint16_t port;           /* the scheme's when none is given */
    bool secure;             /* https */
    bool loopback;           /* the host is this machine by its spelling; nothing is looked up */
};

/*
 * Any http or https URL: printable ASCII without blanks, quotes, <>, \ and `, shorter than
 * LIMIT_URL, no user name or password. `err` goes on after "the URL" or a key's name.
 */
bool url_parse(const char *text, struct url *out, struct error *err);

/* One that repmon asks: https, or http to a loopback host. */
bool url_parse_asked(const char *text, struct url *out, struct error *err);

/* RFC 6454 4: scheme, host and port. */
bool url_same_origin(const struct url *a, const struct url *b);

/* Appends what a path segment or a value of a query or form may hold (RFC 3986 2.1): all but
 * unreserved characters as %XX. */
void url_escape(struct buf *out, const char *text);

/* "localhost", 127.0.0.0/8, ::1; brackets allowed. */
bool url_host_is_loopback(const char *host);

#endif
