/* SPDX-License-Identifier: ISC */
#include "startup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* open() takes the lowest free descriptor, so going upwards fills exactly the closed ones. */
static void startup_open_standard_descriptors(void)
{
    static const int modes[] = {O_RDONLY, O_RDONLY, O_WRONLY};
    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", modes[fd]) != fd)
            _exit(70);
    }
}

void startup(void)
{
    startup_open_standard_descriptors();
    signal(SIGPIPE, SIG_IGN);
    /* The parent process may have ignored them, which is inherited: without SIGCHLD no child's end
     * is noticed, without SIGALRM nothing ends what hangs. */
    signal(SIGCHLD, SIG_DFL);
    signal(SIGALRM, SIG_DFL);
    sigset_t wanted; /* the parent process may have blocked them */
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGALRM);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    sigprocmask(SIG_UNBLOCK, &wanted, NULL);
    umask(027);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* An earlier flush may have met the closed pipe, so errno at the end does not tell. */
static bool startup_reader_left(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && out.revents & POLLERR;
}

/* ---- for what hangs nevertheless ---- */

static const char *alarm_text;
static int alarm_fd;

static void startup_on_alarm(int number)
{
    struct pollfd out = {.fd = alarm_fd, .events = POLLOUT};
    (void)number;
    if (poll(&out, 1, 0) == 1) { /* no reader: reporting it would block too */
        ssize_t told = write(alarm_fd, alarm_text, strlen(alarm_text));
        (void)told; /* there is nowhere else to report it */
    }
    _exit(3);
}

void startup_alarm(unsigned seconds, int fd, const char *text)
{
    alarm_text = text;
    alarm_fd = fd;
    signal(SIGALRM, startup_on_alarm);
    alarm(seconds);
}

bool finish_output(struct error *err)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    if (startup_reader_left())
        return error_set(err, ERR_IO, "%s", "");
    return error_set(err, ERR_IO, "can't write the output%s%s", errno ? ": " : "",
                     errno ? strerror(errno) : "");
}
