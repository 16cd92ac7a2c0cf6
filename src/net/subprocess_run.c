/* SPDX-License-Identifier: ISC */
/* Work in a process of its own, waited for in a loop of its own. */
#include "repmon/subprocess.h"

#include "repmon/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MS 50 /* how often to look at a child that can't be waited for */
#define WAIT_MS 60000

/* A child that is waited for. */
struct running {
    struct loop *loop; /* owned */
    struct buf *out;   /* borrowed */
    pid_t pid;
    int report, pidfd; /* pidfd -1: a kernel before 5.3 (or valgrind) has none */
    bool open;         /* it may still write */
    bool ended;
};

/* True when there may be more. */
static bool subprocess_take(struct running *r)
{
    char bytes[4096];
    ssize_t n = read(r->report, bytes, sizeof bytes);
    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
        r->open = false;
    if (n <= 0)
        return false;
    size_t room = r->out->max - r->out->len;
    buf_add(r->out, bytes, (size_t)n < room ? (size_t)n : room);
    return true;
}

static void subprocess_on_report(void *ctx, int fd, bool readable, bool writable)
{
    struct running *r = ctx;
    (void)readable, (void)writable;
    subprocess_take(r);
    if (!r->open)
        loop_watch(r->loop, fd, false, false, NULL, NULL);
}

static void subprocess_on_end(void *ctx, int fd, bool readable, bool writable)
{
    struct running *r = ctx;
    (void)fd, (void)readable, (void)writable;
    r->ended = true;
}

/* A signal ends the wait, once; the pipe stays readable for the next one. */
static void subprocess_on_signal(void *ctx, int fd, bool readable, bool writable)
{
    struct running *r = ctx;
    (void)readable, (void)writable;
    loop_watch(r->loop, fd, false, false, NULL, NULL);
}

/* Until it has ended by itself, or its time is up; does not wait for the end of the pipe, which
 * its own children may keep open. Without a pidfd it is checked now and then. */
static void subprocess_wait_for(struct running *r, int64_t timeout_ms)
{
    struct loop_limit limit = loop_limit_from_now(timeout_ms);
    loop_watch(r->loop, r->report, true, false, subprocess_on_report, r);
    if (r->pidfd >= 0)
        loop_watch(r->loop, r->pidfd, true, false, subprocess_on_end, r);
    if (loop_signal_fd() >= 0 && !loop_interrupted())
        loop_watch(r->loop, loop_signal_fd(), true, false, subprocess_on_signal, r);
    for (;;) {
        int64_t left = loop_limit_left(&limit), most = r->pidfd >= 0 ? WAIT_MS : LOOK_MS;
        loop_wait(r->loop, left < most ? left : most);
        if (r->pidfd < 0)
            r->ended = subprocess_has_ended(r->pid);
        if (r->ended || left <= 0)
            return;
    }
}

static enum subprocess_outcome subprocess_finish_run(struct running *r, int *status,
                                                     struct error *err)
{
    int raw = 0;
    if (!r->ended)
        kill(-r->pid, SIGKILL); /* after its end its children may deliver mail */
    int why = subprocess_reap(r->pid, &raw);
    while (subprocess_take(r))
        ; /* the last output, not read yet */
    if (!r->ended)
        return SUBPROCESS_TIMEOUT;
    if (why) { /* somebody else reaped it, or SIGCHLD is ignored */
        error_set(err, ERR_UNAVAILABLE, "its exit status is unknown: %s", strerror(why));
        return SUBPROCESS_LOST;
    }
    *status = WIFEXITED(raw) ? WEXITSTATUS(raw) : WTERMSIG(raw);
    return WIFEXITED(raw) ? SUBPROCESS_EXITED : SUBPROCESS_SIGNAL;
}

static enum subprocess_outcome subprocess_run_in(struct running *r, subprocess_work_fn *work,
                                                 void *ctx, int keep, int64_t timeout_ms,
                                                 int *status, struct error *err)
{
    int pipes[2];
    if (pipe2(pipes, O_CLOEXEC) != 0) {
        error_set(err, ERR_UNAVAILABLE, "no pipe: %s", strerror(errno));
        return SUBPROCESS_FAILED;
    }
    r->pid = subprocess_fork(work, ctx, pipes[1], keep);
    close(pipes[1]);
    if (r->pid < 0) {
        error_set(err, ERR_UNAVAILABLE, "no process: %s", strerror(errno));
        close(pipes[0]);
        return SUBPROCESS_FAILED;
    }
    r->report = pipes[0];
    r->pidfd = pidfd_open(r->pid, 0);
    fcntl(r->report, F_SETFL, O_NONBLOCK);
    subprocess_wait_for(r, timeout_ms);
    enum subprocess_outcome end = subprocess_finish_run(r, status, err);
    if (r->pidfd >= 0)
        close(r->pidfd);
    close(r->report);
    return end;
}

enum subprocess_outcome subprocess_run(subprocess_work_fn *work, void *ctx, int keep,
                                       int64_t timeout_ms, struct buf *out, int *status,
                                       struct error *err)
{
    struct running r = {.loop = loop_new(err), .out = out, .open = true};
    *status = 0;
    if (!r.loop)
        return SUBPROCESS_FAILED;
    enum subprocess_outcome end = subprocess_run_in(&r, work, ctx, keep, timeout_ms, status, err);
    loop_free(r.loop);
    return end;
}
