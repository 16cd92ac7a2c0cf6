/* SPDX-License-Identifier: ISC */
#include "repmon/mail_fields.h"

#include <string.h>
#include <strings.h>

/* Where the line at `at` ends, after its line break. */
static size_t mail_line_end(const char *text, size_t len, size_t at)
{
    const char *end = memchr(text + at, '\n', len - at);
    return end ? (size_t)(end - text) + 1 : len;
}

static bool mail_is_break(char c)
{
    return c == '\r' || c == '\n';
}

static bool mail_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/*
 * Length of the name before a colon (RFC 5322 3.6.8, blanks before the colon as in 4.5); 0: none.
 */
static size_t mail_name_at(const char *line, size_t len, size_t *colon)
{
    size_t n = 0;
    while (n < len && line[n] > ' ' && line[n] < 0x7f && line[n] != ':')
        n++;
    *colon = n;
    while (*colon < len && mail_is_blank(line[*colon]))
        (*colon)++;
    return *colon < len && line[*colon] == ':' ? n : 0;
}

static bool mail_next(const char *text, size_t len, size_t *at, struct mail_field *out,
                      bool empty_ends)
{
    bool first = *at == 0;
    while (*at < len) {
        size_t start = *at;
        size_t end = mail_line_end(text, len, start);
        if (mail_is_break(text[start])) {
            if (empty_ends && !first)
                return false;
            *at = end;
            continue;
        }
        size_t colon;
        size_t name = mail_name_at(text + start, end - start, &colon);
        while (end < len && mail_is_blank(text[end]))
            end = mail_line_end(text, len, end);
        *at = end;
        first = false;
        if (name == 0)
            continue;
        size_t value = start + colon + 1;
        while (value < end && mail_is_blank(text[value]))
            value++;
        while (end > value && mail_is_break(text[end - 1]))
            end--;
        *out = (struct mail_field){text + start, name, text + value, end - value};
        return true;
    }
    return false;
}

bool mail_field_next(const char *text, size_t len, size_t *at, struct mail_field *out)
{
    return mail_next(text, len, at, out, true);
}

bool mail_field_next_of_all(const char *text, size_t len, size_t *at, struct mail_field *out)
{
    return mail_next(text, len, at, out, false);
}

bool mail_field_is(const struct mail_field *f, const char *name)
{
    return f->name_len == strlen(name) && strncasecmp(f->name, name, f->name_len) == 0;
}

const char *mail_field_text(const struct mail_field *f, struct buf *out)
{
    const char *s = f->value;
    const char *end = f->value + f->value_len;
    buf_clear(out);
    while (s < end) {
        const char *fold = memchr(s, '\n', (size_t)(end - s));
        const char *stop = fold ? fold : end;
        while (stop > s && mail_is_break(stop[-1]))
            stop--;
        buf_add(out, s, (size_t)(stop - s));
        if (!fold)
            break;
        buf_char(out, ' ');
        for (s = fold; s < end && (mail_is_break(*s) || mail_is_blank(*s)); s++)
            ;
    }
    return buf_text(out);
}

size_t mail_header_len(const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t end = mail_line_end(text, len, at);
        if (mail_is_break(text[at]))
            return end;
        at = end;
    }
    return len;
}

size_t mail_from_line_len(const char *bytes, size_t len)
{
    size_t mark = len > 0 && bytes[0] == '>' ? 1 : 0;
    if (len < mark + 5 || memcmp(bytes + mark, "From ", 5) != 0)
        return 0;
    const char *end = memchr(bytes, '\n', len);
    return end ? (size_t)(end - bytes) + 1 : len;
}
