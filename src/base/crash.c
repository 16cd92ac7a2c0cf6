/* SPDX-License-Identifier: ISC */
#include "repmon/crash.h"

#ifdef REPMON_CRASH_POINTS
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static long passed;

/* Written at each point, not at exit: children, signals and _exit() would lose it. */
static void crash_record(const char *path, const char *name)
{
    char line[160];
    int len = snprintf(line, sizeof line, "%ld %s\n", passed, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    if (len > 0 && write(fd, line, (size_t)len < sizeof line ? (size_t)len : sizeof line - 1) < 0)
        perror(path);
    close(fd);
}

void crash_point(const char *name)
{
    passed++;
    const char *count = getenv("REPMON_CRASH_COUNT");
    if (count)
        crash_record(count, name);
    const char *at = getenv("REPMON_CRASH_AT");
    if (at && strtol(at, NULL, 10) == passed)
        kill(getpid(), SIGKILL);
}
#else
typedef int crash_points_are_off; /* ISO C forbids an empty file */
#endif
