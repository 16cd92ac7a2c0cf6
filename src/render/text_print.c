/* SPDX-License-Identifier: ISC */
#include "text_print.h"

#include <string.h>

#define FIELD_INDENT 6
#define FIELD_KEY    9
#define LINE_BYTES   (64u << 10)

static const struct {
    const char *word, *color;
} levels[LEVEL_COUNT] = {[LEVEL_UNKNOWN] = {"UNKNOWN", "\033[1;35m"},
                         [LEVEL_OK] = {"OK", "\033[1;32m"},
                         [LEVEL_INFO] = {"INFO", "\033[1;36m"},
                         [LEVEL_WARNING] = {"WARNING", "\033[1;33m"},
                         [LEVEL_CRITICAL] = {"CRITICAL", "\033[1;31m"}};

void print_level(const struct printer *p, enum level level)
{
    fprintf(p->out, "%s%-8s%s  ", p->color ? levels[level].color : "", levels[level].word,
            p->color ? "\033[0m" : "");
}

void print_heading(const struct printer *p, const char *text)
{
    fprintf(p->out, "\n%s%s%s\n", p->color ? "\033[1m" : "", text, p->color ? "\033[0m" : "");
}

/* Columns of UTF-8 text: continuation bytes take none. */
static unsigned columns(const char *s, size_t len)
{
    unsigned n = 0;
    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)s[i] & 0xc0) != 0x80;
    return n;
}

void print_words(const struct printer *p, unsigned at, unsigned indent, const char *text)
{
    struct buf clean;
    buf_init(&clean, LINE_BYTES);
    buf_clean(&clean, text, strlen(text), LINE_BYTES / 4);
    const char *word = buf_text(&clean);
    unsigned column = at;
    bool first = true;
    while (*(word += strspn(word, " "))) {
        size_t len = strcspn(word, " ");
        unsigned wide = columns(word, len);
        bool fits = p->width == 0 || column + !first + wide <= p->width;
        if (!fits && (!first || at > indent)) {
            fprintf(p->out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            fputc(' ', p->out);
            column++;
        }
        fwrite(word, 1, len, p->out);
        column += wide;
        first = false;
        word += len;
    }
    fputc('\n', p->out);
    buf_fini(&clean);
}

void print_field(const struct printer *p, const char *key, const char *text)
{
    if (!text || !text[0])
        return;
    fprintf(p->out, "%*s%-*s", FIELD_INDENT, "", FIELD_KEY, key);
    print_words(p, FIELD_INDENT + FIELD_KEY, FIELD_INDENT + FIELD_KEY, text);
}
