/* SPDX-License-Identifier: ISC */
#include "compose_parts.h"

#include "repmon/clock.h"

#include <stdio.h>
#include <string.h>

/* Columns of UTF-8 text: code points, which is right for everything the lists write. */
static size_t compose_columns(const char *s, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)s[i] & 0xc0) != 0x80;
    return n;
}

void compose_paragraph(struct buf *out, const char *first, const char *text)
{
    struct buf clean;
    buf_init(&clean, COMPOSE_PARAGRAPH * 3);
    buf_shown(&clean, text, COMPOSE_PARAGRAPH);
    size_t indent = compose_columns(first, strlen(first));
    buf_str(out, first);
    size_t at = indent;
    bool fresh = true; /* no word on this line yet */
    const char *p = buf_text(&clean);
    while (*p) {
        p += strspn(p, " ");
        size_t len = strcspn(p, " ");
        size_t width = compose_columns(p, len);
        if (len == 0)
            break;
        if (!fresh && at + 1 + width > COMPOSE_COLUMNS) {
            buf_fmt(out, "\n%*s", (int)indent, "");
            at = indent;
            fresh = true;
        }
        if (!fresh) {
            buf_char(out, ' ');
            at++;
        }
        buf_add(out, p, len);
        at += width;
        fresh = false;
        p += len;
    }
    buf_char(out, '\n');
    buf_fini(&clean);
}

void compose_heading(struct buf *out, const char *text)
{
    buf_fmt(out, "\n%s\n", text);
}

void compose_moment(struct buf *out, time_t t, time_t now)
{
    char text[32], age[32];
    clock_format_local(t, text, sizeof text);
    clock_format_age(now - t, age, sizeof age);
    buf_str(out, text);
    if (now - t >= 120)
        buf_fmt(out, " (%s ago)", age);
}
