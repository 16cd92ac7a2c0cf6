/* SPDX-License-Identifier: ISC */
/*
 * Writes JSON straight to a stream: commas and brackets come from a nesting stack, and the first
 * error sticks, so callers write freely and ask once at the end. It knows nothing of reports.
 */
#ifndef REPMON_JSON_WRITER_H
#define REPMON_JSON_WRITER_H

#include "repmon/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define JSON_DEPTH 16

struct json_writer {
    FILE *out;       /* borrowed; NULL: everything stays in `line` */
    struct buf line; /* what was not flushed yet */
    unsigned depth;
    bool some[JSON_DEPTH]; /* the open container has a member */
    bool newline;          /* before the next value, after its comma */
    bool failed;           /* too deep, unbalanced, or the stream took an error */
};

void json_writer_init(struct json_writer *w, FILE *out);

/* Flushes; false when anything went wrong or a container is open. */
bool json_writer_fini(struct json_writer *w);

/* `key` is NULL inside an array; keys are trusted text. */
void json_open(struct json_writer *w, const char *key, char bracket);      /* '{' or '[' */
void json_close(struct json_writer *w, char bracket);                      /* '}' or ']' */
void json_text(struct json_writer *w, const char *key, const char *value); /* NULL: null */
void json_number(struct json_writer *w, const char *key, int64_t value);
void json_bool(struct json_writer *w, const char *key, bool value);
void json_none(struct json_writer *w, const char *key);
void json_time(struct json_writer *w, const char *key, time_t t); /* UTC; 0: null */

/* A whole value that was written before, as bytes. */
void json_raw(struct json_writer *w, const char *key, const char *bytes, size_t len);

/* The next value, or the end, begins on a new line. */
void json_newline(struct json_writer *w);

#endif
