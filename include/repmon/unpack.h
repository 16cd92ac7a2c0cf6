/* SPDX-License-Identifier: ISC */
/*
 * The content of a packed file, as a stream in constant memory: gzip (zlib), the first report in a
 * zip (libarchive), or the bytes themselves, recognised by their first bytes and never by a name.
 * The sizes that the packed file claims are not trusted.
 */
#ifndef REPMON_UNPACK_H
#define REPMON_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

/* Gives the next packed bytes; 0: the end. */
typedef size_t unpack_source(void *context, char *out, size_t size);

/* Takes what comes out, a piece at a time; false: no more is wanted. */
typedef bool unpack_sink(void *context, const char *data, size_t len);

enum unpack_result {
    UNPACK_DONE = 0,  /* to the end */
    UNPACK_STOPPED,   /* the sink wanted no more */
    UNPACK_NOTHING,   /* a zip without an .xml or .json */
    UNPACK_DAMAGED,   /* no whole gzip or zip */
    UNPACK_ENCRYPTED, /* a zip with a password */
    UNPACK_METHOD,    /* a zip packed otherwise than by deflate */
    UNPACK_TOO_LARGE, /* more than the budget, or more than UNPACK_RATIO for each packed byte */
    UNPACK_NESTED     /* a gzip or zip in a gzip or zip */
};

#define UNPACK_RATIO       100
#define UNPACK_RATIO_FLOOR (1u << 20) /* bytes: below it a ratio says nothing */
#define UNPACK_MEMBERS_MAX 100

/* Whether the bytes begin a gzip or a zip; four are needed. */
bool unpack_is_packed(const char *data, size_t len);

/* `budget`: bytes that may come out, wanted or not; it is reduced by them, so that many packed
 * parts of one mail cost no more than one. */
enum unpack_result unpack(unpack_source *source, void *source_context, unpack_sink *sink,
                          void *sink_context, size_t *budget);

/* What went wrong, for people: "it holds an archive in an archive"; "" for DONE and STOPPED. */
const char *unpack_text(enum unpack_result result);

#endif
