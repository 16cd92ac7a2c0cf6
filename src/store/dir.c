/* SPDX-License-Identifier: ISC */
/* Where the state lies: its directory and files are made with the right mode and group. */
#include "sql.h"

#include "repmon/buf.h"
#include "repmon/crash.h"
#include "repmon/file.h"
#include "repmon/privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool dir_cannot(const char *path, const char *what, struct error *err)
{
    enum error_class class = ERR_CREATE;
    if (errno == EACCES || errno == EPERM || errno == EROFS)
        class = ERR_PERMISSION;
    else if (errno == ENOSPC || errno == EDQUOT || errno == EIO)
        class = ERR_IO;
    return error_at(err, class, path, 0, "%s: %s", what, strerror(errno));
}

/* Reports a file that could not be made there. */
static bool dir_refuses(const char *path, struct error *err)
{
    int why = errno;
    char cure[1024], *folder = file_folder(path);
    privilege_write_cure(folder, why, cure, sizeof cure);
    free(folder);
    errno = why;
    if (!dir_cannot(path, "can't be created", err) && err && err->class == ERR_PERMISSION)
        error_at(err, ERR_PERMISSION, path, 0, "can't be created: %s; %s", strerror(why), cure);
    return false;
}

char *store_real_path(const char *path, struct error *err)
{
    struct stat st;
    if (lstat(path, &st) != 0 || !S_ISLNK(st.st_mode))
        return mem_dup(path);
    char *real = realpath(path, NULL);
    if (!real)
        error_at(err, ERR_INPUT, path, 0,
                 "is a symbolic link that points to nothing (%s); is the disk there?",
                 strerror(errno));
    return real;
}

/* Gives an open file to the group, or without a name to that of its directory if possible. */
static bool dir_give(int fd, const char *path, const char *group, struct error *err)
{
    if (group && *group) {
        struct group *g = getgrnam(group);
        if (!g)
            return error_at(err, ERR_CONFIG, path, 0,
                            "there is no group \"%s\"; see `group` in [repmon]", group);
        struct stat st;
        bool has = fstat(fd, &st) == 0 && st.st_gid == g->gr_gid;
        if (!has && fchown(fd, (uid_t)-1, g->gr_gid) != 0)
            return error_at(err, ERR_PERMISSION, path, 0,
                            "can't be given to the group \"%s\" (%s): make the user that runs "
                            "repmon a member of it",
                            group, strerror(errno));
        return true;
    }
    char *directory = file_folder(path);
    struct stat of_directory, of_file;
    if (stat(directory, &of_directory) == 0 && fstat(fd, &of_file) == 0 &&
        of_directory.st_gid != of_file.st_gid && fchown(fd, (uid_t)-1, of_directory.st_gid) != 0) {
        /* Not a member of that group: the file stays the user's own, which does no harm. */
    }
    free(directory);
    return true;
}

bool dir_own(const char *path, const char *group, bool *made, struct error *err)
{
    if (made)
        *made = false;
    char *directory = file_folder(path);
    bool ok = true;
    if (mkdir(directory, 0750) == 0) {
        int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ok = fd >= 0 || dir_cannot(directory, "the directory can't be opened", err);
        /* Only a named group: the default is the directory's own, and this is the directory. */
        if (ok && group && *group)
            ok = dir_give(fd, directory, group, err);
        if (ok && fchmod(fd, 0750) != 0) /* whatever the umask was */
            ok = dir_cannot(directory, "its mode can't be set", err);
        if (fd >= 0)
            close(fd);
        if (ok)
            file_sync_folder(directory);
        else
            rmdir(directory);
        if (made)
            *made = ok;
    } else if (errno != EEXIST) {
        ok = dir_cannot(directory, "the directory of the state can't be created", err);
    }
    free(directory);
    return ok;
}

bool dir_own_file(const char *path, const char *group, bool *made, struct error *err)
{
    if (made)
        *made = false;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0)
        return errno == EEXIST || dir_refuses(path, err);
    CRASH_POINT("store: a file was made");
    bool ok = dir_give(fd, path, group, err);
    if (ok && fchmod(fd, 0640) != 0)
        ok = dir_cannot(path, "its mode can't be set", err);
    close(fd);
    if (ok)
        file_sync_folder(path);
    else
        unlink(path);
    if (made)
        *made = ok;
    return ok;
}
