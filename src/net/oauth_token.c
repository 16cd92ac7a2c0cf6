/* SPDX-License-Identifier: ISC */
#include "repmon/oauth_token.h"
#include "repmon/file.h"
#include "repmon/json_out.h"

#include "repmon/crash.h"
#include "repmon/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TOKEN_MAX (16u << 10) /* real ones have about 2 KiB */
#define FILE_MAX  (64u << 10)

char *oauth_token_path(const struct conf *conf, const char *source, const char *name)
{
    struct buf b;
    const char *slash = conf->state ? strrchr(conf->state, '/') : NULL;
    buf_init(&b, 8192);
    if (slash)
        buf_add(&b, conf->state, (size_t)(slash - conf->state) + 1);
    buf_fmt(&b, "%s-", source);
    for (const char *p = name; *p; p++) {
        bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                     (*p >= '0' && *p <= '9') || *p == '-' || *p == '_';
        if (plain)
            buf_char(&b, *p);
        else
            buf_fmt(&b, "%%%02x", (unsigned char)*p);
    }
    buf_str(&b, ".token");
    return buf_take(&b);
}

void oauth_token_fini(struct oauth_token *t)
{
    secret_free(t->refresh);
    secret_free(t->access);
    *t = (struct oauth_token){0};
}

/* ---- the file ---- */

bool oauth_token_fits(const char *s)
{
    size_t len = s ? strlen(s) : 0;
    for (size_t i = 0; i < len; i++) {
        if (s[i] <= ' ' || s[i] > '~')
            return false;
    }
    return len > 0 && len <= TOKEN_MAX;
}

static bool oauth_parse_file(const char *text, size_t len, struct oauth_token *out)
{
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    const char *refresh = json_string_value(json_object_get(root, "refresh_token"));
    const char *access = json_string_value(json_object_get(root, "access_token"));
    bool ok = oauth_token_fits(refresh);
    if (ok) {
        out->refresh = mem_dup(refresh);
        out->access = oauth_token_fits(access) ? mem_dup(access) : NULL;
        out->expires = (time_t)json_integer_value(json_object_get(root, "expires"));
        out->logged_in = (time_t)json_integer_value(json_object_get(root, "logged_in"));
        out->used = (time_t)json_integer_value(json_object_get(root, "used"));
        out->rotated = (time_t)json_integer_value(json_object_get(root, "rotated"));
        out->ends = (time_t)json_integer_value(json_object_get(root, "ends"));
    }
    json_decref(root);
    return ok;
}

/*
 * The bytes that hold the login, or 0 when there is none. Padding after it does not matter.
 */
static size_t oauth_read_file(int fd, struct oauth_token *out)
{
    char *text = mem_alloc(FILE_MAX + 1);
    size_t got = 0;
    ssize_t n;
    while (got < FILE_MAX && (n = read(fd, text + got, FILE_MAX - got)) > 0)
        got += (size_t)n;
    size_t len = strlen(text);
    bool ok = oauth_parse_file(text, len, out);
    explicit_bzero(text, FILE_MAX);
    free(text);
    return ok ? len : 0;
}

enum oauth_token_state oauth_token_load(const char *path, struct oauth_token *out,
                                        struct error *err)
{
    struct stat st;
    *out = (struct oauth_token){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return OAUTH_TOKEN_MISSING;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        error_set(err, ERR_PERMISSION, "%s can't be read: %s", path,
                  fd < 0 ? strerror(errno) : "not a file");
        if (fd >= 0)
            close(fd);
        return OAUTH_TOKEN_UNREADABLE;
    }
    bool ok = false;
    if (st.st_mode & 077)
        error_set(err, ERR_PERMISSION, "%s can be read by others: run chmod 600 on it", path);
    else if (!(ok = oauth_read_file(fd, out) > 0))
        error_set(err, ERR_IO, "%s is damaged: log in again", path);
    close(fd);
    return ok ? OAUTH_TOKEN_READ : OAUTH_TOKEN_UNREADABLE;
}

static char *oauth_with_suffix(const char *path, const char *suffix)
{
    struct buf b;
    buf_init(&b, strlen(path) + strlen(suffix));
    buf_str(&b, path);
    buf_str(&b, suffix);
    return buf_take(&b);
}

/*
 * A file left by a process that died between writing a login and renaming it. If it is complete, it
 * is the only login that still works, because the server issued it in place of the old one; an
 * incomplete one was never used. False, with `err`: it is complete but can't be put in place.
 */
