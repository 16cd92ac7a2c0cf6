/* SPDX-License-Identifier: ISC */
/* The folders and files that a run writes, and who else may read them. */
#include "doctor_state.h"

#include "repmon/file.h"
#include "repmon/text_fit.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define CURE_MAX 1200

static void doctor_missing_folder(struct doctor *d, const char *folder, const char *user)
{
    char cure[CURE_MAX];
    char *parent = file_folder(folder);
    bool can = access(parent, W_OK | X_OK) == 0;
    text_fit(cure, sizeof cure, "install -d -o %s -m 0750 '%s'", user, folder);
    if (can)
        doctor_say(d, DOCTOR_WARN, "state folder", "",
                   "nothing to do: the first `repmon run` creates it", "%s is not there yet",
                   folder);
    else
        doctor_say(d, DOCTOR_RED, "state folder", "", cure, "%s is missing and %s can't create it",
                   folder, user);
    free(parent);
}

/* The kernel lets users give files only to groups that they are in. */
static bool doctor_is_member(gid_t group)
{
    gid_t groups[NGROUPS_MAX];
    int count = getgroups(NGROUPS_MAX, groups);
    bool found = geteuid() == 0 || getegid() == group;
    for (int i = 0; i < count && !found; i++)
        found = groups[i] == group;
    return found;
}

void doctor_group(struct doctor *d)
{
    char user[64], cure[CURE_MAX];
    const char *name = d->conf->group;
    const struct group *want = name ? getgrnam(name) : NULL;
    privilege_user(user, sizeof user);
    if (name && !want) {
        text_fit(cure, sizeof cure, "groupadd --system %s, or remove the key", name);
        doctor_say(d, DOCTOR_RED, "state group", "", cure, "there is no group %s", name);
    } else if (name && !doctor_is_member(want->gr_gid)) {
        text_fit(
            cure, sizeof cure,
            "adduser %s %s, or remove the key and add the other users to the group of the state",
            user, name);
        doctor_say(d, DOCTOR_RED, "state group", "", cure,
                   "%s is not a member of group %s, so it can't give it the state", user, name);
    } else if (name) {
        doctor_say(d, DOCTOR_OK, "state group", "", "", "%s can give the state to group %s", user,
                   name);
    }
}

#define ROOM_MIN (UINT64_C(1) << 20) /* what a run of many changes and its journal take */

/* Whether a run would find no room there, by what is left to ordinary users. */
static bool doctor_is_full(const char *folder, char *why, size_t size)
{
    struct statvfs fs;
    if (statvfs(folder, &fs) != 0 || fs.f_blocks == 0) /* some network file systems don't say */
        return false;
    uint64_t room = (uint64_t)fs.f_bavail * fs.f_frsize;
    bool files = fs.f_files == 0 || fs.f_favail > 0; /* 0: without such a limit */
    if (room < ROOM_MIN)
        snprintf(why, size, "%" PRIu64 " KiB are free", room >> 10);
    else if (!files)
        snprintf(why, size, "no more files can be created");
    return room < ROOM_MIN || !files;
}

/* Why `user` was refused: it belongs to another user, or its mode forbids it. */
static void doctor_write_cure(const char *path, int why, const char *user, char *out, size_t size)
{
    struct stat st;
    if (why == EACCES && stat(path, &st) == 0 && st.st_uid != geteuid())
        text_fit(out, size, "chown %s '%s'; or run repmon as the user that owns it", user, path);
    else
        privilege_write_cure(path, why, out, size);
}

void doctor_folder(struct doctor *d)
{
    struct stat st;
    char full[64], user[64], cure[CURE_MAX];
    char *folder = file_folder(d->conf->state);
    privilege_user(user, sizeof user);
    errno = 0;
    bool usable = stat(folder, &st) == 0 && access(folder, W_OK | X_OK) == 0;
    int why = errno;
    if (why == ENOENT) {
        doctor_missing_folder(d, folder, user);
    } else if (!usable) {
        doctor_write_cure(folder, why, user, cure, sizeof cure);
        doctor_say(d, DOCTOR_RED, "state folder", "", cure, "%s: %s can't write there: %s", folder,
                   user, strerror(why));
    } else if (!S_ISDIR(st.st_mode)) {
        doctor_say(d, DOCTOR_RED, "state folder", "", "name another path with [repmon] state",
                   "%s is not a folder", folder);
    } else if (st.st_mode & S_IWOTH) {
        text_fit(cure, sizeof cure, "chmod o-w '%s'", folder);
        doctor_say(d, DOCTOR_RED, "state folder", "", cure, "%s: any user may write there", folder);
    } else if (doctor_is_full(folder, full, sizeof full)) {
        doctor_say(d, DOCTOR_RED, "state folder", "",
                   "free some space there: a run that can't save its state sends no alerts",
                   "%s: the file system is full: %s", folder, full);
    } else {
        doctor_say(d, DOCTOR_OK, "state folder", "", "", "%s: %s may write there", folder, user);
    }
    free(folder);
}

