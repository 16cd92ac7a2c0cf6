/* SPDX-License-Identifier: ISC */
/* The listener on localhost for the browser of a login: one short request, one short page. Private
 * to login.c; knows nothing of codes. */
#ifndef RUN_LOGIN_LISTEN_H
#define RUN_LOGIN_LISTEN_H

#include "repmon/buf.h"

#include <stdbool.h>

struct login_listener {
    int fd[2];     /* owned: 127.0.0.1 and ::1; -1 */
    unsigned port; /* 0: nothing listens */
};

/* A free port of both loopback addresses, or of the first alone. */
void login_listen(struct login_listener *out);
void login_close(struct login_listener *l);

/* Takes a connection and the target of its GET ("/?code=…") into `out`; -1: there was none. */
int login_accept(struct login_listener *l, int which, struct buf *out);

/* Answers and closes: the page of success, or 404. */
void login_respond(int fd, bool success);

#endif
