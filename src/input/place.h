/* SPDX-License-Identifier: ISC */
/* A place in a file that can be recognised even if the file was renamed. */
#ifndef INPUT_PLACE_H
#define INPUT_PLACE_H

#include "repmon/buf.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Enough to tell two logs apart: it holds a stamp, a host name and a process number. */
#define PLACE_SAMPLE 256

/* Zero: no place. */
struct place {
    bool set;
    uint64_t dev, ino;
    uint64_t offset;             /* uncompressed bytes; at the end of a line */
    uint32_t head_len, tail_len; /* bytes at the start, and before `offset`; at most PLACE_SAMPLE */
    uint64_t head, tail;         /* their fingerprints */
    int64_t taken_ns;            /* last change of the file when the place was taken */
};

/* The place in the file being read, and in the one before it, which may still grow. */
struct position {
    struct place now, before;
};

/* The first 8 bytes of SHA-256. */
uint64_t place_fingerprint(const void *data, size_t len);

/* Pure. False: not one of our texts; *out is then zero. */
bool position_parse(const char *text, struct position *out);
void position_format(const struct position *p, struct buf *out);

#endif
