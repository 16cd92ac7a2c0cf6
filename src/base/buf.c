/* SPDX-License-Identifier: ISC */
#include "repmon/buf.h"

#include "repmon/text_fit.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *buf_checked(void *p)
{
    if (!p) {
        fputs("repmon: out of memory\n", stderr);
        abort();
    }
    return p;
}

void *mem_alloc(size_t size)
{
    return buf_checked(calloc(1, size ? size : 1));
}

void *mem_array(size_t count, size_t size)
{
    return buf_checked(calloc(count ? count : 1, size ? size : 1));
}

void *mem_grow(void *old, size_t count, size_t size)
{
    return buf_checked(reallocarray(old, count ? count : 1, size));
}

char *mem_ndup(const char *s, size_t len)
{
    char *copy = mem_alloc(len + 1);
    memcpy(copy, s, len);
    return copy;
}

char *mem_dup(const char *s)
{
    return mem_ndup(s, strlen(s));
}

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

void buf_fini(struct buf *b)
{
    free(b->data);
    *b = (struct buf){.max = b->max};
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->data)
        b->data[0] = '\0';
}

/* Room for `more` bytes and the NUL. */
static bool buf_reserve(struct buf *b, size_t more)
{
    if (b->failed || more > b->max - b->len) {
        b->failed = true;
        return false;
    }
    size_t need = b->len + more + 1;
    if (need > b->cap) {
        size_t cap = b->cap < 64 ? 64 : b->cap;
        while (cap < need)
            cap *= 2;
        b->data = mem_grow(b->data, cap, 1);
        b->cap = cap;
    }
    return true;
}

bool buf_add(struct buf *b, const void *data, size_t len)
{
    if (!buf_reserve(b, len))
        return false;
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
    return true;
}

bool buf_str(struct buf *b, const char *s)
{
    return buf_add(b, s, strlen(s));
}

bool buf_char(struct buf *b, char c)
{
    return buf_add(b, &c, 1);
}

bool buf_vfmt(struct buf *b, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (len < 0 || !buf_reserve(b, (size_t)len)) {
        b->failed = true;
        return false;
    }
    vsnprintf(b->data + b->len, (size_t)len + 1, fmt, args);
    b->len += (size_t)len;
    return true;
}

char *mem_vfmt(size_t max, const char *fmt, va_list args)
{
    struct buf b;
    va_list again;
    va_copy(again, args);
    buf_init(&b, max);
    char *text = buf_vfmt(&b, fmt, args) ? buf_take(&b) : NULL;
    if (!text) {
        text = mem_alloc(max + 1);
        text_vfit(text, max + 1, fmt, again);
    }
    va_end(again);
    buf_fini(&b);
    return text;
}

bool buf_fmt(struct buf *b, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    bool ok = buf_vfmt(b, fmt, args);
    va_end(args);
    return ok;
}

const char *buf_text(const struct buf *b)
{
    return b->data ? b->data : "";
}

void buf_cut(struct buf *b, size_t len)
{
    if (len >= b->len)
        return;
    b->len = len;
    b->data[len] = '\0';
}

char *buf_take(struct buf *b)
{
    char *text = b->data ? b->data : mem_dup("");
    *b = (struct buf){.max = b->max};
    return text;
}

/* Bytes of the sequence that a first byte begins; 0: none. */
static size_t buf_utf8_length(unsigned char first)
{
    static const struct {
        unsigned char below;
        unsigned char length;
    } rows[] = {{0x80, 1}, {0xc2, 0}, {0xe0, 2}, {0xf0, 3}, {0xf5, 4}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (first < rows[i].below)
            return rows[i].length;
    }
    return 0;
}

/*
 * Reads one UTF-8 sequence (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
 * Returns its length, or 0 when the first byte starts none; the code point goes to *cp.
 */
