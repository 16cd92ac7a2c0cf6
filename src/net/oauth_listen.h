/* SPDX-License-Identifier: ISC */
/*
 * The listener on localhost for the browser of a login: short requests, one short page. Any user of
 * the machine can connect, so it never waits for a single visitor: input is read as it arrives, and
 * when there are too many visitors the one that has been slow for longest is dropped. Private to
 * oauth_login.c; knows nothing of codes.
 */
#ifndef NET_OAUTH_LISTEN_H
#define NET_OAUTH_LISTEN_H

#include "repmon/buf.h"
#include "repmon/loop.h"

#include <stdbool.h>
#include <stdint.h>

#define OAUTH_VISITORS 64

struct oauth_visitor {
    int fd; /* owned; -1: free */
    int64_t since_ms;
    struct buf request;
};

struct oauth_listener {
    struct loop *loop; /* borrowed */
    int fd[2];         /* owned: 127.0.0.1 and ::1; -1 */
    unsigned port;     /* 0: nothing listens */
    struct oauth_visitor visitors[OAUTH_VISITORS];
};

/* A free port of both loopback addresses, or of the first alone; accepts and reads in `loop`. */
void oauth_listen(struct oauth_listener *out, struct loop *loop);
void oauth_listen_close(struct oauth_listener *l);

/* Drops visitors that have been silent for too long. */
void oauth_listen_tidy(struct oauth_listener *l);

/* Hands over a connection whose request is whole, and the target of its GET ("/?code=…") in `out`,
 * empty for any other request; -1: there is none. */
int oauth_listen_next(struct oauth_listener *l, struct buf *out);

/* Answers and closes: the page of success, or 404. */
void oauth_listen_respond(int fd, bool success);

#endif
