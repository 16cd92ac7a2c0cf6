/* SPDX-License-Identifier: ISC */
/*
 * The first login of an account: a person opens an address in any browser, the operator sends that
 * browser to localhost, and the code in that address becomes a token. A listener takes it
 * when the browser runs on this host; else the person pastes the address (RFC 6749, 7636, 8252).
 */
#ifndef REPMON_OAUTH_LOGIN_H
#define REPMON_OAUTH_LOGIN_H

#include "repmon/buf.h"
#include "repmon/conf.h"
#include "repmon/error.h"
#include "repmon/oauth_client.h"

#include <stdbool.h>
#include <stdint.h>

/* All borrowed. */
struct oauth_login_options {
    const struct conf *conf;
    const struct oauth_client *client; /* one that does not sign for itself */
    int input;         /* where the pasted address comes from; at its end the login ends */
    int64_t timeout_s; /* 0: fifteen minutes */
    /* The address to open; `port` 0: no listener could be had. */
    void (*show)(void *ctx, const char *url, unsigned port);
    /* Something was pasted or came in that does not belong to this login; waiting goes on. */
    void (*complain)(void *ctx, const char *text);
    void *ctx;
};

/* Waits, exchanges the code, saves the token. False with what went wrong and what to do. */
bool oauth_login_run(const struct oauth_login_options *options, struct error *err);

enum oauth_answer {
    OAUTH_CODE = 0, /* *code holds it */
    OAUTH_OTHER,    /* no answer to a login */
    OAUTH_FOREIGN,  /* another login's: the state differs */
    OAUTH_SAID_NO   /* the operator or the person said no; `err` says what */
};

/*
 * Reads an address the browser was sent to, whole or from its '?' on. Pure. `code` has its own
 * maximum.
 */
enum oauth_answer oauth_answer_read(const struct oauth_server *server, const char *address,
                                    const char *state, struct buf *code, struct error *err);

#endif
