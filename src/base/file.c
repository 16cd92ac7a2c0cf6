/* SPDX-License-Identifier: ISC */
#include "repmon/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int file_read_open(int fd, struct buf *out)
{
    char block[16384];
    ssize_t n = 1;
    while (n > 0 && !out->failed) {
        n = read(fd, block, sizeof block);
        if (n > 0)
            buf_add(out, block, (size_t)n);
        else if (n < 0 && errno == EINTR)
            n = 1;
    }
    int problem = n < 0 ? errno : 0;
    explicit_bzero(block, sizeof block); /* it may have held a secret */
    return out->failed ? EFBIG : problem;
}

int file_read(const char *path, struct buf *out, struct stat *st)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return errno;
    int problem = st && fstat(fd, st) != 0 ? errno : file_read_open(fd, out);
    close(fd);
    return problem;
}

char *file_folder(const char *path)
{
    char *copy = mem_dup(path);
    char *folder = mem_dup(dirname(copy));
    free(copy);
    return folder;
}

bool file_sync_folder(const char *path)
{
    char *folder = file_folder(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (fd < 0)
        return false;
    bool ok = fsync(fd) == 0;
    int problem = errno;
    close(fd);
    errno = problem;
    return ok;
}