/* Who besides the owner may read the state: the plugin's user must, by its group. */
static void doctor_file_modes(struct doctor *d, const struct stat *st)
{
    char cure[CURE_MAX], group[64];
    const char *path = d->conf->state;
    const struct group *have = getgrgid(st->st_gid);
    const struct group *want = NULL;
    struct stat folder_st = {0};
    snprintf(group, sizeof group, "%s", have ? have->gr_name : "?");
    char *folder = file_folder(path);
    bool open_folder = stat(folder, &folder_st) == 0 && folder_st.st_mode & S_IXGRP &&
                       (folder_st.st_gid == st->st_gid || folder_st.st_mode & S_IXOTH);
    if (d->conf->group)
        want = getgrnam(d->conf->group);
    if (want && want->gr_gid != st->st_gid) {
        text_fit(cure, sizeof cure, "chgrp %s '%s' '%s'", d->conf->group, folder, path);
        doctor_say(d, DOCTOR_WARN, "state file", "", cure, "%s belongs to group %s, not to %s",
                   path, group, d->conf->group);
    } else if (st->st_mode & S_IROTH) {
        text_fit(cure, sizeof cure, "chmod o-rwx '%s'", path);
        doctor_say(d, DOCTOR_WARN, "state file", "", cure, "%s may be read by any user", path);
    } else if (!(st->st_mode & S_IRGRP) || !open_folder) {
        text_fit(cure, sizeof cure, "chgrp %s '%s'; chmod g+rx '%s'; chmod g+r '%s'", group, folder,
                 folder, path);
        doctor_say(d, DOCTOR_WARN, "state file", "", cure,
                   "%s can't be read by group %s: check_repmon --state works only as its owner",
                   path, group);
    } else {
        doctor_say(d, DOCTOR_OK, "state file", "", "", "%s: readable by group %s", path, group);
    }
    free(folder);
}

/* Silent when all is well. */
static void doctor_lock_file(struct doctor *d)
{
    struct error err = {0};
    struct buf name;
    char *real = store_real_path(d->conf->state, NULL);
    buf_init(&name, 4096);
    buf_fmt(&name, "%s.lock", real ? real : d->conf->state);
    if (!store_lock_is_sound(buf_text(&name), &err)) {
        char cure[CURE_MAX];
        text_fit(cure, sizeof cure, "look at it, then rm -r '%s'", buf_text(&name));
        doctor_say(d, DOCTOR_RED, "state lock", "", cure, "%s: %s", buf_text(&name), err.text);
    }
    buf_fini(&name);
    free(real);
}

void doctor_file(struct doctor *d)
{
    struct stat st;
    char user[64], cure[CURE_MAX];
    const char *path = d->conf->state;
    privilege_user(user, sizeof user);
    doctor_lock_file(d);
    if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode) && stat(path, &st) != 0) {
        doctor_say(d, DOCTOR_RED, "state file", "", "mount the disk, or remove the link",
                   "%s is a symbolic link that points to nothing: %s", path, strerror(errno));
        return;
    }
    if (stat(path, &st) != 0 && errno == ENOENT) {
        doctor_say(d, DOCTOR_WARN, "state file", "",
                   "run `repmon run` once; from then on the cron job does",
                   "%s does not exist yet: nothing has been queried so far", path);
        return;
    }
    if (access(path, R_OK | W_OK) != 0) {
        int why = errno;
        doctor_write_cure(path, why, user, cure, sizeof cure);
        doctor_say(d, DOCTOR_RED, "state file", "", cure, "%s: %s can't use it: %s", path, user,
                   strerror(why));
        return;
    }
    doctor_file_modes(d, &st);
}

/* A file that each run replaces: its folder must be writable. `no_folder` is what to do when
 * there is none. */
static void doctor_written_file(struct doctor *d, const char *path, const char *what,
                                const char *no_folder)
{
    char user[64], cure[CURE_MAX];
    struct stat st;
    if (!path)
        return;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        doctor_say(d, DOCTOR_RED, what, "", "name a file inside it", "%s is a folder", path);
        return;
    }
    char *folder = file_folder(path);
    privilege_user(user, sizeof user);
    bool writable = access(folder, W_OK | X_OK) == 0;
    int why = errno;
    if (!writable && why == ENOENT)
        text_fit(cure, sizeof cure, "%s", no_folder);
    else
        text_fit(cure, sizeof cure, "let %s write there: setfacl -m u:%s:rwx '%s'", user, user,
                 folder);
    if (!writable)
        doctor_say(d, DOCTOR_RED, what, "", cure, "%s: %s can't write there: %s", folder, user,
                   strerror(why));
    else
        doctor_say(d, DOCTOR_OK, what, "", "", "%s", path);
    free(folder);
}

/* The collector silently skips files with other names. */
static bool doctor_is_collected(const char *path)
{
    size_t len = strlen(path);
    struct stat st;
    bool stream = stat(path, &st) == 0 && !S_ISREG(st.st_mode);
    return stream || (len > 5 && strcmp(path + len - 5, ".prom") == 0);
}

void doctor_textfile(struct doctor *d)
{
    const char *path = d->conf->prometheus_textfile;
    if (path && !doctor_is_collected(path))
        doctor_say(d, DOCTOR_WARN, "metrics file", "", "give it a name that ends in .prom",
                   "node_exporter does not read %s", path);
    doctor_written_file(d, d->conf->prometheus_textfile, "metrics file",
                        "name the folder that node_exporter reads "
                        "(--collector.textfile.directory)");
}

/* The first run makes the folder of the state, and doctor_folder() says whether it can. */
static bool doctor_comes_with_state(struct doctor *d, const char *path)
{
    char *folder = file_folder(path);
    char *of_state = file_folder(d->conf->state);
    bool comes = strcmp(folder, of_state) == 0 && access(folder, F_OK) != 0 && errno == ENOENT;
    free(of_state);
    free(folder);
    return comes;
}

void doctor_page(struct doctor *d)
{
    if (d->conf->html_file && doctor_comes_with_state(d, d->conf->html_file))
        return;
    doctor_written_file(d, d->conf->html_file, "page", "make the folder, or name another file");
}
