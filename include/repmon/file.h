/* SPDX-License-Identifier: ISC */
/* Whole files, their folders, and what makes a rename last through a power cut. */
#ifndef REPMON_FILE_H
#define REPMON_FILE_H

#include "repmon/buf.h"

#include <stdbool.h>
#include <sys/stat.h>

/*
 * Appends the whole file. 0, or an errno; EFBIG when it has more than the buffer's maximum. `st`
 * (may be NULL) is filled from the open file. No copy of what was read is left on the stack.
 */
int file_read(const char *path, struct buf *out, struct stat *st);

/* The folder that holds it: "." for a bare name. Owned by the caller. */
char *file_folder(const char *path);

/* Makes a rename in the folder of `path` durable. False: errno says why. */
bool file_sync_folder(const char *path);

#endif
