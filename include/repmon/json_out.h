/* SPDX-License-Identifier: ISC */
/*
 * Writes JSON, straight to a stream or into memory: commas and brackets come from a nesting stack,
 * and the first error sticks, so callers write freely and ask once at the end. All JSON of the
 * program's output is written by it. Text may be hostile: invalid UTF-8 becomes U+FFFD, and
 * characters that control a terminal or reorder text are escaped (buf_json).
 *
 * A command's output is one object with an envelope:
 *
 *     struct json_out w;
 *     json_out_begin(&w, stdout, conf->instance, clock_wall());
 *     json_out_open(&w, "targets", '[');
 *     …
 *     json_out_close(&w, ']');
 *     json_out_end(&w);
 *
 * Members that are long come last, and of them `lists` and `summary` at the very end.
 */
#ifndef REPMON_JSON_OUT_H
#define REPMON_JSON_OUT_H

#include "repmon/buf.h"
#include "repmon/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define JSON_OUT_DEPTH 16

struct json_out {
    FILE *out;       /* borrowed; NULL: everything stays in `line` */
    struct buf line; /* what was not flushed yet */
    unsigned depth;
    bool some[JSON_OUT_DEPTH]; /* the open container has a member */
    bool newline;              /* before the next value, after its comma */
    bool failed;               /* too deep, unbalanced, or the stream took an error */
};

/* The object of a command and its first members: version, generator, instance, time. */
void json_out_begin(struct json_out *w, FILE *out, const char *instance, time_t now);
/*
 * Closes and flushes it. Write errors are left to stdio; unbalanced brackets are a bug and abort,
 * so that half an object never passes for an answer.
 */
void json_out_end(struct json_out *w);

/* Without an envelope: one line of several, a part, a file. */
void json_out_init(struct json_out *w, FILE *out);
/* Flushes; false when anything went wrong or a container is open. */
bool json_out_fini(struct json_out *w);
/* Instead of either end, after an error: drops what was not flushed yet. */
void json_out_drop(struct json_out *w);

/* `key` is NULL inside an array; keys are trusted text. */
void json_out_open(struct json_out *w, const char *key, char bracket);       /* '{' or '[' */
void json_out_close(struct json_out *w, char bracket);                       /* '}' or ']' */
void json_out_text(struct json_out *w, const char *key, const char *value);  /* NULL: null */
void json_out_given(struct json_out *w, const char *key, const char *value); /* "" too: null */
void json_out_number(struct json_out *w, const char *key, int64_t value);
void json_out_real(struct json_out *w, const char *key, double value); /* not finite: null */
void json_out_bool(struct json_out *w, const char *key, bool value);
void json_out_none(struct json_out *w, const char *key);
void json_out_time(struct json_out *w, const char *key, time_t t);   /* UTC; 0: null */
void json_out_day(struct json_out *w, const char *key, int32_t day); /* yyyymmdd; 0: null */

/* The members that say which target is meant: `ip` or `domain`, and null for the other. */
void json_out_target(struct json_out *w, const struct ip *ip, uint8_t prefix);

/* A whole value that was written before, as bytes. */
void json_out_raw(struct json_out *w, const char *key, const char *bytes, size_t len);

/* The next value, or the end, begins on a new line. */
void json_out_newline(struct json_out *w);

#endif
