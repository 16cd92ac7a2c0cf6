/* SPDX-License-Identifier: ISC */
#include "status_file.h"

#include "repmon/buf.h"
#include "repmon/crash.h"
#include "repmon/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_WRITE 0666

static enum error_class status_file_trouble(int why)
{
    if (why == EACCES || why == EPERM || why == EROFS)
        return ERR_PERMISSION;
    return why == ENOENT || why == ENOTDIR ? ERR_CREATE : ERR_IO;
}

static bool status_file_failed(const struct status_file *f, const char *path, const char *what,
                               struct error *err)
{
    int why = errno;
    return error_at(err, status_file_trouble(why), path, 0, "%s can't be %s: %s; see %s%s", f->what,
                    what, strerror(why), f->key,
                    why == EROFS ? ", and ReadWritePaths of the systemd service" : "");
}

/* Readable by those who may read the state, and by no others. */
static bool status_file_give(const struct status_file *f, int fd)
{
    struct stat own;
    if (!f->like)
        return fchmod(fd, 0644) == 0;
    if (fstat(fd, &own) != 0)
        return false;
    if (own.st_gid != f->like->st_gid && fchown(fd, (uid_t)-1, f->like->st_gid) != 0)
        return false;
    return fchmod(fd, f->like->st_mode & READ_WRITE) == 0;
}

static bool status_file_write_to(const struct status_file *f, const struct report *report,
                                 const char *temporary, struct error *err)
{
    const struct render_options how = {0};
    enum level level;
    unlink(temporary); /* of a run that was killed */
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!out)
        return status_file_failed(f, f->path, "made", err);
    bool ok = render(f->renderer, report, &how, out, &level, err);
    if (ok && !status_file_give(f, fd))
        ok = status_file_failed(f, f->path, "given the mode and group of the state", err);
    if (ok && fsync(fd) != 0)
        ok = status_file_failed(f, f->path, "written", err);
    if (fclose(out) != 0 && ok)
        ok = status_file_failed(f, f->path, "written", err);
    return ok;
}

static bool status_file_is_output(const struct stat *there)
{
    struct stat output;
    return fstat(STDOUT_FILENO, &output) == 0 && output.st_dev == there->st_dev &&
           output.st_ino == there->st_ino;
}

/*
 * A device, a pipe, or what standard output already is (/dev/stdout): written to directly, because
 * a rename would replace a device with a file.
 */
static bool status_file_is_stream(const char *path)
{
    struct stat there;
    if (stat(path, &there) != 0)
        return false;
    return status_file_is_output(&there) || (!S_ISREG(there.st_mode) && !S_ISDIR(there.st_mode));
}

/* A pipe without a reader is an error: a run must not wait for one. -1: errno says why. */
static int status_file_open_stream(const char *path)
{
    struct stat there;
    if (stat(path, &there) == 0 && status_file_is_output(&there))
        return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    int fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0)
        fcntl(fd, F_SETFL, 0);
    return fd;
}

static bool status_file_stream(const struct status_file *f, const struct report *report,
                               struct error *err)
{
    const struct render_options how = {0};
    enum level level;
    int fd = status_file_open_stream(f->path);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!out)
        return status_file_failed(f, f->path, "opened", err);
    bool ok = render(f->renderer, report, &how, out, &level, err);
    if (fclose(out) != 0 && ok)
        ok = status_file_failed(f, f->path, "written", err);
    return ok;
}

/* A hidden name that no user's file has, and not *.prom, which the collector reads. A file that a
 * killed run left there is taken over. */
static char *status_file_aside(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    size_t size = strlen(path) + sizeof "..repmon-new";
    char *aside = mem_alloc(size);
    snprintf(aside, size, "%.*s.%s.repmon-new", (int)(base - path), path, base);
    return aside;
}

static bool status_file_replace(const struct status_file *f, const struct report *report,
                                struct error *err)
{
    char *temporary = status_file_aside(f->path);
    bool ok = status_file_write_to(f, report, temporary, err);
    CRASH_POINT("textfile: before rename");
    if (ok && (rename(temporary, f->path) != 0 || !file_sync_folder(f->path)))
        ok = status_file_failed(f, f->path, "put in place", err);
    CRASH_POINT("textfile: after rename");
    if (!ok)
        unlink(temporary);
    free(temporary);
    return ok;
}

bool status_file_write(const struct status_file *f, const struct report *report, struct error *err)
{
    return status_file_is_stream(f->path) ? status_file_stream(f, report, err)
                                          : status_file_replace(f, report, err);
}
