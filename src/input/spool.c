/* SPDX-License-Identifier: ISC */
/*
 * A message is written under a name that begins with a dot, made durable, and renamed: any name
 * without a leading dot is complete. The mail system may run several writers at once.
 */
#include "repmon/mailbox.h"

#include "spool_name.h"

#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/crash.h"
#include "repmon/crypto.h"
#include "repmon/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TOO_LONG    ",L"
#define LEFT_OVER_S 86400
#define RANDOM_HEX  16

bool spool_is_too_long(const char *name)
{
    size_t len = strlen(name), mark = strlen(TOO_LONG);
    return len > mark && strcmp(name + len - mark, TOO_LONG) == 0;
}

time_t spool_time(const char *name)
{
    return (time_t)strtoll(name, NULL, 10);
}

static char *spool_joined(const char *folder, const char *between, const char *name,
                          const char *end)
{
    size_t size = strlen(folder) + strlen(between) + strlen(name) + strlen(end) + 1;
    char *path = mem_alloc(size);
    snprintf(path, size, "%s%s%s%s", folder, between, name, end);
    return path;
}

char *spool_folder(const char *state, const char *section)
{
    char *folder = file_folder(state);
    char *path = spool_joined(folder, "/spool/", section, "");
    free(folder);
    return path;
}

/* ---- the folder ---- */

/* Sets the mode regardless of the umask; an existing folder is left to its owner. */
static bool spool_make_folder(const char *path, mode_t mode, gid_t group, struct error *err)
{
    struct stat st;
    bool made = mkdir(path, 0700) == 0;
    if (!made && errno != EEXIST)
        return error_set(err, errno == EACCES ? ERR_PERMISSION : ERR_CREATE, "can't make %s: %s",
                         path, strerror(errno));
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return error_set(err, ERR_CREATE, "%s is not a folder: move it away", path);
    if (!made)
        return true;
    if (chown(path, (uid_t)-1, group) != 0 || chmod(path, mode) != 0)
        return error_set(err, ERR_PERMISSION, "can't give %s to its group: %s", path,
                         strerror(errno));
    return true;
}

bool spool_make(const char *state, const char *section, struct error *err)
{
    struct stat st;
    char *folder = file_folder(state);
    char *parent = spool_joined(folder, "/spool", "", "");
    char *path = spool_folder(state, section);
    bool ok = stat(folder, &st) == 0;
    if (!ok)
        error_set(err, errno == EACCES ? ERR_PERMISSION : ERR_CREATE, "%s: %s", folder,
                  strerror(errno));
    if (ok)
        ok = spool_make_folder(parent, 0750, st.st_gid, err);
    if (ok)
        ok = spool_make_folder(path, 0770, st.st_gid, err);
    free(path);
    free(parent);
    free(folder);
    return ok;
}

/* ---- taking a message ---- */

/* Whether there is room for one more. */
static bool spool_has_room(const char *folder, struct error *err)
{
    uint64_t bytes = 0;
    size_t files = 0;
    DIR *dir = opendir(folder);
    if (!dir)
        return error_set(err, errno == EACCES ? ERR_PERMISSION : ERR_IO, "%s: %s", folder,
                         strerror(errno));
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        struct stat st;
        if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
            continue;
        bytes += (uint64_t)st.st_size;
        files++;
    }
    closedir(dir);
    if (bytes >= SPOOL_MAX || files >= SPOOL_FILES)
        return error_set(err, ERR_IO,
                         "%s is full (%" PRIu64
                         " MB in %zu messages): `repmon run` empties it; find out why it did not",
                         folder, bytes >> 20, files);
    return true;
}

static bool spool_write_all(int to, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t put = write(to, bytes, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        bytes += put;
        len -= (size_t)put;
    }
    return true;
}

/* All input must be read, or the mail server takes the delivery for a failure. */
static bool spool_copy(int from, int to, bool *too_long)
{
    char block[65536];
    uint64_t len = 0;
    for (;;) {
        ssize_t got = read(from, block, sizeof block);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        len += (uint64_t)got;
        if (len > MAILBOX_MESSAGE_MAX) {
            if (!*too_long && ftruncate(to, 0) != 0)
                return false;
            *too_long = true;
        } else if (!spool_write_all(to, block, (size_t)got)) {
            return false;
        }
    }
}

/* A member of the folder's group may add a message, which the owner must be able to read. The group
 * is set here, not by the set-group-ID bit, because systemd units may not be allowed to set that.
 */
static bool spool_give(int fd, gid_t group)
{
    return fchown(fd, (uid_t)-1, group) == 0 && fchmod(fd, 0640) == 0;
}

/* A complete message gets its name; *too_long decides which. */
static bool spool_write_message(const char *path, gid_t group, int fd, bool *too_long)
{
    int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (to < 0)
        return false;
    bool ok = spool_copy(fd, to, too_long);
    if (ok)
        ok = spool_give(to, group);
    if (ok)
        ok = fsync(to) == 0;
    int problem = errno;
    if (close(to) != 0 && ok) {
        problem = errno;
        ok = false;
    }
    errno = problem;
    return ok;
}

static bool spool_give_name(const char *temporary, const char *path)
{
    CRASH_POINT("before a message gets its name in the spool");
    if (rename(temporary, path) != 0)
        return false;
    CRASH_POINT("after a message got its name in the spool");
    return file_sync_folder(path);
}

bool spool_take(const char *folder, int fd, struct error *err)
{
    uint8_t random[RANDOM_HEX / 2];
    char hex[RANDOM_HEX + 1], name[64];
    struct stat st;
    bool too_long = false;
    if (!spool_has_room(folder, err))
        return false;
    crypto_random(random, sizeof random);
    crypto_hex(random, sizeof random, hex);
    snprintf(name, sizeof name, "%" PRId64 ".%s", (int64_t)clock_wall(), hex);
    char *temporary = spool_joined(folder, "/.", name, "");
    char *path = NULL;
    bool ok = stat(folder, &st) == 0;
    if (ok)
        ok = spool_write_message(temporary, st.st_gid, fd, &too_long);
    if (ok) {
        path = spool_joined(folder, "/", name, too_long ? TOO_LONG : "");
        ok = spool_give_name(temporary, path);
    }
    if (!ok) {
        error_set(err, errno == EACCES || errno == EPERM ? ERR_PERMISSION : ERR_IO,
                  "can't keep a message in %s: %s", folder, strerror(errno));
        unlink(temporary);
    }
    free(path);
    free(temporary);
    return ok;
}

/* ---- emptying it ---- */

void spool_remove(const char *folder, const char *name)
{
    char *path = spool_joined(folder, "/", name, "");
    CRASH_POINT("before a message leaves the spool");
    unlink(path); /* if this fails, the message is known, and is removed after the next run */
    free(path);
}

void spool_tidy(const char *folder, time_t now)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        struct stat st;
        if (e->d_name[0] != '.' || fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(st.st_mode))
            continue;
        if ((int64_t)now - (int64_t)st.st_mtime > LEFT_OVER_S)
            unlinkat(dirfd(dir), e->d_name, 0);
    }
    closedir(dir);
}
