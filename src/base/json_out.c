/* SPDX-License-Identifier: ISC */
#include "repmon/json_out.h"

#include "repmon/clock.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_AT       (64u << 10)
#define LINE_MAX_BYTES (4u << 20) /* between two flushes: far more than any one value */

void json_out_init(struct json_out *w, FILE *out)
{
    *w = (struct json_out){.out = out};
    buf_init(&w->line, LINE_MAX_BYTES);
}

static void json_out_flush(struct json_out *w)
{
    if (w->line.failed)
        w->failed = true;
    if (!w->out)
        return;
    if (!w->failed && w->line.len && fwrite(w->line.data, 1, w->line.len, w->out) != w->line.len)
        w->failed = true;
    buf_clear(&w->line);
}

bool json_out_fini(struct json_out *w)
{
    if (w->newline)
        buf_char(&w->line, '\n');
    json_out_flush(w);
    bool ok = !w->failed && w->depth == 0;
    buf_fini(&w->line);
    return ok;
}

void json_out_drop(struct json_out *w)
{
    buf_fini(&w->line);
}

static void json_out_before(struct json_out *w, const char *key)
{
    if (w->line.len >= FLUSH_AT)
        json_out_flush(w);
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

void json_out_open(struct json_out *w, const char *key, char bracket)
{
    if (w->depth >= JSON_OUT_DEPTH) {
        w->failed = true;
        return;
    }
    json_out_before(w, key);
    buf_char(&w->line, bracket);
    w->some[w->depth++] = false;
}

void json_out_close(struct json_out *w, char bracket)
{
    if (w->depth == 0) {
        w->failed = true;
        return;
    }
    w->depth--;
    buf_char(&w->line, bracket);
}

void json_out_text(struct json_out *w, const char *key, const char *value)
{
    json_out_before(w, key);
    if (value)
        buf_json(&w->line, value, strlen(value));
    else
        buf_add(&w->line, "null", 4);
}

void json_out_given(struct json_out *w, const char *key, const char *value)
{
    json_out_text(w, key, value && value[0] ? value : NULL);
}

void json_out_number(struct json_out *w, const char *key, int64_t value)
{
    json_out_before(w, key);
    buf_fmt(&w->line, "%" PRId64, value);
}

void json_out_real(struct json_out *w, const char *key, double value)
{
    if (!isfinite(value)) {
        json_out_none(w, key);
        return;
    }
    json_out_before(w, key);
    buf_fmt(&w->line, "%.15g", value);
}

void json_out_bool(struct json_out *w, const char *key, bool value)
{
    json_out_before(w, key);
    buf_str(&w->line, value ? "true" : "false");
}

void json_out_none(struct json_out *w, const char *key)
{
    json_out_text(w, key, NULL);
}

void json_out_time(struct json_out *w, const char *key, time_t t)
{
    char text[32];
    if (t == 0) {
        json_out_none(w, key);
        return;
    }
    clock_format_utc(t, text, sizeof text);
    json_out_text(w, key, text);
}

void json_out_day(struct json_out *w, const char *key, int32_t day)
{
    char text[48];
    snprintf(text, sizeof text, "%04d-%02d-%02d", day / 10000, day / 100 % 100, day % 100);
    json_out_text(w, key, day ? text : NULL);
}

void json_out_target(struct json_out *w, const struct ip *ip, uint8_t prefix)
{
    char text[CIDR_TEXT_MAX];
    const char *domain = ip_name(ip);
    cidr_format(&(struct cidr){*ip, prefix}, text);
    json_out_text(w, "ip", domain ? NULL : text);
    json_out_text(w, "domain", domain);
}

void json_out_raw(struct json_out *w, const char *key, const char *bytes, size_t len)
{
    json_out_before(w, key);
    buf_add(&w->line, bytes, len);
}

void json_out_newline(struct json_out *w)
{
    w->newline = true;
}

/* ---- the object of a command ---- */

void json_out_begin(struct json_out *w, FILE *out, const char *instance, time_t now)
{
    json_out_init(w, out);
    json_out_open(w, NULL, '{');
    json_out_number(w, "version", 1);
    json_out_text(w, "generator", "repmon " REPMON_VERSION);
    json_out_text(w, "instance", instance);
    json_out_time(w, "time", now);
}

void json_out_end(struct json_out *w)
{
    FILE *out = w->out;
    json_out_close(w, '}');
    json_out_newline(w);
    if (!json_out_fini(w) && !ferror(out))
        abort();
}
