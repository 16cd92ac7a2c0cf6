/* SPDX-License-Identifier: ISC */
/*
 * Reads a secret from its file, and only from a file that others can't read. A secret is one line;
 * it appears in no message.
 */
#ifndef REPMON_SECRET_H
#define REPMON_SECRET_H

#include "repmon/buf.h"
#include "repmon/conf.h"
#include "repmon/error.h"

#include <stdbool.h>

enum secret_state {
    SECRET_READ = 0,
    SECRET_UNREADABLE, /* missing, no permission, not a file: a warning; the list is `no-key` */
    SECRET_REFUSED     /* open to others, empty, too long, several lines: an error */
};

/*
 * Reads `path` into a new string (*text, owned by the caller; secret_free() wipes it). A file that
 * others may read or write is refused (ERR_PERMISSION, with the chmod to type); so is one open to
 * its group, unless root owns it and the group is one of this process, or, while root still has to
 * become `user` (NULL: nobody), one of that user; or unless it is below $CREDENTIALS_DIRECTORY.
 * `err` says why nothing was read; *text is NULL then.
 */
enum secret_state secret_read(const char *path, const char *user, char **text, struct error *err);

/* The same of a text of several lines, as it is. */
enum secret_state secret_read_document(const char *path, const char *user, char **text,
                                       struct error *err);

/*
 * The key of a Standard Webhooks secret: base64, with or without "whsec_" before it and padding
 * after it, as the reference libraries read it. False (ERR_CONFIG): it is none. The caller wipes
 * `key`.
 */
bool secret_signing_key(const char *text, struct buf *key, struct error *err);

void secret_free(char *text); /* wipes; NULL is nothing */

#endif
