/* SPDX-License-Identifier: ISC */
/*
 * Reads a JSON object into a struct by a table of its keys, strictly: an unknown key, a missing
 * one, a wrong type or a value out of range is an error that says where. Used by catalogue.c only.
 */
#ifndef REPMON_CATALOGUE_FIELDS_H
#define REPMON_CATALOGUE_FIELDS_H

#include "repmon/error.h"

#include <stdbool.h>
#include <stddef.h>

struct json_t;

enum field_kind {
    FIELD_OTHER = 0, /* read by the caller; the key is only allowed */
    FIELD_TEXT,      /* const char *: borrowed from the JSON; absent or null: "" */
    FIELD_TEXT_NULL, /* the same; absent or null: NULL */
    FIELD_ZONE,      /* const char *: a lower-case domain name without trailing dot */
    FIELD_URL,       /* const char *: http or https, printable ASCII; absent or null: "" */
    FIELD_BOOL,      /* bool */
    FIELD_TRISTATE,  /* enum tristate; null: unknown */
    FIELD_NUMBER,    /* double, 0 to max; absent or null: 0 */
    FIELD_COUNT,     /* uint64_t, 0 to max; absent or null: 0 */
    FIELD_SMALL,     /* int, 0 to max; absent: -1 */
    FIELD_MATCH,     /* struct answer_match */
    FIELD_SEVERITY,  /* enum severity */
    FIELD_LIST_KIND, /* enum list_kind */
    FIELD_KIND_COUNT
};

struct field {
    const char *key;
    enum field_kind kind;
    bool required; /* also: not null, not "" */
    size_t offset;
    double max;
};

/* Where we are in the file; `path` grows and shrinks as the reader goes down and up. */
struct json_place {
    const char *file; /* borrowed */
    char path[256];   /* "lists[3] (zen.spamhaus.org).codes[0]" */
    struct error *err;
};

/* Appends to the path; returns the old length for json_leave(). */
size_t json_enter(struct json_place *at, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void json_leave(struct json_place *at, size_t length);

/* Sets an ERR_CONFIG error with file and path; always false. */
bool json_fail(struct json_place *at, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* `out` may be NULL when every field is FIELD_OTHER. */
bool json_fields(struct json_place *at, const struct json_t *object, const struct field *fields,
                 size_t count, void *out);

/* An array (null or absent: empty) of at most `max` elements; else false with an error. */
bool json_elements(struct json_place *at, const struct json_t *object, const char *key, size_t max,
                   const struct json_t **array, size_t *count);

bool json_text_value(struct json_place *at, const struct json_t *value, const char **out);
bool json_zone_value(struct json_place *at, const struct json_t *value, const char **out);

/* A lower-case domain name that leaves room for reversed nibbles. */
bool zone_is_valid(const char *zone);

#endif
