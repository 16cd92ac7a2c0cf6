/* SPDX-License-Identifier: ISC */
/*
 * The login of an SNDS account: an OAuth refresh token that changes at every use and must never be
 * lost, in one file of the state directory, 0600. This is the one place where a source writes: a
 * new token is on the disk before anything else of the reply that brought it is used.
 */
#ifndef REPMON_SNDS_TOKEN_H
#define REPMON_SNDS_TOKEN_H

#include "repmon/buf.h"
#include "repmon/conf.h"
#include "repmon/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* The public client of Microsoft's own portal; it has no secret. */
#define SNDS_CLIENT_ID "a53a6cc1-a1cd-46f7-a4aa-281cdabec33c"
#define SNDS_SCOPE     SNDS_CLIENT_ID "/.default offline_access openid profile"
#define SNDS_API       "https://substrate.office.com/ip-domain-management-snds/api"
#define SNDS_AUTHORITY "https://login.microsoftonline.com/consumers"

/* All strings owned and wiped by snds_token_fini(). Zero is "not logged in". */
struct snds_token {
    char *refresh, *access; /* NULL: none */
    time_t expires;         /* of the access token, by this host's clock; 0 */
    time_t logged_in;       /* the login by a person */
    time_t used;            /* last time Microsoft took the refresh token */
    time_t rotated;         /* last time it gave a new one; 0: never */
};

enum snds_token_state {
    SNDS_TOKEN_READ = 0,
    SNDS_TOKEN_MISSING,   /* nobody logged in */
    SNDS_TOKEN_UNREADABLE /* no permission, open to others, or damaged: `err` says which */
};

/* "DIRECTORY OF THE STATE/snds-NAME.token", owned by the caller. */
char *snds_token_path(const struct conf *conf, const struct conf_snds *account);

enum snds_token_state snds_token_load(const char *path, struct snds_token *out, struct error *err);
void snds_token_fini(struct snds_token *t);

/* Puts in place what a process left that died while it saved a login, if that is whole. Harmless
 * at any time; a reader without the right to write changes nothing. */
void snds_token_adopt(const char *path);

/*
 * The right to rotate: "PATH.lock" is held, and a file for the new token with room on the disk is
 * open. What a dead process left is settled first (snds_token_adopt()). Zero-initialise with
 * SNDS_TOKEN_LOCK_NONE.
 */
struct snds_token_lock {
    int lock, file; /* owned; -1 */
    char *path;     /* owned */
};
#define SNDS_TOKEN_LOCK_NONE                                                                       \
    {                                                                                              \
        -1, -1, NULL                                                                               \
    }
enum snds_token_right {
    SNDS_TOKEN_MAY = 0,
    SNDS_TOKEN_BUSY,   /* another process rotates it: try again soon, then load it anew */
    SNDS_TOKEN_MAY_NOT /* the directory can't be written: use the token as it is; `err` says why */
};
enum snds_token_right snds_token_lock(const char *path, struct snds_token_lock *out,
                                      struct error *err);

/*
 * Writes, syncs and renames; the old file stays whole until then. Once per lock. `user` (or NULL)
 * gets the file when root makes it.
 */
bool snds_token_save(struct snds_token_lock *lock, const struct snds_token *t, const char *user,
                     struct error *err);
void snds_token_unlock(struct snds_token_lock *lock); /* harmless when not held */

/* The form of a refresh, application/x-www-form-urlencoded. Holds a secret. */
void snds_token_refresh_form(const struct snds_token *t, struct buf *out);

/* Appends "&key=value" (without & when `out` is empty), percent-encoded. */
void snds_form_add(struct buf *out, const char *key, const char *value);

enum snds_token_reply {
    SNDS_TOKEN_NEW = 0, /* *t holds it; *rotated: also another refresh token */
    SNDS_TOKEN_REFUSED, /* a person has to log in again */
    SNDS_TOKEN_TROUBLE  /* anything else; the token may still be good */
};
/* Reads a reply of the token endpoint. `err` says what was wrong, without secrets. */
enum snds_token_reply snds_token_reply(int status, const char *body, size_t len, time_t now,
                                       struct snds_token *t, bool *rotated, struct error *err);

#endif
