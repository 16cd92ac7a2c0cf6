/* SPDX-License-Identifier: ISC */
/*
 * The login of an account: an OAuth refresh token that may change at every use and must never be
 * lost, in one file of the state directory, 0600. This is the one place that writes besides the
 * state: a new token is on the disk before anything else of the reply that brought it is used.
 */
#ifndef REPMON_OAUTH_TOKEN_H
#define REPMON_OAUTH_TOKEN_H

#include "repmon/buf.h"
#include "repmon/conf.h"
#include "repmon/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* All strings owned and wiped by oauth_token_fini(). Zero is "not logged in". */
struct oauth_token {
    char *refresh, *access; /* NULL: none */
    time_t expires;         /* of the access token, by this host's clock; 0 */
    time_t logged_in;       /* the login by a person */
    time_t used;            /* last time the server took the refresh token */
    time_t rotated;         /* last time it gave a new one; 0: never */
    time_t ends;            /* when the refresh token dies, where the server says so; 0 */
};

enum oauth_token_state {
    OAUTH_TOKEN_READ = 0,
    OAUTH_TOKEN_MISSING,   /* no login yet */
    OAUTH_TOKEN_UNREADABLE /* no permission, open to others, or damaged: `err` says which */
};

/* "FOLDER OF THE STATE/SOURCE-NAME.token", owned by the caller. */
char *oauth_token_path(const struct conf *conf, const char *source, const char *name);

enum oauth_token_state oauth_token_load(const char *path, struct oauth_token *out,
                                        struct error *err);
void oauth_token_fini(struct oauth_token *t);

/* Fit for a header: one line of visible ASCII. */
bool oauth_token_fits(const char *s);

/*
 * Puts in place what a process left behind that died while saving a login, if it is complete.
 * Harmless at any time; a reader without the right to write changes nothing.
 */
void oauth_token_adopt(const char *path);

/*
 * The right to rotate: "PATH.lock" is held, and a file for the new token with room on the disk is
 * open. What a dead process left is settled first (oauth_token_adopt()). Zero-initialise with
 * OAUTH_LOCK_NONE.
 */
struct oauth_lock {
    int lock, file; /* owned; -1 */
    char *path;     /* owned */
};
#define OAUTH_LOCK_NONE                                                                            \
    {                                                                                              \
        -1, -1, NULL                                                                               \
    }
enum oauth_right {
    OAUTH_MAY = 0,
    OAUTH_BUSY,   /* another process rotates it: try again soon, then load it again */
    OAUTH_MAY_NOT /* the directory can't be written: use the token as it is; `err` says why */
};
enum oauth_right oauth_lock_take(const char *path, struct oauth_lock *out, struct error *err);

/*
 * Writes, syncs and renames; the old file stays whole until then. Once per lock. `user` (or NULL)
 * gets the file when root makes it.
 */
bool oauth_token_save(struct oauth_lock *lock, const struct oauth_token *t, const char *user,
                      struct error *err);
void oauth_lock_drop(struct oauth_lock *lock); /* harmless when not held */

#endif
