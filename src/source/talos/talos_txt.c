/* SPDX-License-Identifier: ISC */
/*
 * SenderBase over DNS: "<reversed>.rf…" answers with one decimal number, "<reversed>.query…" with a
 * record of numbered fields, cut into segments "N-" that may come in any order.
 */
#include "talos_answer.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SEGMENTS_MAX 32
#define RECORD_MAX   (16u << 10)

/* Without blanks and quotes around it. */
static struct talos_text talos_trim(struct talos_text t)
{
    while (t.len && (isspace((unsigned char)*t.data) || *t.data == '"')) {
        t.data++;
        t.len--;
    }
    while (t.len && (isspace((unsigned char)t.data[t.len - 1]) || t.data[t.len - 1] == '"'))
        t.len--;
    return t;
}

/* A decimal number and nothing else: no exponent, no hexadecimal, no "inf". */
static bool talos_read_number(const char *s, size_t len, double *out)
{
    char text[24];
    if (len == 0 || len >= sizeof text)
        return false;
    memcpy(text, s, len);
    text[len] = '\0';
    size_t sign = *text == '-' || *text == '+';
    if (strspn(text + sign, "0123456789.") != len - sign)
        return false;
    char *end;
    *out = strtod(text, &end);
    return *end == '\0' && end != text + sign && isfinite(*out);
}

/* The number in front of the "-" of a segment, and what follows. */
static bool talos_read_segment(struct talos_text t, size_t *number, struct talos_text *rest)
{
    size_t at = 0;
    *number = 0;
    for (; at < t.len && at < 3 && isdigit((unsigned char)t.data[at]); at++)
        *number = *number * 10 + (size_t)(t.data[at] - '0');
    if (at == 0 || at >= t.len || t.data[at] != '-' || *number >= SEGMENTS_MAX)
        return false;
    *rest = (struct talos_text){t.data + at + 1, t.len - at - 1};
    return true;
}

static bool talos_join(const struct talos_text *records, size_t count, struct buf *out)
{
    struct talos_text parts[SEGMENTS_MAX] = {{0}};
    for (size_t i = 0; i < count; i++) {
        struct talos_text rest;
        size_t number;
        if (!talos_read_segment(talos_trim(records[i]), &number, &rest) || parts[number].data)
            return false;
        parts[number] = rest;
    }
    for (size_t i = 0; i < count; i++) {
        if (i >= SEGMENTS_MAX || !parts[i].data)
            return false; /* one is missing */
        buf_add(out, parts[i].data, parts[i].len);
    }
    return !out->failed;
}

static void talos_take_field(const char *key, size_t key_len, const char *value, size_t len,
                             struct talos_reading *out)
{
    static const struct {
        const char *key;
        size_t offset;
    } fields[] = {
        {"40", offsetof(struct talos_reading, day)},
        {"41", offsetof(struct talos_reading, month)},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct talos_number *n = (void *)((char *)out + fields[i].offset);
        if (key_len == strlen(fields[i].key) && memcmp(key, fields[i].key, key_len) == 0)
            n->given = talos_read_number(value, len, &n->value);
    }
    if (key_len == 1 && *key == '1') {
        struct buf clean;
        buf_init(&clean, TALOS_TEXT_MAX - 1);
        if (buf_clean(&clean, value, len, TALOS_TEXT_MAX))
            memcpy(out->organisation, buf_text(&clean), clean.len + 1);
        buf_fini(&clean);
    }
}

/* "0=1|1=NAME|…": true when it is such a record; field 0 is the version of the format. */
static bool talos_read_record(const char *text, size_t len, struct talos_reading *out)
{
    bool version = false;
    for (size_t at = 0; at < len;) {
        const char *bar = memchr(text + at, '|', len - at);
        size_t n = bar ? (size_t)(bar - text) - at : len - at;
        const char *eq = memchr(text + at, '=', n);
        size_t key_len = eq ? (size_t)(eq - text) - at : n;
        if (eq && at == 0)
            version = key_len == 1 && *text == '0';
        if (eq)
            talos_take_field(text + at, key_len, eq + 1, n - key_len - 1, out);
        at += n + 1;
    }
    return version;
}

void talos_txt(const struct talos_text *records, size_t count, struct talos_reading *out)
{
    *out = (struct talos_reading){.cause = CAUSE_BAD_FORMAT};
    if (count == 0) {
        out->cause = CAUSE_NO_DATA;
        return;
    }
    struct talos_text first = talos_trim(records[0]);
    if (count == 1 &&
        (first.len == 0 || (first.len == 4 && strncasecmp(first.data, "none", 4) == 0))) {
        out->cause = CAUSE_NO_DATA;
        return;
    }
    if (count == 1 && talos_read_number(first.data, first.len, &out->score.value)) {
        out->score.given = true;
        talos_settle(out, "", 0, false);
        return;
    }
    struct buf record;
    buf_init(&record, RECORD_MAX);
    /* The record has volume and owner; it never held the score. */
    if (talos_join(records, count, &record) &&
        talos_read_record(buf_text(&record), record.len, out))
        out->cause = CAUSE_NO_DATA;
    buf_fini(&record);
}
