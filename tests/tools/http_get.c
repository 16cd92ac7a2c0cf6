/* SPDX-License-Identifier: ISC */
/*
 * One GET through net/http.c; prints how it ended as JSON. Drives tests/cli/test_http.py; not
 * installed.
 *
 * usage: http_get URL CA_FILE|- TIMEOUT_MS MAX_BODY [HEADER|+REDIRECT_URL]…
 */
#include "repmon/http.h"
#include "repmon/loop.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    static const char *const words[REPLY_COUNT] = {
        "answered",    "timeout",   "unreachable", "certificate", "not-tls",
        "tls-version", "tls-alert", "proxy",       "too-big",     "deadline"};
    const char *headers[16] = {NULL}, *hosts[16] = {NULL};
    size_t header_count = 0, host_count = 0;
    struct error err = {0};
    struct buf body;
    if (argc < 5 || argc > 15)
        return 64;
    for (int i = 5; i < argc; i++) {
        if (argv[i][0] == '+')
            hosts[host_count++] = argv[i] + 1;
        else
            headers[header_count++] = argv[i];
    }
    struct loop *loop = loop_new(&err);
    struct http *http = http_new(loop, strcmp(argv[2], "-") == 0 ? NULL : argv[2], &err);
    if (!http) {
        fprintf(stderr, "%s\n", err.text);
        loop_free(loop);
        return 78;
    }
    struct http_request request = {.method = "GET",
                                   .url = argv[1],
                                   .headers = headers,
                                   .max_body = strtoul(argv[4], NULL, 10),
                                   .timeout_ms = strtol(argv[3], NULL, 10),
                                   .redirect_to = host_count ? hosts : NULL};
    struct http_response response;
    buf_init(&body, request.max_body);
    enum reply_how how = http_once(http, &request, &response, &body, &err);
    json_t *o =
        json_pack("{s:s,s:i,s:s,s:I,s:I,s:s,s:s,s:s}", "how", words[how], "status", response.status,
                  "type", response.content_type, "retry_after", (json_int_t)response.retry_after_s,
                  "len", (json_int_t)response.body_len, "host", response.host, "error", err.text,
                  "doubt", response.doubt ? response.doubt : "");
    json_dumpf(o, stdout, 0);
    json_decref(o);
    buf_fini(&body);
    http_free(http);
    loop_free(loop);
    return 0;
}
