/* SPDX-License-Identifier: ISC */
#include "repmon/privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of Debian 12. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

/* Everything that changes a file system; what the first ABI knows, then what later ones added. */
#define WRITES                                                                                     \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                               \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |   \
     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

bool privilege_become(const char *user, bool required, bool *stayed_root, struct error *err)
{
    *stayed_root = false;
    if (geteuid() != 0)
        return true;
    errno = 0;
    const struct passwd *pw = user ? getpwnam(user) : NULL;
    if (!pw && !required) {
        *stayed_root = true;
        return true;
    }
    if (!pw)
        return error_set(err, ERR_PERMISSION,
                         "started as root, but there is no user \"%s\" to become: create it "
                         "(useradd --system %s) or name another with [repmon] user",
                         user, user);
    if (pw->pw_uid == 0) {
        *stayed_root = true;
        return true;
    }
    uid_t uid = pw->pw_uid;
    gid_t gid = pw->pw_gid;
    if (initgroups(user, gid) != 0 || setresgid(gid, gid, gid) != 0 ||
        setresuid(uid, uid, uid) != 0 || setuid(0) == 0)
        return error_set(err, ERR_PERMISSION, "root can't become %s: %s", user, strerror(errno));
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* a change of user id may have set it again */
    return true;
}

int privilege_landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi > 0 ? (int)abi : 0;
}

static void privilege_allow(int ruleset, const char *path, uint64_t access)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = access};
    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return;
    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
}

enum confinement privilege_confine(const char *const *writable, size_t count)
{
    int abi = privilege_landlock_abi();
    struct landlock_ruleset_attr attr = {.handled_access_fs = WRITES};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return CONFINED_NOT;
    if (abi >= 2)
        attr.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        attr.handled_access_fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
    if (abi < 1)
        return CONFINED_NO_KERNEL;
    int ruleset =
        (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr.handled_access_fs, 0);
    if (ruleset < 0)
        return CONFINED_NO_KERNEL;
    for (size_t i = 0; i < count; i++)
        privilege_allow(ruleset, writable[i], attr.handled_access_fs);
    uint64_t file =
        attr.handled_access_fs & (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE);
    privilege_allow(ruleset, "/dev/null", file);
    privilege_allow(ruleset, "/dev/tty", file);
    bool ok = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    close(ruleset);
    return ok ? CONFINED_WRITES : CONFINED_NO_KERNEL;
}

void privilege_user(char *out, size_t size)
{
    const struct passwd *pw = getpwuid(geteuid());
    if (pw)
        snprintf(out, size, "%s", pw->pw_name);
    else
        snprintf(out, size, "%lu", (unsigned long)geteuid());
}

/* Whether membership gives access to nothing else that should stay private. */
static bool privilege_is_for_readers(const struct group *group)
{
    return group && group->gr_gid != 0 && strcmp(group->gr_name, "nogroup") != 0 &&
           strcmp(group->gr_name, "nobody") != 0;
}

void privilege_group_cure(const char *path, char *out, size_t size)
{
    char user[64];
    struct stat st;
    privilege_user(user, sizeof user);
    const struct group *group = stat(path, &st) == 0 ? getgrgid(st.st_gid) : NULL;
    if (privilege_is_for_readers(group) && (st.st_mode & S_IRGRP) && !group_member(st.st_gid))
        snprintf(out, size, "adduser %s %s", user, group->gr_name);
    else
        snprintf(out, size, "make it and the folders above it readable by a group that %s is in",
                 user);
}

void privilege_write_cure(const char *path, int why, char *out, size_t size)
{
    struct stat st;
    if (why == EROFS || stat(path, &st) != 0 || st.st_uid != geteuid()) {
        snprintf(out, size, "%s",
                 why == EROFS ? "its file system is mounted read-only: make it writable, or name "
                                "another path with [repmon] state"
                              : "run repmon as the user that owns it");
        return;
    }
    bool folder = S_ISDIR(st.st_mode);
    const char *read = !folder && !(st.st_mode & S_IRUSR) ? "r" : "";
    const char *enter = folder && !(st.st_mode & S_IXUSR) ? "x" : "";
    snprintf(out, size, "chmod u+%sw%s '%s'", read, enter, path);
}
