/* SPDX-License-Identifier: ISC */
#include "logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NS_PER_S 1000000000

static int64_t logfile_stat_mtime_ns(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * NS_PER_S + st->st_mtim.tv_nsec;
}

static bool logfile_fail(struct error *err, const char *path, int number)
{
    enum error_class class = number == EACCES || number == EPERM ? ERR_PERMISSION : ERR_IO;
    const char *cure = class == ERR_PERMISSION
                           ? "; add the user that runs repmon to the group that may read it"
                           : "";
    return error_at(err, class, path, 0, "can't be read: %s%s", strerror(number), cure);
}

static enum logfile_opened logfile_refuse(int fd, const char *path, struct error *err)
{
    close(fd);
    error_at(err, ERR_INPUT, path, 0, "is not a regular file: a log file is needed");
    return LOGFILE_FAILED;
}

enum logfile_opened logfile_open(const char *path, struct logfile *out, struct error *err)
{
    struct stat st;
    *out = (struct logfile){.fd = -1};
    /* O_NONBLOCK: opening a FIFO that nobody writes to would hang. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return LOGFILE_GONE;
    if (fd < 0) {
        logfile_fail(err, path, errno);
        return LOGFILE_FAILED;
    }
    if (fstat(fd, &st) != 0) {
        logfile_fail(err, path, errno);
        close(fd);
        return LOGFILE_FAILED;
    }
    if (!S_ISREG(st.st_mode))
        return logfile_refuse(fd, path, err);
    out->path = mem_dup(path);
    out->fd = fd;
    out->dev = st.st_dev;
    out->ino = st.st_ino;
    out->size = (uint64_t)st.st_size;
    out->mtime_ns = logfile_stat_mtime_ns(&st);
    out->packed = packed_open(fd);
    return LOGFILE_OPEN;
}

void logfile_close(struct logfile *f)
{
    packed_close(f->packed);
    if (f->fd >= 0)
        close(f->fd);
    free(f->path);
    *f = (struct logfile){.fd = -1};
}

static ssize_t logfile_read_packed(struct logfile *f, void *out, size_t len)
{
    ssize_t got = packed_read(f->packed, out, len);
    f->is_broken |= got < 0;
    return got < 0 ? 0 : got;
}

bool logfile_is_packed(const struct logfile *f)
{
    return f->packed != NULL;
}

static ssize_t logfile_read_bytes(struct logfile *f, void *out, size_t len)
{
    if (f->packed)
        return logfile_read_packed(f, out, len);
    return pread(f->fd, out, len, (off_t)f->offset);
}

ssize_t logfile_read(struct logfile *f, void *out, size_t len, struct error *err)
{
    ssize_t got = logfile_read_bytes(f, out, len);
    if (got < 0) {
        logfile_fail(err, f->path, errno);
        return -1;
    }
    f->offset += (uint64_t)got;
    return got;
}

static bool logfile_skip(struct logfile *f, uint64_t bytes)
{
    char away[16384];
    while (bytes > 0) {
        size_t want = bytes < sizeof away ? (size_t)bytes : sizeof away;
        ssize_t got = logfile_read(f, away, want, NULL);
        if (got <= 0)
            return false;
        bytes -= (uint64_t)got;
    }
    return true;
}

static bool logfile_rewind(struct logfile *f)
{
    f->offset = 0;
    return packed_rewind(f->packed);
}

bool logfile_seek(struct logfile *f, uint64_t offset)
{
    if (!logfile_is_packed(f)) {
        f->offset = offset;
        return true;
    }
    if (offset < f->offset && !logfile_rewind(f))
        return false;
    return logfile_skip(f, offset - f->offset);
}

/* The fingerprint of `len` bytes at `from`; false: there are not so many. */
static bool logfile_sample(struct logfile *f, uint64_t from, uint32_t len, uint64_t *fingerprint)
{
    char bytes[PLACE_SAMPLE];
    size_t have = 0;
    if (!logfile_seek(f, from))
        return false;
    while (have < len) {
        ssize_t got = logfile_read(f, bytes + have, len - have, NULL);
        if (got <= 0)
            return false;
        have += (size_t)got;
    }
    *fingerprint = place_fingerprint(bytes, len);
    return true;
}

static bool logfile_matches(struct logfile *f, const struct place *p)
{
    uint64_t head = 0;
    uint64_t tail = 0;
    if (p->offset == 0) /* nothing was read: only the inode can tell */
        return f->dev == p->dev && f->ino == p->ino;
    if (!logfile_is_packed(f) && f->size < p->offset)
        return false;
    if (!logfile_sample(f, 0, p->head_len, &head) || head != p->head)
        return false;
    if (!logfile_sample(f, p->offset - p->tail_len, p->tail_len, &tail))
        return false;
    return tail == p->tail;
}

bool logfile_holds(struct logfile *f, const struct place *p)
{
    bool holds = logfile_matches(f, p);
    if (!logfile_seek(f, holds ? p->offset : 0))
        return false;
    return holds;
}

void logfile_take_place(struct logfile *f, uint64_t offset, struct place *out)
{
    uint64_t resume = f->offset;
    uint32_t sample = offset < PLACE_SAMPLE ? (uint32_t)offset : PLACE_SAMPLE;
    *out = (struct place){.set = true,
                          .dev = f->dev,
                          .ino = f->ino,
                          .offset = offset,
                          .head_len = sample,
                          .tail_len = sample,
                          .taken_ns = logfile_mtime_ns(f)};
    logfile_sample(f, 0, sample, &out->head);
    logfile_sample(f, offset - sample, sample, &out->tail);
    logfile_seek(f, resume);
}

int64_t logfile_mtime_ns(const struct logfile *f)
{
    struct stat st;
    return fstat(f->fd, &st) == 0 ? logfile_stat_mtime_ns(&st) : 0;
}
