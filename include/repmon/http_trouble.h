/* SPDX-License-Identifier: ISC */
/* What a reply without an answer means, and whether to try again. Pure. */
#ifndef REPMON_HTTP_TROUBLE_H
#define REPMON_HTTP_TROUBLE_H

#include "repmon/http.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* The tries of one request; zero before the first. */
struct http_patience {
    unsigned tries;
    int64_t wake_ms;   /* when the next try is due, on clock_mono_ms(); 0: at once */
    int64_t postponed; /* seconds the server asked to wait, too long for this run; -1: none */
};

/*
 * Whether the request is to be sent again, at wake_ms. Not again, and `postponed` set: the server
 * wants more time than a run has, or asked for fewer requests (429) without saying for how long.
 * `http` NULL: no reply.
 */
bool http_try_again(struct http_patience *p, enum reply_how how, const struct http_response *http,
                    int64_t now_ms);

/*
 * Why a reply proves nothing, in words that begin with the operator's name: network, redirects,
 * 401 and 403 (a refused `what`: "account"), 429, 5xx, any other status.
 */
enum cause http_trouble(const char *name, const char *what, enum reply_how how,
                        const struct http_response *http, char *note, size_t size);

#endif
