/* SPDX-License-Identifier: ISC */
#include "mail_screen.h"

#include "repmon/mail_fields.h"

#include <string.h>
#include <strings.h>

/* State of the scan. A block is anything that GMime may read as a header. */
struct screen {
    bool inside;  /* of a block */
    bool again;   /* its Content-Type may be message/…: the next lines are a block as well */
    bool type;    /* inside a Content-Type, before its first semicolon */
    bool digest;  /* a digest, whose parts are mails by default */
    size_t field; /* bytes of this one */
    size_t parts, fields, header, marks;
};

static bool screen_has_word(const char *line, size_t len, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= len; i++)
        if (strncasecmp(line + i, word, n) == 0)
            return true;
    return false;
}

static void screen_look_at_type(struct screen *s, const char *line, size_t len)
{
    const char *end = memchr(line, ';', len);
    size_t n = end ? (size_t)(end - line) : len;
    if (memchr(line, '(', n)) { /* a comment may hide a semicolon: look at all of it */
        end = NULL;
        n = len;
    }
    s->again |= screen_has_word(line, n, "message");
    s->digest |= screen_has_word(line, n, "digest");
    s->type = !end;
}

static void screen_header_line(struct screen *s, const char *line, size_t len)
{
    if (line[0] != ' ' && line[0] != '\t') {
        s->fields++;
        s->field = 0;
        s->type = len >= 12 && strncasecmp(line, "content-type", 12) == 0;
    }
    s->field += len;
    s->header += len;
    for (size_t i = 0; i < len; i++)
        s->marks += line[i] == ':' || line[i] == ',' || line[i] == ';';
    if (s->type)
        screen_look_at_type(s, line, len);
}

static const char *screen_too_much(const struct screen *s)
{
    if (s->parts > SCREEN_PARTS_MAX)
        return "the mail has more than 10,000 parts";
    if (s->field > SCREEN_FIELD_MAX)
        return "a part has a header field of more than 16 KiB";
    if (s->fields > SCREEN_FIELDS_MAX || s->header > SCREEN_HEADER_MAX ||
        s->marks > SCREEN_MARKS_MAX)
        return "the mail has too many header fields";
    return NULL;
}

const char *mail_screen(const char *mail, size_t len)
{
    struct screen s = {.inside = true};
    const char *problem = NULL;
    for (size_t at = 0; at < len && !problem;) {
        const char *line = mail + at;
        const char *end = memchr(line, '\n', len - at);
        size_t n = end ? (size_t)(end - line) + 1 : len - at;
        at += n;
        if (n >= 2 && line[0] == '-' && line[1] == '-') {
            s = (struct screen){.inside = true,
                                .again = s.digest,
                                .digest = s.digest,
                                .parts = s.parts + 1,
                                .fields = s.fields,
                                .header = s.header,
                                .marks = s.marks};
        } else if (!s.inside) {
            continue;
        } else if (line[0] == '\n' || (line[0] == '\r' && n == 2)) {
            s.inside = s.again;
            s.again = s.type = false;
        } else {
            screen_header_line(&s, line, n);
        }
        problem = screen_too_much(&s);
    }
    return problem;
}

/* The next field that is too long: where it begins and ends. */
static bool screen_next_long(const char *mail, size_t head, size_t *at, size_t *start, size_t *end)
{
    struct mail_field f;
    while (mail_field_next(mail, head, at, &f)) {
        *start = (size_t)(f.name - mail);
        *end = *at;
        if (*end - *start > SCREEN_FIELD_MAX)
            return true;
    }
    return false;
}

bool mail_screen_is_long(const char *mail, size_t len)
{
    size_t at = 0;
    size_t start;
    size_t end;
    return screen_next_long(mail, mail_header_len(mail, len), &at, &start, &end);
}

size_t mail_screen_cut(char *mail, size_t len)
{
    size_t head = mail_header_len(mail, len);
    size_t kept = 0; /* bytes written */
    size_t from = 0; /* bytes looked at */
    size_t at = 0;
    size_t start;
    size_t end;
    while (screen_next_long(mail, head, &at, &start, &end)) {
        memmove(mail + kept, mail + from, start - from);
        kept += start - from;
        from = end;
    }
    memmove(mail + kept, mail + from, len - from);
    return kept + len - from;
}