static size_t buf_utf8_next(const unsigned char *s, size_t len, uint32_t *cp)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t need = buf_utf8_length(s[0]);
    if (need == 0 || need > len)
        return 0;
    if (need == 1) {
        *cp = s[0];
        return 1;
    }
    uint32_t value = s[0] & (0x7fu >> need);
    for (size_t i = 1; i < need; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (s[i] & 0x3fu);
    }
    if (value < least[need] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *cp = value;
    return need;
}

/* Characters that move the cursor, hide or reorder text, or can't be seen, so that two texts look
 * alike (Unicode: Cc, Zl, Zp, and Default_Ignorable but for the variation selectors of emoji).
 * Sorted. */
static const struct {
    uint32_t first, last;
} unsafe[] = {
    {0x0000, 0x001f},   {0x007f, 0x009f},   {0x00ad, 0x00ad},   {0x034f, 0x034f}, {0x061c, 0x061c},
    {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f}, {0x2028, 0x202e},
    {0x2060, 0x206f},   {0x3164, 0x3164},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0}, {0xfff0, 0xfffb},
    {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

static bool buf_is_unsafe(uint32_t cp)
{
    for (size_t i = 0; i < sizeof unsafe / sizeof unsafe[0] && unsafe[i].first <= cp; i++) {
        if (cp <= unsafe[i].last)
            return true;
    }
    return false;
}

bool buf_clean(struct buf *b, const char *s, size_t len, size_t max)
{
    const unsigned char *p = (const unsigned char *)s;
    bool cut = len > max;
    if (cut)
        len = max;
    for (size_t i = 0; i < len;) {
        uint32_t cp = 0;
        size_t n = buf_utf8_next(p + i, len - i, &cp);
        if (n == 0 && cut && len - i < 4 && p[i] >= 0xc2)
            break; /* the cut went through a character */
        if (cp == '\t')
            buf_char(b, ' ');
        else if (n == 0 || buf_is_unsafe(cp))
            buf_char(b, '?');
        else
            buf_add(b, p + i, n);
        i += n ? n : 1;
    }
    if (cut)
        buf_str(b, "...");
    return !b->failed;
}

bool buf_shown(struct buf *b, const char *s, size_t max)
{
    return buf_clean(b, s, strlen(s), max);
}

bool buf_shown_lines(struct buf *b, const char *s, size_t max, char end)
{
    for (;;) {
        size_t len = strcspn(s, "\n");
        buf_clean(b, s, len, max);
        if (s[len] == '\0' || len >= max)
            return !b->failed;
        buf_char(b, end);
        max -= len + 1;
        s += len + 1;
    }
}

bool buf_json(struct buf *b, const char *s, size_t len)
{
    static const char *const short_form[] = {
        ['"'] = "\\\"", ['\\'] = "\\\\", ['\n'] = "\\n", ['\r'] = "\\r", ['\t'] = "\\t"};
    const unsigned char *p = (const unsigned char *)s;
    buf_char(b, '"');
    for (size_t i = 0; i < len;) {
        size_t plain = i;
        while (plain < len && p[plain] >= 0x20 && p[plain] < 0x7f && p[plain] != '"' &&
               p[plain] != '\\')
            plain++;
        buf_add(b, p + i, plain - i);
        i = plain;
        if (i >= len)
            break;
        uint32_t cp = 0;
        size_t n = buf_utf8_next(p + i, len - i, &cp);
        if (n == 0)
            buf_str(b, "\\ufffd");
        else if (cp < sizeof short_form / sizeof short_form[0] && short_form[cp])
            buf_str(b, short_form[cp]);
        else if (buf_is_unsafe(cp) && cp > 0xffff) /* as two surrogates, RFC 8259 section 7 */
            buf_fmt(b, "\\u%04x\\u%04x", (unsigned)(0xd800 + ((cp - 0x10000) >> 10)),
                    (unsigned)(0xdc00 + ((cp - 0x10000) & 0x3ff)));
        else if (buf_is_unsafe(cp))
            buf_fmt(b, "\\u%04x", (unsigned)cp);
        else
            buf_add(b, p + i, n);
        i += n ? n : 1;
    }
    buf_char(b, '"');
    return !b->failed;
}
