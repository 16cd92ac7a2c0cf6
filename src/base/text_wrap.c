/* SPDX-License-Identifier: ISC */
#include "repmon/text_wrap.h"

#include <locale.h>
#include <stdbool.h>
#include <string.h>
#include <wchar.h>

/* A UTF-8 locale, whatever the user's; made once. (locale_t)0: the system has none. */
static locale_t text_locale(void)
{
    static locale_t utf8;
    static bool tried;
    if (!tried)
        utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    tried = true;
    return utf8;
}

static bool text_is_ascii(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)s[i] >= 0x80)
            return false;
    }
    return true;
}

size_t text_columns(const char *s, size_t len)
{
    size_t n = 0;
    if (text_is_ascii(s, len) || !text_locale())
        return len;
    locale_t before = uselocale(text_locale());
    mbstate_t state = {0};
    for (size_t i = 0; i < len;) {
        wchar_t c;
        size_t used = mbrtowc(&c, s + i, len - i, &state);
        if (used == 0 || used > len - i) { /* NUL, or not UTF-8: a terminal shows one character */
            state = (mbstate_t){0};
            used = 1;
            n++;
        } else {
            int wide = wcwidth(c);
            n += wide >= 0 ? (size_t)wide : 1;
        }
        i += used;
    }
    uselocale(before);
    return n;
}

size_t text_wrap(struct buf *out, const char *text, size_t column, size_t indent, size_t width)
{
    bool first = true; /* of its line, as far as this text goes */
    for (const char *word = text; *(word += strspn(word, " "));) {
        size_t len = strcspn(word, " \n");
        size_t wide = text_columns(word, len);
        bool fits = width == 0 || column + !first + wide <= width;
        if (*word == '\n') {
            buf_fmt(out, "\n%*s", (int)indent, "");
            column = indent;
            first = true;
            word++;
            continue;
        }
        if (!fits && (!first || column > indent)) {
            buf_fmt(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            buf_char(out, ' ');
            column++;
        }
        buf_add(out, word, len);
        column += wide;
        first = false;
        word += len;
    }
    return column;
}
