/* SPDX-License-Identifier: ISC */
#include "sql.h"

#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/crash.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* "PID STARTED\n" of the holder; zeros when it is not there (yet). */
static void read_holder(int fd, long *pid, int64_t *started)
{
    char text[64] = "";
    *pid = 0;
    *started = 0;
    ssize_t len = pread(fd, text, sizeof text - 1, 0);
    if (len <= 0)
        return;
    char *end = text;
    long first = strtol(text, &end, 10);
    if (*end != ' ' || first <= 0)
        return;
    char *rest = end + 1;
    long long second = strtoll(rest, &end, 10);
    if (*end != '\n' || second <= 0)
        return;
    *pid = first;
    *started = second;
}

static bool busy(int fd, const char *path, time_t *since, struct error *err)
{
    long pid = 0;
    int64_t started = 0;
    char when[32], age[32];
    read_holder(fd, &pid, &started);
    if (since)
        *since = (time_t)started;
    if (pid == 0)
        return error_at(err, ERR_BUSY, path, 0, "another run is at work");
    clock_format_local((time_t)started, when, sizeof when);
    clock_format_age((int64_t)clock_wall() - started, age, sizeof age);
    return error_at(err, ERR_BUSY, path, 0, "another run is at work: process %ld, since %s (%s)",
                    pid, when, age);
}

bool store_lock(const char *path, const char *group, struct store_lock *out, time_t *since,
                struct error *err)
{
    struct buf name;
    bool ok = false;
    out->fd = -1;
    if (since)
        *since = 0;
    buf_init(&name, 4096);
    buf_fmt(&name, "%s.lock", path);
    if (name.failed) {
        error_at(err, ERR_CONFIG, NULL, 0, "the path of the state is too long");
        goto done;
    }
    if (!place_directory(path, group, err) || !place_file(buf_text(&name), group, NULL, err))
        goto done;
    out->fd = open(buf_text(&name), O_RDWR | O_CLOEXEC);
    if (out->fd < 0) {
        error_at(err, errno == EACCES || errno == EPERM || errno == EROFS ? ERR_PERMISSION : ERR_IO,
                 buf_text(&name), 0, "the lock can't be opened: %s", strerror(errno));
        goto done;
    }
    if (flock(out->fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            busy(out->fd, buf_text(&name), since, err);
        else
            error_at(err, ERR_IO, buf_text(&name), 0, "can't be locked: %s", strerror(errno));
        close(out->fd);
        out->fd = -1;
        goto done;
    }
    /* Only for people and for "since when": a full disk doesn't stop the run here. */
    char text[64];
    int len =
        snprintf(text, sizeof text, "%ld %" PRId64 "\n", (long)getpid(), (int64_t)clock_wall());
    if (ftruncate(out->fd, 0) == 0 && pwrite(out->fd, text, (size_t)len, 0) != len) {
        /* the next one is told "another run is at work" */
    }
    ok = true;
done:
    buf_fini(&name);
    return ok;
}

void store_unlock(struct store_lock *lock)
{
    if (lock->fd >= 0) {
        /* A forked child may still have the descriptor: closing alone would not end the lock. */
        flock(lock->fd, LOCK_UN);
        close(lock->fd);
    }
    lock->fd = -1;
}
