/* SPDX-License-Identifier: ISC */
#include "text_print.h"

#include "repmon/text_wrap.h"

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

void print_words(const struct printer *p, unsigned at, unsigned indent, const char *text)
{
    struct buf clean, lines;
    buf_init(&clean, LINE_BYTES);
    buf_init(&lines, 2 * LINE_BYTES);
    buf_clean(&clean, text, strlen(text), LINE_BYTES / 4);
    text_wrap(&lines, buf_text(&clean), at, indent, p->width);
    fprintf(p->out, "%s\n", buf_text(&lines));
    buf_fini(&lines);
    buf_fini(&clean);
}

void print_field(const struct printer *p, const char *key, const char *text)
{
    if (!text || !text[0])
        return;
    fprintf(p->out, "%*s%-*s", FIELD_INDENT, "", FIELD_KEY, key);
    print_words(p, FIELD_INDENT + FIELD_KEY, FIELD_INDENT + FIELD_KEY, text);
}
