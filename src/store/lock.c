/* SPDX-License-Identifier: ISC */
#include "sql.h"

#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/crash.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* "PID STARTED\n" of the holder; zeros when it is not there (yet). */
static void lock_read_text(int fd, long *pid, int64_t *started)
{
    char text[STORE_LOCK_TEXT] = "";
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

/*
 * The text may be from a run that was killed, or from the previous one if the holder has not
 * written yet. The kernel knows whose lock it is: the holder claims the file once its text is
 * there.
 */
static void lock_read_holder(int fd, long *pid, int64_t *started)
{
    struct flock claim = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_GETLK, &claim) != 0)
        claim.l_type = F_UNLCK;
    lock_read_text(fd, pid, started);
    if (claim.l_type == F_UNLCK || claim.l_pid != (pid_t)*pid) {
        *pid = 0;
        *started = 0;
    }
}

static bool lock_busy(int fd, const char *path, time_t *since, struct error *err)
{
    long pid = 0;
    int64_t started = 0;
    char when[32], age[32];
    lock_read_holder(fd, &pid, &started);
    if (since)
        *since = (time_t)started;
    if (pid == 0)
        return error_at(err, ERR_BUSY, path, 0, "another run is in progress");
    clock_format_local((time_t)started, when, sizeof when);
    clock_format_age((int64_t)clock_wall() - started, age, sizeof age);
    return error_at(err, ERR_BUSY, path, 0,
                    "another run is in progress: process %ld, since %s (%s)", pid, when, age);
}

/* What is in the lock's place is not a lock of ours, and would be overwritten. */
static const char *lock_kind(mode_t mode)
{
    if (S_ISLNK(mode))
        return "a symbolic link and is not followed";
    return S_ISDIR(mode) ? "a folder" : "not a plain file";
}

bool store_lock_is_sound(const char *name, struct error *err)
{
    struct stat st;
    if (lstat(name, &st) != 0 || S_ISREG(st.st_mode))
        return true;
    return error_at(err, ERR_IO, name, 0,
                    "the lock of the state is %s; remove it, and repmon creates a new one",
                    lock_kind(st.st_mode));
}

/* Whether the file that is locked still has that name: a dry run may have taken it away. */
static bool lock_still_there(int fd, const char *name)
{
    struct stat of_fd, of_name;
    return fstat(fd, &of_fd) == 0 && stat(name, &of_name) == 0 && of_fd.st_dev == of_name.st_dev &&
           of_fd.st_ino == of_name.st_ino;
}

static bool lock_open_and(const char *name, const char *group, struct store_lock *out,
                          time_t *since, struct error *err)
{
    bool made;
    int tries = 10;
    do { /* a dry run may take the file away between the two */
        if (!dir_own_file(name, group, &made, err))
            return false;
        out->made_file |= made;
        out->fd = open(name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    } while (out->fd < 0 && errno == ENOENT && --tries);
    if (out->fd < 0 && !store_lock_is_sound(name, err))
        return false;
    if (out->fd < 0)
        return error_at(
            err, errno == EACCES || errno == EPERM || errno == EROFS ? ERR_PERMISSION : ERR_IO,
            name, 0, "the lock of the state can't be opened: %s", strerror(errno));
    if (flock(out->fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno == EWOULDBLOCK)
        lock_busy(out->fd, name, since, err);
    else
        error_at(err, ERR_IO, name, 0, "can't be locked: %s", strerror(errno));
    close(out->fd);
    out->fd = -1;
    return false;
}

/* Only for people and for "since when": a full disk doesn't stop the run here. */
static void lock_write_holder(struct store_lock *lock)
{
    char text[STORE_LOCK_TEXT];
    ssize_t had = pread(lock->fd, lock->before, sizeof lock->before, 0);
    lock->before_len = had > 0 ? (size_t)had : 0;
    int len =
        snprintf(text, sizeof text, "%ld %" PRId64 "\n", (long)getpid(), (int64_t)clock_wall());
    struct flock claim = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (ftruncate(lock->fd, 0) != 0 || pwrite(lock->fd, text, (size_t)len, 0) != len ||
        fcntl(lock->fd, F_SETLK, &claim) != 0) {
        /* the next one is told "another run is in progress" */
    }
}

bool store_lock(const char *path, const char *group, struct store_lock *out, time_t *since,
                struct error *err)
{
    struct buf name;
    *out = (struct store_lock){.fd = -1};
    if (since)
        *since = 0;
    char *real = store_real_path(path, err);
    if (!real)
        return false;
    buf_init(&name, 4096);
    buf_fmt(&name, "%s.lock", real);
    bool ok =
        !name.failed || error_at(err, ERR_CONFIG, NULL, 0, "the path of the state is too long");
    if (ok)
        ok = dir_own(real, group, &out->made_directory, err);
    if (ok)
        ok = lock_open_and(buf_text(&name), group, out, since, err);
    while (ok && !lock_still_there(out->fd, buf_text(&name))) {
        close(out->fd);
        out->fd = -1;
        ok = lock_open_and(buf_text(&name), group, out, since, err);
    }
    if (ok)
        lock_write_holder(out);
    free(real);
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

void store_unlock_without_trace(struct store_lock *lock, const char *path)
{
    struct buf name;
    char *real = lock->fd < 0 ? NULL : store_real_path(path, NULL);
    if (!real)
        return;
    buf_init(&name, 4096);
    buf_fmt(&name, "%s.lock", real);
    free(real);
    if (lock->made_file)
        unlink(buf_text(&name)); /* while it is locked: a process that opened it before notices */
    else if (ftruncate(lock->fd, 0) != 0 ||
             pwrite(lock->fd, lock->before, lock->before_len, 0) < 0) {
        /* it names a run that has ended, which is what it did before */
    }
    store_unlock(lock);
    if (lock->made_directory)
        rmdir(dirname(name.data)); /* not when somebody else has put something there */
    buf_fini(&name);
}
