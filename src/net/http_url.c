/* SPDX-License-Identifier: ISC */
#include "http_url.h"

#include "repmon/http.h"
#include "repmon/ip.h"
#include "repmon/limits.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_loopback(const char *host)
{
    char bare[64];
    struct ip ip;
    size_t len = strlen(host);
    if (strcasecmp(host, "localhost") == 0)
        return true;
    if (len > 2 && len < sizeof bare && host[0] == '[') {
        snprintf(bare, sizeof bare, "%.*s", (int)(len - 2), host + 1);
        host = bare;
    }
    if (!ip_parse(host, &ip))
        return false;
    static const uint8_t six[16] = {[15] = 1};
    return ip.family == 4 ? ip.bytes[0] == 127 : memcmp(ip.bytes, six, sizeof six) == 0;
}

bool http_url_read(const char *text, struct http_url *out, struct error *err)
{
    *out = (struct http_url){0};
    size_t len = strlen(text);
    if (len == 0 || len > LIMIT_URL)
        return error_set(err, ERR_CONFIG, "the URL is empty or longer than %d bytes", LIMIT_URL);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] == 0x7f)
            return error_set(err, ERR_CONFIG, "the URL holds a blank or a control character");
    }
    CURLU *u = curl_url();
    char *scheme = NULL, *host = NULL, *user = NULL, *password = NULL;
    bool ok = u && curl_url_set(u, CURLUPART_URL, text, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK;
    if (!ok) {
        error_set(err, ERR_CONFIG, "the URL can't be read; it begins with https://");
    } else if (curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK ||
               curl_url_get(u, CURLUPART_PASSWORD, &password, 0) == CURLUE_OK) {
        ok = error_set(err, ERR_CONFIG, "the URL holds a user name or password; use a token file");
    } else {
        snprintf(out->host, sizeof out->host, "%s", host);
        for (char *p = out->host; *p; p++)
            *p = (char)tolower((unsigned char)*p);
        out->secure = strcmp(scheme, "https") == 0;
        out->loopback = is_loopback(out->host);
        if (!out->secure && !(out->loopback && strcmp(scheme, "http") == 0))
            ok = error_set(err, ERR_CONFIG,
                           "the URL is not https (http is for loopback addresses only)");
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_free(password);
    curl_url_cleanup(u);
    return ok;
}

bool http_url_ok(const char *url, struct error *err)
{
    struct http_url parts;
    return http_url_read(url, &parts, err);
}
