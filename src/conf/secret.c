/* SPDX-License-Identifier: ISC */
#include "repmon/secret.h"

#include "repmon/crypto.h"
#include "repmon/limits.h"
#include "repmon/log.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUPS_MAX 1024 /* of one process or user; Linux allows more, but no one uses them */

static bool secret_contains(const gid_t *groups, int count, gid_t group)
{
    for (int i = 0; i < count; i++) {
        if (groups[i] == group)
            return true;
    }
    return false;
}

static bool secret_is_own_group(gid_t group, const char *user)
{
    gid_t groups[GROUPS_MAX];
    int count = getgroups(GROUPS_MAX, groups);
    if (group == getegid() || secret_contains(groups, count, group))
        return true;
    const struct passwd *pw = user && geteuid() == 0 ? getpwnam(user) : NULL;
    count = GROUPS_MAX;
    return pw && getgrouplist(user, pw->pw_gid, groups, &count) >= 0 &&
           secret_contains(groups, count, group);
}

/* systemd hands credentials out below this directory, opened to one user by an ACL that looks like
 * a group's permission. */
static bool secret_is_credential(const char *path)
{
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    char *real = dir && *dir == '/' ? realpath(path, NULL) : NULL;
    char *real_dir = real ? realpath(dir, NULL) : NULL;
    size_t len = real_dir ? strlen(real_dir) : 0;
    bool below = real_dir && strncmp(real, real_dir, len) == 0 && real[len] == '/';
    free(real);
    free(real_dir);
    return below;
}

static bool secret_is_private(const struct stat *st, const char *path, const char *user,
                              struct error *err)
{
    if (st->st_mode & (S_IROTH | S_IWOTH))
        return error_set(
            err, ERR_PERMISSION,
            "other users can access the secret file: run chmod go-rwx '%s', and change "
            "the secret if they may have read it",
            path);
    if (!(st->st_mode & (S_IRGRP | S_IWGRP)) || secret_is_credential(path))
        return true;
    if (st->st_uid != 0)
        return error_set(
            err, ERR_PERMISSION,
            "the secret file's group can access it: run chmod g-rwx '%s' (group access "
            "is allowed only for files owned by root)",
            path);
    if (st->st_mode & S_IWGRP || !secret_is_own_group(st->st_gid, user))
        return error_set(err, ERR_PERMISSION,
                         "a group other than repmon's can access the secret file: run chmod g-rwx "
                         "'%s', or chgrp it to repmon's group with mode 0640",
                         path);
    return true;
}

/* One line of text, with or without its line end, which is cut off. */
static bool secret_is_line(char *text, size_t *len, struct error *err)
{
    if (*len && text[*len - 1] == '\n')
        --*len;
    if (*len && text[*len - 1] == '\r')
        --*len;
    if (*len > LIMIT_SECRET)
        return error_set(err, ERR_CONFIG, "the secret file is larger than %d bytes", LIMIT_SECRET);
    text[*len] = '\0';
    if (strspn(text, " \t") == *len)
        return error_set(err, ERR_CONFIG, "the secret file is empty");
    for (size_t i = 0; i < *len; i++) {
        if (text[i] == '\n')
            return error_set(err, ERR_CONFIG, "the secret file must hold exactly one line");
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return error_set(err, ERR_CONFIG, "the secret file contains a control character");
    }
    return true;
}

/* Fills `bytes`; what is longer is cut, which shows by *len == size. */
static bool secret_fill(int fd, char *bytes, size_t size, size_t *len, struct error *err)
{
    ssize_t n = 1;
    *len = 0;
    while (n > 0 && *len < size) {
        n = read(fd, bytes + *len, size - *len);
        if (n < 0)
            return error_set(err, ERR_CONFIG, "can't read the secret file: %s", strerror(errno));
        *len += (size_t)n;
    }
    return true;
}

static enum secret_state secret_load(const char *path, const char *user, char *bytes, size_t size,
                                     size_t *len, struct error *err)
{
    struct stat st;
    enum secret_state state = SECRET_UNREADABLE;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0)
        error_set(err, ERR_CONFIG, "can't read the secret file: %s", strerror(errno));
    else if (!S_ISREG(st.st_mode))
        error_set(err, ERR_CONFIG, "can't read the secret file: it is not a regular file");
    else if (!secret_is_private(&st, path, user, err))
        state = SECRET_REFUSED;
    else if (secret_fill(fd, bytes, size, len, err))
        state = SECRET_READ;
    if (fd >= 0)
        close(fd);
    return state;
}

enum secret_state secret_read(const char *path, const char *user, char **text, struct error *err)
{
    char line[LIMIT_SECRET + 4]; /* CR LF, and one byte that shows that there is more */
    size_t len = 0;
    *text = NULL;
    enum secret_state state = secret_load(path, user, line, sizeof line - 1, &len, err);
    if (state == SECRET_READ && !secret_is_line(line, &len, err))
        state = SECRET_REFUSED;
    if (state == SECRET_READ) {
        *text = mem_ndup(line, len);
        log_hide(*text);
    }
    explicit_bzero(line, sizeof line);
    return state;
}

enum secret_state secret_read_document(const char *path, const char *user, char **text,
                                       struct error *err)
{
    size_t len = 0, size = LIMIT_SECRET_DOCUMENT + 1; /* a byte that shows that there is more */
    char *bytes = mem_alloc(size);
    *text = NULL;
    enum secret_state state = secret_load(path, user, bytes, size, &len, err);
    if (state == SECRET_READ && (len == size || strlen(bytes) != len)) {
        error_set(err, ERR_CONFIG, "the secret file is larger than %d bytes, or not text",
                  LIMIT_SECRET_DOCUMENT);
        state = SECRET_REFUSED;
    }
    if (state == SECRET_READ)
        *text = mem_ndup(bytes, len);
    explicit_bzero(bytes, size);
    free(bytes);
    return state;
}

bool secret_signing_key(const char *text, struct buf *key, struct error *err)
{
    static const char prefix[] = "whsec_";
    if (strncmp(text, prefix, strlen(prefix)) == 0)
        text += strlen(prefix);
    return crypto_base64_decode(text, key) ||
           error_set(err, ERR_CONFIG,
                     "must be base64 as defined by Standard Webhooks, with or without the prefix "
                     "whsec_: `openssl rand -base64 32` creates one");
}

void secret_free(char *text)
{
    if (text) {
        log_unhide(text);
        explicit_bzero(text, strlen(text));
    }
    free(text);
}
