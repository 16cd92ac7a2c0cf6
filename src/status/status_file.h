/* SPDX-License-Identifier: ISC */
/* A report as a file: a reader gets the whole of it or of the one before, even after a power
 * cut. */
#ifndef STATUS_FILE_H
#define STATUS_FILE_H

#include "repmon/error.h"
#include "repmon/render.h"

#include <stdbool.h>
#include <sys/stat.h>

struct status_file {
    const char *path;
    const char *what; /* "the metrics": begins the errors */
    const char *key;  /* the key that errors point to: "[prometheus] textfile" */
    const struct renderer *renderer;
    const struct stat *like; /* its mode and group; NULL: anybody may read it */
};

/* Written aside in the same folder, synced, renamed. The caller holds the lock of the state, or
 * no other process writes this file. */
bool status_file_write(const struct status_file *file, const struct report *report,
                       struct error *err);

#endif
