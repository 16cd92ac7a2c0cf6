/* SPDX-License-Identifier: ISC */
/*
 * What is heard from: a log file that is followed through its rotations. It is read on from where
 * the last run stopped; that place comes in and goes out as an opaque text, which the caller keeps
 * in the same transaction as what it learned, so that a kill neither loses nor repeats a line.
 *
 * Rotation: a file is known by its first bytes, the last bytes before the place, and its device and
 * inode, so that rename, copy and truncate, compression (gzip) at once, numbers and dates as
 * suffix, a link in its place and a new inode are all the same to it. Lines written late to a file
 * that was just rotated are read in the next run. What can't be found again is a gap: it is
 * reported, and reading begins anew with the present file.
 *
 * Only whole lines are given out. This module never waits: a place that would block is an error.
 */
#ifndef REPMON_INPUT_H
#define REPMON_INPUT_H

#include "repmon/buf.h"
#include "repmon/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Bytes of one piece: what is read between two looks at the deadline. A longer line is dropped. */
#define INPUT_PIECE_BYTES (256u << 10)

struct input_file; /* opaque: one followed file */

struct input_file_options {
    const char *path;     /* borrowed until the file is closed */
    const char *position; /* from input_file_position() of an earlier run; NULL or "": the first */
    time_t since;         /* of the first run: rotated files last written before are left out */
    time_t now;
};

/* Whole lines, each with its line feed. Borrowed until the next call. */
struct input_piece {
    const char *bytes;
    size_t len;   /* 0: nothing more for now */
    bool skipped; /* a line longer than a piece was left out before these */
};

/*
 * NULL with an error that names the file: ERR_INPUT when it is missing or no regular file,
 * ERR_PERMISSION when it may not be read, ERR_IO.
 */
struct input_file *input_file_open(const struct input_file_options *options, struct error *err);
void input_file_close(struct input_file *in); /* NULL is harmless */

/* The next piece; false on an error of reading, after which the position is still good. */
bool input_file_next(struct input_file *in, struct input_piece *out, struct error *err);

/* Whether the place of the last run could not be found again. */
bool input_file_has_gap(const struct input_file *in);

/* Whether `name` is what a rotation makes of `base`; both may be paths of one folder. */
bool input_is_rotated(const char *base, const char *name);

/* Bytes that are there to be read, as far as is known: for progress. Compressed ones count as they
 * are. */
uint64_t input_file_ahead(const struct input_file *in);

/* Appends the place behind all that was given out: printable, no blanks at the ends. */
void input_file_position(const struct input_file *in, struct buf *out);

#endif
