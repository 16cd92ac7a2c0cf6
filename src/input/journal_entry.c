/* SPDX-License-Identifier: ISC */
#include "journal_entry.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define STAMP_DIGITS 16 /* microseconds since 1970, until the year 2286 */
#define TAG_MAX      64

bool journal_cursor_is_sane(const char *cursor)
{
    size_t len = strlen(cursor);
    if (len == 0 || len > JOURNAL_CURSOR_MAX)
        return false;
    return cursor[0] != '-' && strspn(cursor, "0123456789abcdefghijklmnopqrstuvwxyz=;-") == len;
}

/* Several fields of one name form an array; so do bytes, as numbers. */
static const json_t *journal_entry_first(const json_t *value)
{
    const json_t *first = json_is_array(value) ? json_array_get(value, 0) : NULL;
    return first && !json_is_number(first) ? first : value;
}

static void journal_entry_add_byte(struct buf *out, long long byte)
{
    buf_char(out, byte >= ' ' && byte < 256 && byte != 127 ? (char)byte : ' ');
}

/* False: it is neither text nor bytes. */
static bool journal_entry_add(struct buf *out, const json_t *value)
{
    value = journal_entry_first(value);
    if (json_is_string(value)) {
        const char *text = json_string_value(value);
        size_t len = json_string_length(value);
        for (size_t i = 0; i < len; i++)
            journal_entry_add_byte(out, (unsigned char)text[i]);
        return len > 0;
    }
    size_t count = json_array_size(value);
    for (size_t i = 0; i < count; i++) {
        const json_t *byte = json_array_get(value, i);
        if (!json_is_integer(byte))
            return false;
        journal_entry_add_byte(out, json_integer_value(byte));
    }
    return count > 0;
}

/* "1795507202123456" → "1795507202.123456"; appends nothing for anything else. */
static bool journal_entry_add_stamp(struct buf *out, const json_t *value)
{
    const char *digits = json_string_value(journal_entry_first(value));
    if (!digits || strlen(digits) != STAMP_DIGITS)
        return false;
    if (strspn(digits, "0123456789") != STAMP_DIGITS)
        return false;
    return buf_fmt(out, "%.10s.%s", digits, digits + 10);
}

/* A name with blanks or colons would be misread later. */
static void journal_entry_add_tag(struct buf *out, const json_t *value)
{
    const char *tag = json_string_value(journal_entry_first(value));
    size_t len = tag ? strlen(tag) : 0;
    bool plain = len > 0 && len <= TAG_MAX && strcspn(tag, " \t\r\n:[]") == len;
    buf_fmt(out, " journal %s[0]: ", plain ? tag : "-");
}

static void journal_entry_cursor(const json_t *value, char *cursor)
{
    const char *text = json_string_value(value);
    cursor[0] = '\0';
    if (text && journal_cursor_is_sane(text))
        snprintf(cursor, JOURNAL_CURSOR_MAX + 1, "%s", text);
}

static enum journal_entry journal_entry_line(const json_t *o, struct buf *out)
{
    size_t start = out->len;
    bool whole = journal_entry_add_stamp(out, json_object_get(o, "__REALTIME_TIMESTAMP"));
    journal_entry_add_tag(out, json_object_get(o, "SYSLOG_IDENTIFIER"));
    whole = journal_entry_add(out, json_object_get(o, "MESSAGE")) && whole;
    buf_char(out, '\n');
    if (whole && !out->failed)
        return JOURNAL_LINE;
    buf_cut(out, start);
    return JOURNAL_EMPTY;
}

enum journal_entry journal_entry_read(const char *json, size_t len, struct buf *out,
                                      char cursor[static JOURNAL_CURSOR_MAX + 1])
{
    json_t *o = json_loadb(json, len, JSON_ALLOW_NUL, NULL);
    enum journal_entry what = JOURNAL_BAD;
    cursor[0] = '\0';
    if (json_is_object(o)) {
        journal_entry_cursor(json_object_get(o, "__CURSOR"), cursor);
        what = journal_entry_line(o, out);
    }
    json_decref(o);
    return what;
}
