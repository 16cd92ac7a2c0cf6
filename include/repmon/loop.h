/* SPDX-License-Identifier: ISC */
/*
 * The one place that waits: curl_multi_poll() over curl's own sockets and the file descriptors of
 * everybody else (c-ares). SIGTERM and SIGINT end the wait and are remembered.
 */
#ifndef REPMON_LOOP_H
#define REPMON_LOOP_H

#include "repmon/error.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;

/* Out of memory and a curl that can't start are errors of the machine (NULL). */
struct loop *loop_new(struct error *err);
void loop_free(struct loop *loop);

/* Watches `fd`, or changes what is watched; neither read nor write: forgets it. */
typedef void loop_ready_fn(void *ctx, int fd, bool readable, bool writable);
void loop_watch(struct loop *loop, int fd, bool read, bool write, loop_ready_fn *ready, void *ctx);

/*
 * Runs what is ready, waiting for it at most `timeout_ms` (0: not at all). Callbacks run inside.
 * Returns early on a signal, and never sleeps when a callback told of the end of a transfer.
 */
void loop_wait(struct loop *loop, int64_t timeout_ms);

/* For http.c: the CURLM, and who is notified of finished transfers (CURL *easy, CURLcode code). */
void *loop_multi(struct loop *loop);
typedef void loop_transfer_fn(void *ctx, void *easy, int code);
void loop_on_transfer(struct loop *loop, loop_transfer_fn *done, void *ctx);

/*
 * SIGTERM and SIGINT become the one flag that everybody looks at, and end the wait of this loop;
 * NULL, before there is one: the flag alone. What sees the flag does as if its deadline were now.
 * Another one, two seconds later, kills the process: then something hangs outside of this wait.
 */
void loop_catch_signals(struct loop *loop);
bool loop_interrupted(void);

/*
 * The end of one wait, by clock_mono_ms(). A signal that comes while it lasts leaves it at most
 * LOOP_GRACE_MS: whoever stops the program waits for it. One that came before changes nothing: then
 * the caller has chosen a short end already.
 */
#define LOOP_GRACE_MS 1000
struct loop_limit {
    int64_t end_ms;
    bool cut; /* by a signal */
    bool interrupted_before;
};
struct loop_limit loop_limit_from_now(int64_t timeout_ms);
int64_t loop_limit_left(struct loop_limit *limit); /* milliseconds; never below 0 */

/* Becomes readable on a signal and stays so until loop_wait() drains it; for code with its own
 * poll(). -1 when signals are not caught. */
int loop_signal_fd(void);

#endif
