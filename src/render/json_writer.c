/* SPDX-License-Identifier: ISC */
#include "json_writer.h"

#include "repmon/clock.h"

#include <inttypes.h>
#include <string.h>

#define FLUSH_AT       (64u << 10)
#define LINE_MAX_BYTES (4u << 20) /* between two flushes: far more than any one value */

void json_writer_init(struct json_writer *w, FILE *out)
{
    *w = (struct json_writer){.out = out};
    buf_init(&w->line, LINE_MAX_BYTES);
}

static void flush(struct json_writer *w)
{
    if (w->line.failed)
        w->failed = true;
    if (!w->out)
        return;
    if (!w->failed && w->line.len && fwrite(w->line.data, 1, w->line.len, w->out) != w->line.len)
        w->failed = true;
    buf_clear(&w->line);
}

bool json_writer_fini(struct json_writer *w)
{
    if (w->newline)
        buf_char(&w->line, '\n');
    flush(w);
    bool ok = !w->failed && w->depth == 0;
    buf_fini(&w->line);
    return ok;
}

static void before(struct json_writer *w, const char *key)
{
    if (w->line.len >= FLUSH_AT)
        flush(w);
    if (w->depth > 0) {
        if (w->some[w->depth - 1])
            buf_char(&w->line, ',');
        w->some[w->depth - 1] = true;
    }
    if (w->newline)
        buf_char(&w->line, '\n');
    w->newline = false;
    if (key) {
        buf_char(&w->line, '"');
        buf_str(&w->line, key);
        buf_add(&w->line, "\":", 2);
    }
}

void json_open(struct json_writer *w, const char *key, char bracket)
{
    if (w->depth >= JSON_DEPTH) {
        w->failed = true;
        return;
    }
    before(w, key);
    buf_char(&w->line, bracket);
    w->some[w->depth++] = false;
}

void json_close(struct json_writer *w, char bracket)
{
    if (w->depth == 0) {
        w->failed = true;
        return;
    }
    w->depth--;
    buf_char(&w->line, bracket);
}

void json_text(struct json_writer *w, const char *key, const char *value)
{
    before(w, key);
    if (value)
        buf_json(&w->line, value, strlen(value));
    else
        buf_add(&w->line, "null", 4);
}

void json_number(struct json_writer *w, const char *key, int64_t value)
{
    before(w, key);
    buf_fmt(&w->line, "%" PRId64, value);
}

void json_bool(struct json_writer *w, const char *key, bool value)
{
    before(w, key);
    buf_str(&w->line, value ? "true" : "false");
}

void json_none(struct json_writer *w, const char *key)
{
    json_text(w, key, NULL);
}

void json_time(struct json_writer *w, const char *key, time_t t)
{
    char text[32];
    if (t == 0) {
        json_none(w, key);
        return;
    }
    clock_format_utc(t, text, sizeof text);
    json_text(w, key, text);
}

void json_raw(struct json_writer *w, const char *key, const char *bytes, size_t len)
{
    before(w, key);
    buf_add(&w->line, bytes, len);
}

void json_newline(struct json_writer *w)
{
    w->newline = true;
}
