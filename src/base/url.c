/* SPDX-License-Identifier: ISC */
#include "repmon/url.h"

#include "repmon/ip.h"
#include "repmon/limits.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HTTP_PORT  80
#define HTTPS_PORT 443

bool url_host_is_loopback(const char *host)
{
    char bare[IP_TEXT_MAX];
    struct ip ip;
    size_t len = strlen(host);
    if (strcasecmp(host, "localhost") == 0)
        return true;
    if (len > 2 && len - 2 < sizeof bare && host[0] == '[' && host[len - 1] == ']') {
        memcpy(bare, host + 1, len - 2);
        bare[len - 2] = '\0';
        host = bare;
    }
    return ip_parse(host, &ip) && ip_is_loopback(&ip);
}

static bool url_is_plain(const char *s)
{
    for (; *s; s++) {
        if (*s <= ' ' || *s >= 0x7f || strchr("\"'<>\\`", *s))
            return false;
    }
    return true;
}

/* The rest of an authority after its host: nothing, or a colon and a port. */
static bool url_read_port(const char *s, size_t len, uint16_t *port)
{
    if (len == 0)
        return true;
    if (*s != ':' || len < 2 || len > 6 || strspn(s + 1, "0123456789") < len - 1)
        return false;
    long value = strtol(s + 1, NULL, 10);
    if (value < 1 || value > UINT16_MAX)
        return false;
    *port = (uint16_t)value;
    return true;
}

static bool url_read_authority(const char *s, size_t len, struct url *out)
{
    static const char name_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789.-_";
    struct ip ip;
    bool bracket = len > 0 && *s == '[';
    const char *host = s + bracket;
    const char *close = bracket ? memchr(s, ']', len) : NULL;
    size_t host_len = close ? (size_t)(close - host) : strspn(host, name_chars);
    size_t before_port = host_len + (close ? 2 : 0);
    if ((bracket && !close) || host_len == 0 || host_len >= sizeof out->host || before_port > len)
        return false;
    for (size_t i = 0; i < host_len; i++)
        out->host[i] = (char)tolower((unsigned char)host[i]);
    out->host[host_len] = '\0';
    if (bracket && !(ip_parse(out->host, &ip) && ip.family == 6))
        return false;
    return url_read_port(s + before_port, len - before_port, &out->port);
}

bool url_parse(const char *text, struct url *out, struct error *err)
{
    *out = (struct url){0};
    bool https = strncasecmp(text, "https://", 8) == 0;
    bool http = strncasecmp(text, "http://", 7) == 0;
    if ((!https && !http) || !url_is_plain(text))
        return error_set(err, ERR_CONFIG,
                         "must begin with https:// or http://, without spaces or quotes");
    if (strlen(text) >= LIMIT_URL)
        return error_set(err, ERR_CONFIG, "must be shorter than %d bytes", LIMIT_URL);
    const char *authority = text + (https ? 8 : 7);
    size_t len = strcspn(authority, "/?#");
    if (memchr(authority, '@', len))
        return error_set(err, ERR_CONFIG,
                         "must not contain a user name or password: give a token with token_file, "
                         "or have the receiver create a URL with its secret in the path");
    out->secure = https;
    out->port = https ? HTTPS_PORT : HTTP_PORT;
    if (!url_read_authority(authority, len, out))
        return error_set(err, ERR_CONFIG,
                         "must name a host after https://, with a port from 1 to 65535 if any");
    out->loopback = url_host_is_loopback(out->host);
    return true;
}

bool url_parse_asked(const char *text, struct url *out, struct error *err)
{
    if (!url_parse(text, out, err))
        return false;
    if (!out->secure && !out->loopback)
        return error_set(err, ERR_CONFIG,
                         "must begin with https://; http:// is for loopback addresses only");
    return true;
}

bool url_same_origin(const struct url *a, const struct url *b)
{
    return a->secure == b->secure && a->port == b->port && strcmp(a->host, b->host) == 0;
}

void url_escape(struct buf *out, const char *text)
{
    static const char unreserved[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789-._~";
    for (const char *p = text; *p; p++) {
        if (strchr(unreserved, *p))
            buf_char(out, *p);
        else
            buf_fmt(out, "%%%02X", (unsigned)(unsigned char)*p);
    }
}