static bool oauth_settle_fresh(const char *path, const char *fresh, struct error *err)
{
    struct oauth_token t = {0};
    struct stat st;
    int fd = open(fresh, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool ours = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
                (geteuid() == 0 || st.st_uid == geteuid());
    size_t len = ours ? oauth_read_file(fd, &t) : 0;
    oauth_token_fini(&t);
    bool ok = true;
    if (len > 0) {
        CRASH_POINT("token before adoption");
        ok = fchmod(fd, 0600) == 0 && ftruncate(fd, (off_t)len) == 0 && fsync(fd) == 0 &&
             rename(fresh, path) == 0 && file_sync_folder(path);
        CRASH_POINT("token adopted");
        if (!ok)
            error_set(err, ERR_IO, "%s: %s", fresh, strerror(errno));
    } else {
        unlink(fresh);
    }
    if (fd >= 0)
        close(fd);
    return ok;
}

enum oauth_right oauth_lock_take(const char *path, struct oauth_lock *out, struct error *err)
{
    char *lock = oauth_with_suffix(path, ".lock"), *fresh = oauth_with_suffix(path, ".new");
    enum oauth_right right = OAUTH_MAY;
    *out = (struct oauth_lock){-1, -1, mem_dup(path)};
    out->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (out->lock < 0) {
        right = OAUTH_MAY_NOT;
        error_set(err, ERR_PERMISSION, "%s: %s", lock, strerror(errno));
    } else if (flock(out->lock, LOCK_EX | LOCK_NB) != 0) {
        right = OAUTH_BUSY;
    } else if (!oauth_settle_fresh(path, fresh, err)) {
        right = OAUTH_MAY_NOT;
    } else {
        out->file = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        int problem = out->file < 0 ? errno : posix_fallocate(out->file, 0, FILE_MAX);
        if (problem) {
            right = OAUTH_MAY_NOT;
            error_set(err, ERR_PERMISSION, "%s: %s", fresh, strerror(problem));
            unlink(fresh);
        }
    }
    free(lock);
    free(fresh);
    if (right != OAUTH_MAY)
        oauth_lock_drop(out);
    return right;
}

void oauth_lock_drop(struct oauth_lock *l)
{
    if (l->file >= 0) { /* the prepared file was not used */
        char *fresh = oauth_with_suffix(l->path, ".new");
        unlink(fresh);
        free(fresh);
        close(l->file);
    }
    if (l->lock >= 0)
        close(l->lock);
    free(l->path);
    *l = (struct oauth_lock)OAUTH_LOCK_NONE;
}

void oauth_token_adopt(const char *path)
{
    char *fresh = oauth_with_suffix(path, ".new");
    struct oauth_lock lock = OAUTH_LOCK_NONE;
    if (access(fresh, F_OK) == 0)
        oauth_lock_take(path, &lock, NULL); /* busy: its owner is alive and renames it himself */
    oauth_lock_drop(&lock);
    free(fresh);
}

/* Root creates the file for the user that later runs use. */
static bool oauth_give_to(int fd, const char *user)
{
    if (geteuid() != 0 || !user)
        return true;
    const struct passwd *pw = getpwnam(user);
    return pw && fchown(fd, pw->pw_uid, pw->pw_gid) == 0;
}

static bool oauth_write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text += n;
        len -= (size_t)n;
    }
    return true;
}

static void oauth_write_login(struct json_out *w, const struct oauth_token *t)
{
    json_out_open(w, NULL, '{');
    json_out_text(w, "refresh_token", t->refresh);
    if (t->access)
        json_out_text(w, "access_token", t->access);
    json_out_number(w, "expires", t->expires);
    json_out_number(w, "logged_in", t->logged_in);
    json_out_number(w, "used", t->used);
    json_out_number(w, "rotated", t->rotated);
    if (t->ends)
        json_out_number(w, "ends", t->ends);
    json_out_number(w, "version", 1);
    json_out_close(w, '}');
}

/* Into the file that is locked, which then takes the token's name. False: errno says why. */
static bool oauth_write_token(struct oauth_lock *l, const struct buf *text, const char *user,
                              const char *fresh)
{
    CRASH_POINT("token before write");
    if (text->len > FILE_MAX || !oauth_give_to(l->file, user))
        return false;
    if (!oauth_write_all(l->file, buf_text(text), text->len))
        return false;
    CRASH_POINT("token written");
    if (ftruncate(l->file, (off_t)text->len) != 0 || fsync(l->file) != 0)
        return false;
    CRASH_POINT("token on the disk");
    if (rename(fresh, l->path) != 0)
        return false;
    CRASH_POINT("token renamed");
    return true;
}

bool oauth_token_save(struct oauth_lock *l, const struct oauth_token *t, const char *user,
                      struct error *err)
{
    struct json_out w;
    json_out_init(&w, NULL);
    oauth_write_login(&w, t);
    size_t len = w.line.len;
    char *fresh = oauth_with_suffix(l->path, ".new");
    bool ok = oauth_write_token(l, &w.line, user, fresh);
    if (!ok)
        error_set(err, ERR_IO, "%s: %s", l->path, strerror(errno));
    else if (!file_sync_folder(l->path))
        ok = error_set(err, ERR_IO, "the folder of %s: %s", l->path, strerror(errno));
    else {
        close(l->file);
        l->file = -1;
    }
    if (w.line.data)
        explicit_bzero(w.line.data, len);
    json_out_drop(&w);
    free(fresh);
    return ok;
}
