/* SPDX-License-Identifier: ISC */
/*
 * Where lines come from: a log file, followed through its rotations, or the journal. Reading
 * continues where the last run stopped; that position comes in and goes out as an opaque text,
 * which the caller stores in the same transaction as what it learned, so that a kill neither loses
 * nor repeats a line.
 *
 * Rotation: a file is known by its first bytes, the last bytes before the place, and its device
 * and inode, so that rename, copy and truncate, compression (gzip, bzip2, xz, zstd) at once,
 * numbers and dates as suffix, a link in its place and a new inode make no difference. Lines
 * written late to a file that was just rotated are read in the next run. If the position can't be
 * found again, that is a gap: it is reported, and reading starts over with the present file.
 *
 * Only whole lines are given out. This module never waits: a file that would block is an error.
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

/* The time of a line; false when it tells none. */
typedef bool input_time_fn(void *ctx, const char *line, size_t len, int64_t *time);

struct input_file_options {
    const char *path;     /* borrowed until the file is closed */
    const char *position; /* from input_file_position() of an earlier run; NULL or "": the first */
    time_t since;         /* what is older is skipped, as far as that is cheap: of the first run */
    bool skip;            /* also after a position: what was skipped is a gap */
    time_t now;
    input_time_fn *time_of; /* to skip within a file; NULL: only whole files are skipped */
    void *ctx;
};

/* Whole lines, each with its line feed. Borrowed until the next call. */
struct input_piece {
    const char *bytes;
    size_t len;   /* 0: nothing more for now */
    bool skipped; /* a line longer than a piece, or an entry that can't be read, was left out */
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

/* Appends the position after everything that was given out: printable, no blanks at the ends. */
void input_file_position(const struct input_file *in, struct buf *out);

/* ---- the journal ---- */

/* Until when a child is waited for. */
struct input_limit {
    int64_t deadline_ms; /* on clock_mono_ms() */
};

/*
 * `journalctl -o json` as a child, streamed. Its entries come as lines of syslog: seconds, the
 * word "journal", the identifier, the message. Line feeds and control characters inside a message
 * are blanks, so that no text from outside becomes a line of its own.
 */
struct input_journal; /* opaque */

struct loop;
struct input_journal_options {
    const char *match;    /* borrowed: "mail" for that facility, else the name of a unit */
    const char *position; /* as above */
    time_t since;         /* of the first run */
    struct loop *loop;    /* borrowed: the one wait */
    struct input_limit limit;
};

/* NULL with an error when it can't be started: ERR_INPUT (no journalctl, a place that it refuses,
 * with its own words), ERR_PERMISSION, ERR_IO. */
struct input_journal *input_journal_open(const struct input_journal_options *options,
                                         struct error *err);
void input_journal_close(struct input_journal *in); /* NULL is harmless */

/* The next piece; len 0: the end, or time is up. False: it died; the position is still good. */
bool input_journal_next(struct input_journal *in, struct input_piece *out, struct error *err);

/* Whether the entry of the last run is no longer in the journal. */
bool input_journal_has_gap(const struct input_journal *in);

/*
 * Appends the position after everything that was given out; nothing when there was never an entry.
 */
void input_journal_position(const struct input_journal *in, struct buf *out);

#endif
