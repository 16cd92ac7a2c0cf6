/* SPDX-License-Identifier: ISC */
/* A log file and its rotated predecessors, all open, the oldest first. */
#ifndef INPUT_ROTATED_H
#define INPUT_ROTATED_H

#include "logfile.h"

/* No rotation keeps more than this; otherwise the oldest are left out. */
#define ROTATED_MAX 512

struct rotated {
    struct logfile *items; /* owned; the current file is the last */
    size_t count;
};

/*
 * Pure: whether `name` is what logrotate, savelog, exicyclog or newsyslog call a rotated file of
 * `base`: "mail.log.1", "mail.log.2.gz", "mail.log-20261126", "mail-20261126.log.gz", "mainlog.01".
 * *stem (may be NULL) is the length of `name` without ".gz",
 * ".bz2", ".xz" or ".zst".
 */
bool rotated_is_sibling(const char *base, const char *name, size_t *stem);

/*
 * Opens them. Names change during a rotation, so the folder is read again until two looks agree.
 * False with an error when the current file is missing or can't be read.
 */
bool rotated_open(const char *path, struct rotated *out, struct error *err);
void rotated_close(struct rotated *r);

#endif
