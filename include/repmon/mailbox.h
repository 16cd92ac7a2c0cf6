/* SPDX-License-Identifier: ISC */
/*
 * Folders of messages: a Maildir, which is only read, and the spool that `repmon intake` fills.
 *
 * A message is known by its name up to the flags (":2,S"), so that one that a reader moves from
 * `new` to `cur`, or marks, stays the same. One that vanishes or is renamed while the folder is
 * read is found again by the next run. Nothing here waits.
 */
#ifndef REPMON_MAILBOX_H
#define REPMON_MAILBOX_H

#include "repmon/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define MAILBOX_MESSAGE_MAX (32u << 20) /* bytes; repmon.conf(5): no report is longer */

struct mailbox; /* opaque */

enum mailbox_kind { MAILBOX_MAILDIR = 0, MAILBOX_SPOOL };

struct mailbox_options {
    const char *path; /* borrowed until it is closed */
    enum mailbox_kind kind;
    /* Whether this message was taken already: it is not opened then. */
    bool (*is_known)(void *ctx, const char *name);
    void *ctx;
};

/* Borrowed until the next call. */
struct mailbox_message {
    const char *name; /* without flags */
    int fd;           /* at its start; not to be closed */
    bool too_long;    /* a message over the maximum is not worth reading; fd is -1 */
    time_t arrived;
};

/*
 * NULL with an error that names the folder: ERR_INPUT when it is missing, ERR_PERMISSION, ERR_IO.
 */
struct mailbox *mailbox_open(const struct mailbox_options *options, struct error *err);
void mailbox_close(struct mailbox *m); /* NULL is harmless */

/* The next message that is not known; false: there is none. */
bool mailbox_next(struct mailbox *m, struct mailbox_message *out);

/* Names that were not looked at yet: for progress. */
size_t mailbox_ahead(const struct mailbox *m);

/* The first message that could not be read, as an error that names it; false: all could be. */
bool mailbox_has_trouble(const struct mailbox *m, struct error *err);

/* ---- the spool ---- */

#define SPOOL_MAX   (1u << 30) /* bytes of all messages; repmon.conf(5), [reports] */
#define SPOOL_FILES 100000     /* each costs a block of the disk, however short it is */

/* The folder of a section, beside the state. Owned by the caller. */
char *spool_folder(const char *state, const char *section);

/*
 * Makes the folder: it and what is in it belong to the group of the state's folder, which may add
 * messages. False: ERR_CREATE or ERR_PERMISSION.
 */
bool spool_make(const char *state, const char *section, struct error *err);

/*
 * Takes all of `fd` as one message: durable on return. One over MAILBOX_MESSAGE_MAX is drained and
 * kept as an empty one that is marked too long. False: our own trouble, and nothing was kept.
 */
bool spool_take(const char *folder, int fd, struct error *err);

/* Removes a message that was taken, and what an interrupted spool_take() left a day ago. */
void spool_remove(const char *folder, const char *name);
void spool_tidy(const char *folder, time_t now);

#endif
