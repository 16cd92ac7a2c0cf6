/* SPDX-License-Identifier: ISC */
#include "repmon/snds_token.h"
#include "repmon/file.h"
#include "repmon/json_out.h"

#include "repmon/crash.h"
#include "repmon/secret.h"
#include "repmon/url.h"

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

#define TOKEN_MAX (16u << 10) /* theirs have about 2 KiB */
#define FILE_MAX  (64u << 10)
#define LIFE_MAX  86400 /* of an access token: theirs live an hour */

char *snds_token_path(const struct conf *conf, const struct conf_snds *account)
{
    struct buf b;
    const char *slash = conf->state ? strrchr(conf->state, '/') : NULL;
    buf_init(&b, 8192);
    if (slash)
        buf_add(&b, conf->state, (size_t)(slash - conf->state) + 1);
    buf_str(&b, "snds-");
    for (const char *p = account->name; *p; p++) {
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

void snds_token_fini(struct snds_token *t)
{
    secret_free(t->refresh);
    secret_free(t->access);
    *t = (struct snds_token){0};
}

/* ---- the file ---- */

/* A token goes into a header: one line of visible ASCII. */
static bool snds_is_token(const char *s)
{
    size_t len = s ? strlen(s) : 0;
    for (size_t i = 0; i < len; i++) {
        if (s[i] <= ' ' || s[i] > '~')
            return false;
    }
    return len > 0 && len <= TOKEN_MAX;
}

static bool snds_parse_file(const char *text, size_t len, struct snds_token *out)
{
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    const char *refresh = json_string_value(json_object_get(root, "refresh_token"));
    const char *access = json_string_value(json_object_get(root, "access_token"));
    bool ok = snds_is_token(refresh);
    if (ok) {
        out->refresh = mem_dup(refresh);
        out->access = snds_is_token(access) ? mem_dup(access) : NULL;
        out->expires = (time_t)json_integer_value(json_object_get(root, "expires"));
        out->logged_in = (time_t)json_integer_value(json_object_get(root, "logged_in"));
        out->used = (time_t)json_integer_value(json_object_get(root, "used"));
        out->rotated = (time_t)json_integer_value(json_object_get(root, "rotated"));
    }
    json_decref(root);
    return ok;
}

/* The bytes that hold the login, 0 when it is none. Room that was kept behind it does not matter.
 */
static size_t snds_read_file(int fd, struct snds_token *out)
{
    char *text = mem_alloc(FILE_MAX + 1);
    size_t got = 0;
    ssize_t n;
    while (got < FILE_MAX && (n = read(fd, text + got, FILE_MAX - got)) > 0)
        got += (size_t)n;
    size_t len = strlen(text);
    bool ok = snds_parse_file(text, len, out);
    explicit_bzero(text, FILE_MAX);
    free(text);
    return ok ? len : 0;
}

enum snds_token_state snds_token_load(const char *path, struct snds_token *out, struct error *err)
{
    struct stat st;
    *out = (struct snds_token){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return SNDS_TOKEN_MISSING;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        error_set(err, ERR_PERMISSION, "%s can't be read: %s", path,
                  fd < 0 ? strerror(errno) : "not a file");
        if (fd >= 0)
            close(fd);
        return SNDS_TOKEN_UNREADABLE;
    }
    bool ok = false;
    if (st.st_mode & 077)
        error_set(err, ERR_PERMISSION, "%s is open to others: chmod 600 it", path);
    else if (!(ok = snds_read_file(fd, out) > 0))
        error_set(err, ERR_IO, "%s is damaged: log in again", path);
    close(fd);
    return ok ? SNDS_TOKEN_READ : SNDS_TOKEN_UNREADABLE;
}

static char *snds_with_suffix(const char *path, const char *suffix)
{
    struct buf b;
    buf_init(&b, strlen(path) + strlen(suffix));
    buf_str(&b, path);
    buf_str(&b, suffix);
    return buf_take(&b);
}

/*
 * What a process left that died between writing a login and renaming it. A whole one is the only
 * one that still works, because Microsoft gave it for the old; what is not whole was never used.
 * False, with `err`: it is whole and can't be put in place.
 */
static bool snds_settle_fresh(const char *path, const char *fresh, struct error *err)
{
    struct snds_token t = {0};
    struct stat st;
    int fd = open(fresh, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool ours = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
                (geteuid() == 0 || st.st_uid == geteuid());
    size_t len = ours ? snds_read_file(fd, &t) : 0;
    snds_token_fini(&t);
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

enum snds_token_right snds_token_lock(const char *path, struct snds_token_lock *out,
                                      struct error *err)
{
    char *lock = snds_with_suffix(path, ".lock"), *fresh = snds_with_suffix(path, ".new");
    enum snds_token_right right = SNDS_TOKEN_MAY;
    *out = (struct snds_token_lock){-1, -1, mem_dup(path)};
    out->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (out->lock < 0) {
        right = SNDS_TOKEN_MAY_NOT;
        error_set(err, ERR_PERMISSION, "%s: %s", lock, strerror(errno));
    } else if (flock(out->lock, LOCK_EX | LOCK_NB) != 0) {
        right = SNDS_TOKEN_BUSY;
    } else if (!snds_settle_fresh(path, fresh, err)) {
        right = SNDS_TOKEN_MAY_NOT;
    } else {
        out->file = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        int problem = out->file < 0 ? errno : posix_fallocate(out->file, 0, FILE_MAX);
        if (problem) {
            right = SNDS_TOKEN_MAY_NOT;
            error_set(err, ERR_PERMISSION, "%s: %s", fresh, strerror(problem));
            unlink(fresh);
        }
    }
    free(lock);
    free(fresh);
    if (right != SNDS_TOKEN_MAY)
        snds_token_unlock(out);
    return right;
}

void snds_token_unlock(struct snds_token_lock *l)
{
    if (l->file >= 0) { /* not used */
        char *fresh = snds_with_suffix(l->path, ".new");
        unlink(fresh);
        free(fresh);
        close(l->file);
    }
    if (l->lock >= 0)
        close(l->lock);
    free(l->path);
    *l = (struct snds_token_lock)SNDS_TOKEN_LOCK_NONE;
}

void snds_token_adopt(const char *path)
{
    char *fresh = snds_with_suffix(path, ".new");
    struct snds_token_lock lock = SNDS_TOKEN_LOCK_NONE;
    if (access(fresh, F_OK) == 0)
        snds_token_lock(path, &lock, NULL); /* busy: its owner is alive and renames it himself */
    snds_token_unlock(&lock);
    free(fresh);
}

/* Root makes the file for the user that runs will be. */
static bool snds_give_to(int fd, const char *user)
{
    if (geteuid() != 0 || !user)
        return true;
    const struct passwd *pw = getpwnam(user);
    return pw && fchown(fd, pw->pw_uid, pw->pw_gid) == 0;
}

static bool snds_write_all(int fd, const char *text, size_t len)
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

static void snds_write_login(struct json_out *w, const struct snds_token *t)
{
    json_out_open(w, NULL, '{');
    json_out_text(w, "refresh_token", t->refresh);
    if (t->access)
        json_out_text(w, "access_token", t->access);
    json_out_number(w, "expires", t->expires);
    json_out_number(w, "logged_in", t->logged_in);
    json_out_number(w, "used", t->used);
    json_out_number(w, "rotated", t->rotated);
    json_out_number(w, "version", 1);
    json_out_close(w, '}');
}

bool snds_token_save(struct snds_token_lock *l, const struct snds_token *t, const char *user,
                     struct error *err)
{
    struct json_out w;
    json_out_init(&w, NULL);
    snds_write_login(&w, t);
    size_t len = w.line.len;
    char *fresh = snds_with_suffix(l->path, ".new");
    CRASH_POINT("token before write");
    bool ok = len <= FILE_MAX && snds_give_to(l->file, user);
    ok = ok && snds_write_all(l->file, buf_text(&w.line), len);
    CRASH_POINT("token written");
    ok = ok && ftruncate(l->file, (off_t)len) == 0 && fsync(l->file) == 0;
    CRASH_POINT("token on the disk");
    ok = ok && rename(fresh, l->path) == 0;
    CRASH_POINT("token renamed");
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

/* ---- the token endpoint ---- */

void snds_form_add(struct buf *out, const char *key, const char *value)
{
    if (out->len)
        buf_char(out, '&');
    buf_str(out, key);
    buf_char(out, '=');
    url_escape(out, value);
}

void snds_token_refresh_form(const struct snds_token *t, struct buf *out)
{
    snds_form_add(out, "grant_type", "refresh_token");
    snds_form_add(out, "client_id", SNDS_CLIENT_ID);
    snds_form_add(out, "refresh_token", t->refresh);
    snds_form_add(out, "scope", SNDS_SCOPE);
}

/* Errors of RFC 6749 5.2 and OpenID Connect that only a person can mend. */
static bool snds_needs_person(const char *code)
{
    static const char *const codes[] = {"invalid_grant",       "interaction_required",
                                        "login_required",      "consent_required",
                                        "unauthorized_client", "invalid_client"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strcmp(code, codes[i]) == 0)
            return true;
    }
    return false;
}

static time_t snds_life_of(const json_t *v)
{
    json_int_t s = json_is_string(v) ? strtoll(json_string_value(v), NULL, 10)
                   : json_is_real(v) ? (json_int_t)0
                                     : json_integer_value(v);
    return s < 0 ? 0 : s > LIFE_MAX ? LIFE_MAX : (time_t)s;
}

static enum snds_token_reply snds_read_good(const json_t *root, time_t now, struct snds_token *t,
                                            bool *rotated, struct error *err)
{
    const char *access = json_string_value(json_object_get(root, "access_token"));
    const char *refresh = json_string_value(json_object_get(root, "refresh_token"));
    if (!snds_is_token(access)) {
        error_set(err, ERR_INPUT, "the login server's reply holds no access token");
        return SNDS_TOKEN_TROUBLE;
    }
    if (refresh && !snds_is_token(refresh)) {
        error_set(err, ERR_INPUT, "the login server's reply holds no readable refresh token");
        return SNDS_TOKEN_TROUBLE;
    }
    secret_free(t->access);
    t->access = mem_dup(access);
    t->expires = now + snds_life_of(json_object_get(root, "expires_in"));
    t->used = now;
    *rotated = refresh && (!t->refresh || strcmp(refresh, t->refresh) != 0);
    if (*rotated) {
        secret_free(t->refresh);
        t->refresh = mem_dup(refresh);
        t->rotated = now;
    }
    return SNDS_TOKEN_NEW;
}

enum snds_token_reply snds_token_reply(int status, const char *body, size_t len, time_t now,
                                       struct snds_token *t, bool *rotated, struct error *err)
{
    enum snds_token_reply result = SNDS_TOKEN_TROUBLE;
    *rotated = false;
    json_t *root = json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL);
    const char *code = json_string_value(json_object_get(root, "error"));
    if (status == 200 && json_is_object(root) && !code) {
        result = snds_read_good(root, now, t, rotated, err);
    } else if (code) {
        char clean[64];
        struct buf b;
        buf_init(&b, sizeof clean - 1);
        buf_clean(&b, code, strlen(code), 40);
        snprintf(clean, sizeof clean, "%s", buf_text(&b));
        buf_fini(&b);
        result = status >= 400 && status < 500 && snds_needs_person(code) ? SNDS_TOKEN_REFUSED
                                                                          : SNDS_TOKEN_TROUBLE;
        error_set(err, ERR_UNAVAILABLE, "Microsoft's login says \"%s\"", clean);
    } else {
        error_set(err, ERR_UNAVAILABLE, "Microsoft's login answered %d and no token", status);
    }
    json_decref(root);
    return result;
}
