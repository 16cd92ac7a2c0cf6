/* SPDX-License-Identifier: ISC */
/*
 * The listener on localhost for the browser of a login: short requests, one short page. Any user of
 * the machine can connect, so nobody is waited for: what comes is read as it comes, and when there
 * are too many the one that has been slow for longest goes. Private to login.c; knows nothing of
 * codes.
 */
#ifndef SNDS_LOGIN_LISTEN_H
#define SNDS_LOGIN_LISTEN_H

#include "repmon/buf.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#define LOGIN_CLIENTS 64
#define LOGIN_FDS     (2 + LOGIN_CLIENTS)

struct login_client {
    int fd; /* owned; -1: free */
    int64_t since_ms;
    struct buf request;
};

struct login_listener {
    int fd[2];     /* owned: 127.0.0.1 and ::1; -1 */
    unsigned port; /* 0: nothing listens */
    struct login_client clients[LOGIN_CLIENTS];
};

/* A free port of both loopback addresses, or of the first alone. */
void login_listen(struct login_listener *out);
void login_close(struct login_listener *l);

/* What to poll() for, and what to do with what it found: accepts, reads, never waits. */
void login_watch(const struct login_listener *l, struct pollfd fds[static LOGIN_FDS]);
void login_work(struct login_listener *l, const struct pollfd fds[static LOGIN_FDS],
                int64_t now_ms);

/* Hands over a connection whose request is whole, and the target of its GET ("/?code=…") in `out`,
 * empty for any other request; -1: there is none. */
int login_next(struct login_listener *l, struct buf *out);

/* Answers and closes: the page of success, or 404. */
void login_respond(int fd, bool success);

#endif
