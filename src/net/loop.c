/* SPDX-License-Identifier: ISC */
#include "repmon/loop.h"

#include "repmon/buf.h"
#include "repmon/clock.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct resolved {
    loop_ready_fn *ready;
    void *ctx; /* borrowed from the watcher */
};

struct loop {
    CURLM *multi;             /* owned */
    struct curl_waitfd *fds;  /* owned, parallel to watches */
    struct resolved *watches; /* owned */
    unsigned count, cap;
    loop_transfer_fn *transfer;
    void *transfer_ctx; /* borrowed from http.c */
};

#define LONGEST_MS      60000
#define SECOND_SIGNAL_S 2 /* timeout(1) sends the first one twice */

static volatile sig_atomic_t interrupted, interrupted_s;
static int wake_pipe[2] = {-1, -1};

struct loop *loop_new(struct error *err)
{
    struct loop *loop = mem_alloc(sizeof *loop);
    loop->multi = curl_multi_init();
    if (!loop->multi) {
        error_set(err, ERR_UNAVAILABLE, "libcurl can't start");
        free(loop);
        return NULL;
    }
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    curl_multi_cleanup(loop->multi);
    free(loop->fds);
    free(loop->watches);
    free(loop);
}

void *loop_multi(struct loop *loop)
{
    return loop->multi;
}

void loop_on_transfer(struct loop *loop, loop_transfer_fn *done, void *ctx)
{
    loop->transfer = done;
    loop->transfer_ctx = ctx;
}

static unsigned loop_find(const struct loop *loop, int fd)
{
    unsigned i = 0;
    while (i < loop->count && loop->fds[i].fd != fd)
        i++;
    return i;
}

void loop_watch(struct loop *loop, int fd, bool read, bool write, loop_ready_fn *ready, void *ctx)
{
    unsigned i = loop_find(loop, fd);
    if (!read && !write) {
        if (i < loop->count) {
            loop->count--;
            loop->fds[i] = loop->fds[loop->count];
            loop->watches[i] = loop->watches[loop->count];
        }
        return;
    }
    if (i == loop->count) {
        if (loop->count == loop->cap) {
            loop->cap = loop->cap ? loop->cap * 2 : 8;
            loop->fds = mem_grow(loop->fds, loop->cap, sizeof *loop->fds);
            loop->watches = mem_grow(loop->watches, loop->cap, sizeof *loop->watches);
        }
        loop->count++;
    }
    short events = (short)((read ? CURL_WAIT_POLLIN : 0) | (write ? CURL_WAIT_POLLOUT : 0));
    loop->fds[i] = (struct curl_waitfd){.fd = fd, .events = events};
    loop->watches[i] = (struct resolved){.ready = ready, .ctx = ctx};
}

/* A callback may add or drop watches, so each ready descriptor is looked up again. */
static void loop_dispatch(struct loop *loop)
{
    struct {
        int fd;
        short revents;
    } hits[32];
    size_t n = 0;
    for (unsigned i = 0; i < loop->count && n < sizeof hits / sizeof hits[0]; i++) {
        if (loop->fds[i].revents) {
            hits[n].fd = loop->fds[i].fd;
            hits[n++].revents = loop->fds[i].revents;
            loop->fds[i].revents = 0;
        }
    }
    for (size_t h = 0; h < n; h++) {
        unsigned i = loop_find(loop, hits[h].fd);
        if (i == loop->count)
            continue;
        bool failed = (hits[h].revents & ~(CURL_WAIT_POLLIN | CURL_WAIT_POLLOUT)) != 0;
        struct resolved w = loop->watches[i];
        w.ready(w.ctx, hits[h].fd, failed || (hits[h].revents & CURL_WAIT_POLLIN),
                (hits[h].revents & CURL_WAIT_POLLOUT) != 0);
    }
}

/* True when at least one ended. */
static bool loop_finish_transfers(struct loop *loop)
{
    int running = 0, left = 0;
    bool ended = false;
    curl_multi_perform(loop->multi, &running);
    for (CURLMsg *m; (m = curl_multi_info_read(loop->multi, &left));) {
        if (m->msg == CURLMSG_DONE) {
            loop->transfer(loop->transfer_ctx, m->easy_handle, (int)m->data.result);
            ended = true;
        }
    }
    return ended;
}

void loop_wait(struct loop *loop, int64_t timeout_ms)
{
    int timeout = timeout_ms < LONGEST_MS ? (int)timeout_ms : LONGEST_MS;
    if (timeout_ms < 0)
        timeout = 0;
    if (loop->transfer && loop_finish_transfers(loop))
        timeout = 0; /* perhaps the caller is waiting for just that */
    curl_multi_poll(loop->multi, loop->fds, loop->count, timeout, NULL);
    loop_dispatch(loop);
    if (loop->transfer)
        loop_finish_transfers(loop);
}

static void loop_on_signal(int sig)
{
    int saved = errno;
    sig_atomic_t now_s = (sig_atomic_t)(clock_mono_ms() / 1000);
    if (interrupted && now_s - interrupted_s >= SECOND_SIGNAL_S) {
        signal(sig, SIG_DFL);
        raise(sig);
    }
    if (!interrupted)
        interrupted_s = now_s;
    interrupted = 1;
    ssize_t written = write(wake_pipe[1], "", 1); /* if the pipe is full, the wait ends anyway */
    (void)written;
    errno = saved;
}

static void loop_drain(void *ctx, int fd, bool readable, bool writable)
{
    char bytes[64];
    (void)ctx;
    (void)readable;
    (void)writable;
    while (read(fd, bytes, sizeof bytes) > 0)
        ;
}

void loop_catch_signals(struct loop *loop)
{
    if (wake_pipe[0] < 0 && pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return;
    struct sigaction action = {.sa_handler = loop_on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    if (loop)
        loop_watch(loop, wake_pipe[0], true, false, loop_drain, NULL);
}

bool loop_interrupted(void)
{
    return interrupted != 0;
}

int loop_signal_fd(void)
{
    return wake_pipe[0];
}

struct loop_limit loop_limit_from_now(int64_t timeout_ms)
{
    return (struct loop_limit){.end_ms = clock_mono_ms() + timeout_ms,
                               .interrupted_before = loop_interrupted()};
}

int64_t loop_limit_left(struct loop_limit *limit)
{
    int64_t now = clock_mono_ms();
    if (loop_interrupted() && !limit->interrupted_before && !limit->cut) {
        limit->cut = true;
        if (limit->end_ms > now + LOOP_GRACE_MS)
            limit->end_ms = now + LOOP_GRACE_MS;
    }
    return limit->end_ms > now ? limit->end_ms - now : 0;
}
