/* SPDX-License-Identifier: ISC */
#include "child.h"

#include "repmon/loop.h"
#include "repmon/subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPORT_FD = 3, KEEP_FD = 4 };

/* Signals as a fresh program has them, but a peer that goes away is an error, not a death. */
static void child_reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int sig = 1; sig < NSIG; sig++)
        signal(sig, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn static void child_main(child_work *work, void *ctx, int report, int keep, pid_t parent)
{
    setpgid(0, 0); /* so that its children die with it */
    child_reset_signals();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(126);
    /* Both out of the way first: they may stand where the other goes. */
    report = fcntl(report, F_DUPFD, 10);
    keep = keep >= 0 ? fcntl(keep, F_DUPFD, 10) : -1;
    int null = open("/dev/null", O_RDWR);
    if (report < 0 || null < 0)
        _exit(126);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(report, REPORT_FD);
    if (keep >= 0)
        dup2(keep, KEEP_FD);
    closefrom(keep >= 0 ? KEEP_FD + 1 : REPORT_FD + 1);
    work(ctx, REPORT_FD, keep >= 0 ? KEEP_FD : -1);
    _exit(0);
}

static void child_take(int fd, struct buf *out, bool *open)
{
    char bytes[4096];
    ssize_t n = read(fd, bytes, sizeof bytes);
    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
        *open = false;
    if (n > 0) {
        size_t room = out->max - out->len;
        buf_add(out, bytes, (size_t)n < room ? (size_t)n : room);
    }
}

#define LOOK_MS 50 /* how often to look at a child that can't be waited for */

/* True when it ended by itself. Its own children may keep the pipe open: that is not waited for.
 * Without a pidfd (a kernel before 5.3, valgrind) it is looked at now and then. */
static bool child_wait_for(pid_t pid, int pidfd, int report, struct loop_limit *limit,
                           struct buf *out)
{
    bool open = true;
    for (;;) {
        int64_t left = loop_limit_left(limit);
        struct pollfd fds[3] = {
            {.fd = pidfd, .events = POLLIN},
            {.fd = open ? report : -1, .events = POLLIN},
            {.fd = loop_interrupted() ? -1 : loop_signal_fd(), .events = POLLIN}};
        int most = pidfd >= 0 ? 60000 : LOOK_MS;
        int n = poll(fds, 3, left > most ? most : (int)left);
        if (n > 0 && fds[1].revents)
            child_take(report, out, &open);
        else if (pidfd >= 0 ? n > 0 && fds[0].revents : subprocess_has_ended(pid))
            return true;
        if (left <= 0)
            return false;
    }
}

enum child_end child_run(child_work *work, void *ctx, int keep, int64_t timeout_ms, struct buf *out,
                         int *status, struct error *err)
{
    int pipes[2];
    *status = 0;
    if (pipe2(pipes, O_CLOEXEC) != 0) {
        error_set(err, ERR_UNAVAILABLE, "no pipe: %s", strerror(errno));
        return CHILD_FAILED;
    }
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        child_main(work, ctx, pipes[1], keep, parent);
    close(pipes[1]);
    if (pid < 0) {
        error_set(err, ERR_UNAVAILABLE, "no process: %s", strerror(errno));
        close(pipes[0]);
        return CHILD_FAILED;
    }
    int pidfd = pidfd_open(pid, 0);
    fcntl(pipes[0], F_SETFL, O_NONBLOCK);
    setpgid(pid, pid); /* whoever comes first */
    struct loop_limit limit = loop_limit_from_now(timeout_ms);
    bool ended = child_wait_for(pid, pidfd, pipes[0], &limit, out);
    if (!ended)
        kill(-pid, SIGKILL); /* else: a mail program may deliver in the background */
    int raw = 0;
    pid_t reaped;
    while ((reaped = waitpid(pid, &raw, 0)) < 0 && errno == EINTR)
        ;
    int why = errno;
    bool open = true;
    for (size_t before = out->len + 1; open && before != out->len;) {
        before = out->len; /* what it wrote last and nobody read yet */
        child_take(pipes[0], out, &open);
    }
    if (pidfd >= 0)
        close(pidfd);
    close(pipes[0]);
    if (!ended)
        return CHILD_TIMEOUT;
    if (reaped < 0) { /* somebody else reaped it, or SIGCHLD is ignored */
        error_set(err, ERR_UNAVAILABLE, "how it ended can't be told: %s", strerror(why));
        return CHILD_LOST;
    }
    *status = WIFEXITED(raw) ? WEXITSTATUS(raw) : WTERMSIG(raw);
    return WIFEXITED(raw) ? CHILD_EXITED : CHILD_SIGNAL;
}
