/* SPDX-License-Identifier: ISC */
/*
 * The first login of an SNDS account: a person opens an address in any browser, Microsoft sends
 * that browser to localhost, and the code in that address becomes a token. A listener takes it
 * when the browser runs on this host; else the person pastes the address (RFC 6749, 7636, 8252).
 */
#ifndef REPMON_LOGIN_H
#define REPMON_LOGIN_H

#include "repmon/buf.h"
#include "repmon/conf.h"
#include "repmon/error.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* All borrowed. */
struct login_options {
    const struct conf *conf;
    const struct conf_snds *account;
    int input;         /* where the pasted address comes from; -1: nowhere */
    int64_t timeout_s; /* 0: fifteen minutes */
    const volatile sig_atomic_t *stop;
    /* The address to open; `port` 0: no listener could be had. */
    void (*show)(void *ctx, const char *url, unsigned port);
    /* Something was pasted or came in that does not belong to this login; waiting goes on. */
    void (*complain)(void *ctx, const char *text);
    void *ctx;
};

/* Waits, exchanges the code, saves the token. False with what went wrong and what to do. */
bool login_run(const struct login_options *options, struct error *err);

enum login_answer {
    LOGIN_CODE = 0, /* *code holds it */
    LOGIN_OTHER,    /* no answer to a login */
    LOGIN_FOREIGN,  /* another login's: the state differs */
    LOGIN_REFUSED   /* Microsoft or the person said no; `err` says what */
};

/*
 * Reads an address the browser was sent to, whole or from its '?' on. Pure. `code` has its own
 * maximum.
 */
enum login_answer login_read_answer(const char *address, const char *state, struct buf *code,
                                    struct error *err);

#endif
