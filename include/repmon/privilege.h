/* SPDX-License-Identifier: ISC */
/*
 * Less power than it was started with: root becomes an ordinary user before any file is made, and
 * a process that needs to run nothing else may write only where its state lives (Landlock, where
 * the kernel has it). Reading is left alone: resolvers, certificates and name services need it.
 */
#ifndef REPMON_PRIVILEGE_H
#define REPMON_PRIVILEGE_H

#include "repmon/error.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Root becomes `user` with its groups; anybody else stays who they are. A user that does not exist
 * is ERR_PERMISSION when `required`, else nothing happens and *stayed_root is true. Never returns
 * true with root's power half given up.
 */
bool privilege_become(const char *user, bool required, bool *stayed_root, struct error *err);

enum confinement {
    CONFINED_NOT = 0,   /* a `command` channel needs set-user-ID programs such as sendmail */
    CONFINED_NO_KERNEL, /* no-new-privileges only: this kernel has no Landlock */
    CONFINED_WRITES     /* no-new-privileges, and writing only below the folders given */
};

/*
 * Folders that do not exist are passed over. What can't be had is not an error: the answer says
 * what is in force. Not undone by anything; children inherit it.
 */
enum confinement privilege_confine(const char *const *writable, size_t count);

/* Whether this kernel has Landlock, without using it; its ABI version, 0 for none. */
int privilege_landlock_abi(void);

/* The user of this process, by name or number; out holds at least 33 bytes. */
void privilege_user(char *out, size_t size);

/* "adduser repmon adm": what to type so that this process may read `path`. */
void privilege_group_cure(const char *path, char *out, size_t size);

/* How this process comes to write `path`, a file or folder that refused it with `why` (errno). */
void privilege_write_cure(const char *path, int why, char *out, size_t size);

#endif
