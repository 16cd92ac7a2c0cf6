/* SPDX-License-Identifier: ISC */
/* One open log file, plain or compressed, read forwards. It stays open even if it is renamed. */
#ifndef INPUT_LOGFILE_H
#define INPUT_LOGFILE_H

#include "place.h"

#include "repmon/error.h"
#include "repmon/packed.h"

#include <stddef.h>
#include <sys/types.h>

struct logfile {
    char *path;            /* owned: its name when it was opened */
    int fd;                /* owned; for a compressed file only used by fstat() */
    struct packed *packed; /* owned; NULL: it is plain */
    uint64_t dev, ino;
    uint64_t size;    /* bytes on disk when it was opened */
    int64_t mtime_ns; /* when it was opened */
    uint64_t offset;  /* uncompressed: where the next read begins */
    bool is_current;  /* it has the configured name */
    bool is_broken;   /* compressed, and truncated or damaged */
    bool is_done;     /* everything wanted has been read */
};

/* What became of an attempt to open. GONE: there is no such file (any more). */
enum logfile_opened { LOGFILE_OPEN = 0, LOGFILE_GONE, LOGFILE_FAILED };

/* Never blocks: a FIFO or a device is refused. `err` is set with LOGFILE_FAILED only. */
enum logfile_opened logfile_open(const char *path, struct logfile *out, struct error *err);
void logfile_close(struct logfile *f);

/* Whether it is compressed, and so complete and no longer written to. */
bool logfile_is_packed(const struct logfile *f);

/* Bytes read, 0 at the (present) end, -1 with an error. */
ssize_t logfile_read(struct logfile *f, void *out, size_t len, struct error *err);

/* Goes to this place by reading or seeking; false: the file ends before it, or is damaged. */
bool logfile_seek(struct logfile *f, uint64_t offset);

/* Whether this is the file of that place, still with what was read before. If so, the file is left
 * at the place, otherwise at its beginning. */
bool logfile_holds(struct logfile *f, const struct place *p);

/*
 * Takes the place at `offset`, which must have been read. Reads the samples again, then restores
 * the file's position.
 */
void logfile_take_place(struct logfile *f, uint64_t offset, struct place *out);

/* Last change now; 0 when it can't be told. */
int64_t logfile_mtime_ns(const struct logfile *f);

#endif
