/* SPDX-License-Identifier: ISC */
/*
 * How a run gets an access token: from the file while it is valid, otherwise by a refresh under
 * the lock, so that only one of two processes rotates the login; a service account signs a request
 * for one. It never waits: the caller sends its request, hands in the reply, and asks again.
 *
 *     oauth_session_next() -> READY: session->token.access is good
 *                             SEND:  session->http is to be sent, its reply goes to _reply()
 *                             WAIT:  until session->patience.wake_ms
 *                             OVER:  session->cause and session->note say why
 */
#ifndef REPMON_OAUTH_SESSION_H
#define REPMON_OAUTH_SESSION_H

#include "repmon/http.h"
#include "repmon/http_trouble.h"
#include "repmon/oauth_client.h"
#include "repmon/oauth_token.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define OAUTH_NOTE 400

enum oauth_step { OAUTH_BEGIN = 0, OAUTH_REFRESH, OAUTH_GOOD, OAUTH_GIVEN_UP };
enum oauth_next { OAUTH_READY = 0, OAUTH_SEND, OAUTH_WAIT, OAUTH_OVER };

/* Zero with a client is fresh; oauth_session_init() makes it so. */
struct oauth_session {
    const struct oauth_client *client; /* borrowed */
    struct oauth_token token;
    enum oauth_step step;
    struct http_patience patience;
    struct http_request http; /* to be sent */

    bool refreshed; /* in this run */
    bool unsaved;   /* the new login could not be written: it lasts as long as this run */
    time_t refused; /* the server refused the login in this run; 0 */
    enum cause cause;
    char code[OAUTH_ERROR_MAX]; /* the server's word for it; "" */
    char note[OAUTH_NOTE];

    /* its own */
    struct oauth_lock lock;
    unsigned lock_tries;
    char *stale; /* owned: the token that was answered with 401; NULL */
    struct buf form;
    const char *headers[3];
};

void oauth_session_init(struct oauth_session *s, const struct oauth_client *client);
void oauth_session_fini(struct oauth_session *s);

enum oauth_next oauth_session_next(struct oauth_session *s, int64_t now_ms);

/* `http` NULL: there is no reply, for that reason. */
void oauth_session_reply(struct oauth_session *s, enum reply_how how,
                         const struct http_response *http);

/* A request with the token was answered with 401: once again with a new one, or given up. */
void oauth_session_denied(struct oauth_session *s);

#endif
