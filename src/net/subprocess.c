/* SPDX-License-Identifier: ISC */
#include "repmon/subprocess.h"

#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct program {
    struct subprocesses *all;
    subprocess_callback done;
    void *ctx; /* borrowed */
    pid_t pid;
    int pidfd, pipe; /* pidfd -1: a kernel before 5.3 (or valgrind) has none */
    int64_t deadline_ms;
    struct buf output;
    bool too_big;
    struct program *next; /* in programs.first */
};

struct subprocesses {
    struct loop *loop;     /* borrowed */
    struct program *first; /* owned */
};

struct subprocesses *subprocess_new(struct loop *loop)
{
    struct subprocesses *c = mem_alloc(sizeof *c);
    c->loop = loop;
    return c;
}

void subprocess_free(struct subprocesses *c)
{
    free(c);
}

#define NAMES_MAX 64 /* of the environment that is handed on */

/* Variables that say for whom it runs, where, in which language, and through which proxy. */
static bool subprocess_is_handed_on(const char *variable)
{
    static const char *const names[] = {
        "PATH=", "HOME=",       "USER=",        "LOGNAME=",  "SHELL=",       "TZ=",       "TMPDIR=",
        "LANG=", "http_proxy=", "https_proxy=", "no_proxy=", "HTTPS_PROXY=", "NO_PROXY=", "LC_"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(variable, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static void subprocess_environment(char *out[static NAMES_MAX + 1])
{
    size_t count = 0;
    for (char **at = environ; at && *at && count < NAMES_MAX; at++)
        if (subprocess_is_handed_on(*at))
            out[count++] = *at;
    out[count] = NULL;
}

/* ---- a process ---- */

enum { REPORT_FD = 3, KEEP_FD = 4 };

static void subprocess_reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int sig = 1; sig < NSIG; sig++)
        signal(sig, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn static void subprocess_main(subprocess_work_fn *work, void *ctx, int report, int keep,
                                      pid_t parent)
{
    setpgid(0, 0); /* so that its children die with it */
    subprocess_reset_signals();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(SUBPROCESS_NOT_STARTED);
    /* Move both out of the way first: each may have the number that the other needs. */
    report = fcntl(report, F_DUPFD, 10);
    keep = keep >= 0 ? fcntl(keep, F_DUPFD, 10) : -1;
    int null = open("/dev/null", O_RDWR);
    if (report < 0 || null < 0)
        _exit(SUBPROCESS_NOT_STARTED);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(report, REPORT_FD);
    if (keep >= 0)
        dup2(keep, KEEP_FD);
    closefrom(keep >= 0 ? KEEP_FD + 1 : REPORT_FD + 1);
    work(ctx, REPORT_FD, keep >= 0 ? KEEP_FD : -1);
    _exit(0);
}

pid_t subprocess_fork(subprocess_work_fn *work, void *ctx, int report, int keep)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        subprocess_main(work, ctx, report, keep, parent);
    if (pid > 0)
        setpgid(pid, pid); /* in parent and child: whichever runs first */
    return pid;
}

struct program_words {
    char *const *argv; /* borrowed */
    char *environment[NAMES_MAX + 1];
};

static void subprocess_exec(void *ctx, int out, int err)
{
    struct program_words *p = ctx;
    if (dup2(out, STDOUT_FILENO) < 0 || (err >= 0 && dup2(err, STDERR_FILENO) < 0))
        _exit(SUBPROCESS_NOT_STARTED);
    closefrom(STDERR_FILENO + 1);
    execvpe(p->argv[0], p->argv, p->environment);
    _exit(SUBPROCESS_NOT_STARTED);
}

pid_t subprocess_spawn(const char *const *argv, int out, int err)
{
    struct program_words words = {.argv = (char *const *)(uintptr_t)argv};
    subprocess_environment(words.environment);
    return subprocess_fork(subprocess_exec, &words, out, err);
}

int subprocess_reap(pid_t pid, int *raw)
{
    pid_t reaped;
    while ((reaped = waitpid(pid, raw, 0)) < 0 && errno == EINTR)
        ;
    return reaped == pid ? 0 : errno;
}

bool subprocess_has_ended(pid_t pid)
{
    siginfo_t info = {.si_pid = 0};
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
        return errno == ECHILD; /* it has ended, and somebody else reaped it */
    return info.si_pid == pid;
}

/* ---- programs that print an answer ---- */

/* Reads what there is, not to the end: the program's own children may keep the pipe open. */
static void subprocess_drain(struct program *p)
{
    char bytes[4096];
    ssize_t n;
    while ((n = read(p->pipe, bytes, sizeof bytes)) > 0 || (n < 0 && errno == EINTR)) {
        if (n > 0 && !buf_add(&p->output, bytes, (size_t)n)) {
            p->too_big = true;
            return;
        }
    }
    if (n == 0)
        loop_watch(p->all->loop, p->pipe, false, false, NULL, NULL);
}

/* Takes it out of the list, frees it and calls back; kills it first unless it has ended. */
static void subprocess_finish(struct program *p, enum reply_how how, bool ended)
{
    struct program **at = &p->all->first;
    int raw = 0;
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    kill(-p->pid, SIGKILL); /* and the processes it left running: only its answer is wanted */
    bool reaped = subprocess_reap(p->pid, &raw) == 0;
    loop_watch(p->all->loop, p->pipe, false, false, NULL, NULL);
    close(p->pipe);
    if (p->pidfd >= 0) {
        loop_watch(p->all->loop, p->pidfd, false, false, NULL, NULL);
        close(p->pidfd);
    }
    struct subprocess_result result = {.status = reaped && WIFEXITED(raw) ? WEXITSTATUS(raw) : -1,
                                       .output = buf_text(&p->output),
                                       .len = p->output.len};
    p->done(p->ctx, how, ended && how == REPLY_ANSWERED ? &result : NULL);
    buf_fini(&p->output);
    free(p);
}

static void subprocess_on_output(void *ctx, int fd, bool readable, bool writable)
{
    struct program *p = ctx;
    (void)fd;
    (void)writable;
    if (readable)
        subprocess_drain(p);
    if (p->too_big)
        subprocess_finish(p, REPLY_TOO_BIG, false);
}

static void end(struct program *p)
{
    subprocess_drain(p);
    subprocess_finish(p, p->too_big ? REPLY_TOO_BIG : REPLY_ANSWERED, true);
}

static void subprocess_on_exit_of(void *ctx, int fd, bool readable, bool writable)
{
    (void)fd;
    (void)writable;
    if (readable)
        end(ctx);
}

bool subprocess_start(struct subprocesses *c, const struct subprocess_request *request,
                      subprocess_callback done, void *ctx)
{
    int pipes[2];
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return false;
    pid_t pid = subprocess_spawn(request->argv, pipes[1], -1);
    close(pipes[1]);
    if (pid < 0) {
        close(pipes[0]);
        return false;
    }
    fcntl(pipes[0], F_SETFL, O_NONBLOCK);
    struct program *p = mem_alloc(sizeof *p);
    *p = (struct program){.all = c,
                          .done = done,
                          .ctx = ctx,
                          .pid = pid,
                          .pidfd = pidfd_open(pid, 0),
                          .pipe = pipes[0],
                          .deadline_ms = clock_mono_ms() + request->timeout_ms,
                          .next = c->first};
    buf_init(&p->output, request->max_output);
    c->first = p;
    loop_watch(c->loop, p->pipe, true, false, subprocess_on_output, p);
    if (p->pidfd >= 0)
        loop_watch(c->loop, p->pidfd, true, false, subprocess_on_exit_of, p);
    return true;
}

void subprocess_work(struct subprocesses *c, int64_t now_ms)
{
    for (struct program *p = c->first, *next; p; p = next) {
        next = p->next;
        if (p->pidfd < 0 && subprocess_has_ended(p->pid))
            end(p);
        else if (now_ms >= p->deadline_ms)
            subprocess_finish(p, REPLY_TIMEOUT, false);
    }
}

void subprocess_end(struct subprocesses *c)
{
    while (c->first) /* each unlinks itself, which the analyzer does not see */
        subprocess_finish(c->first, REPLY_DEADLINE, false); /* NOLINT(clang-analyzer-unix.Malloc) */
}
