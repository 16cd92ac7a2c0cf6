/* SPDX-License-Identifier: ISC */
#include "dmarc_bytes.h"

#include <ctype.h>
#include <string.h>

void dmarc_bytes_init(struct dmarc_bytes *b)
{
    *b = (struct dmarc_bytes){0};
    buf_init(&b->head, DMARC_HEAD + (64u << 10));
}

void dmarc_bytes_fini(struct dmarc_bytes *b)
{
    buf_fini(&b->head);
}

/* Length of the UTF-8 sequence that a byte begins; 0: none. */
static size_t dmarc_bytes_sequence(uint8_t c)
{
    if (c < 0x80)
        return 1;
    if (c >= 0xc2 && c <= 0xdf)
        return 2;
    if (c >= 0xe0 && c <= 0xef)
        return 3;
    return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF; XML: no U+FFFE, U+FFFF. */
static bool dmarc_bytes_is_letter(const uint8_t *s, size_t len)
{
    for (size_t i = 1; i < len; i++)
        if ((s[i] & 0xc0) != 0x80)
            return false;
    if (len == 3)
        return !(s[0] == 0xe0 && s[1] < 0xa0) && !(s[0] == 0xed && s[1] > 0x9f) &&
               !(s[0] == 0xef && s[1] == 0xbf && s[2] > 0xbd);
    if (len == 4)
        return !(s[0] == 0xf0 && s[1] < 0x90) && !(s[0] == 0xf4 && s[1] > 0x8f);
    return true;
}

/* A byte that is not UTF-8 is read as Latin-1, which is usually what was meant. */
static void dmarc_bytes_add_latin1(struct buf *out, uint8_t c)
{
    buf_char(out, (char)(0xc0 | (c >> 6)));
    buf_char(out, (char)(0x80 | (c & 0x3f)));
}

static bool dmarc_bytes_is_plain(uint8_t c)
{
    return (c >= 0x20 && c < 0x80) || c == '\n' || c == '\r' || c == '\t';
}

static bool dmarc_bytes_are_plain(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!dmarc_bytes_is_plain((uint8_t)s[i]))
            return false;
    return true;
}

/* Length of the plain ASCII at the beginning; most texts are nothing else. */
static size_t dmarc_bytes_run(const char *s, size_t len)
{
    size_t n = 0;
    for (; n + 8 <= len; n += 8) {
        uint64_t eight;
        memcpy(&eight, s + n, sizeof eight);
        /* a byte below a blank borrows, which sets its highest bit */
        uint64_t small = (eight - 0x2020202020202020u) & ~eight & 0x8080808080808080u;
        if (((eight & 0x8080808080808080u) | small) && !dmarc_bytes_are_plain(s + n, 8))
            break;
    }
    while (n < len && dmarc_bytes_is_plain((uint8_t)s[n]))
        n++;
    return n;
}

size_t dmarc_bytes_plain(const struct dmarc_bytes *b, const char *data, size_t len)
{
    if (!b->begun || b->pending_len > 0)
        return 0;
    return b->utf16 ? len : dmarc_bytes_run(data, len);
}

/* One byte of a text that is not plain ASCII. */
static void dmarc_bytes_add_byte(struct dmarc_bytes *b, uint8_t c, struct buf *out)
{
    if (b->pending_len > 0 && (c & 0xc0) != 0x80) {
        for (size_t i = 0; i < b->pending_len; i++)
            dmarc_bytes_add_latin1(out, b->pending[i]);
        b->pending_len = 0;
    }
    if (c < 0x80) {
        buf_char(out, dmarc_bytes_is_plain(c) ? (char)c : ' ');
        return;
    }
    b->pending[b->pending_len++] = c;
    size_t want = dmarc_bytes_sequence(b->pending[0]);
    if (b->pending_len < want)
        return;
    if (want > 1 && dmarc_bytes_is_letter(b->pending, want))
        buf_add(out, b->pending, want);
    else
        for (size_t i = 0; i < b->pending_len; i++)
            dmarc_bytes_add_latin1(out, b->pending[i]);
    b->pending_len = 0;
}

static void dmarc_bytes_clean(struct dmarc_bytes *b, const char *data, size_t len, struct buf *out)
{
    if (b->utf16) {
        buf_add(out, data, len);
        return;
    }
    for (size_t i = 0; i < len;) {
        size_t run = b->pending_len == 0 ? dmarc_bytes_run(data + i, len - i) : 0;
        if (run > 0) {
            buf_add(out, data + i, run);
            i += run;
            continue;
        }
        dmarc_bytes_add_byte(b, (uint8_t)data[i++], out);
    }
}

/* A text with two or four bytes per letter has a mark at its beginning, or a zero beside its "<".
 */
static bool dmarc_bytes_is_utf16(const char *s, size_t len)
{
    if (len < 4)
        return false;
    if (memcmp(s, "\xff\xfe", 2) == 0 || memcmp(s, "\xfe\xff", 2) == 0)
        return true;
    return memchr(s, '\0', 4) != NULL;
}

/* Length of marks and blanks at the beginning. */
static size_t dmarc_bytes_lead(const char *s, size_t len)
{
    size_t i = 0;
    for (;;) {
        if (i < len && isspace((unsigned char)s[i]))
            i++;
        else if (len - i >= 3 && memcmp(s + i, "\xef\xbb\xbf", 3) == 0)
            i += 3;
        else
            return i;
    }
}

/* Where the document begins: after marks, blanks, and the declaration with its encoding. */
static size_t dmarc_bytes_document(const char *s, size_t len)
{
    size_t i = dmarc_bytes_lead(s, len);
    if (len - i < 6 || memcmp(s + i, "<?xml", 5) != 0 || !isspace((unsigned char)s[i + 5]))
        return i;
    const char *end = memchr(s + i, '>', len - i);
    return end ? (size_t)(end - s) + 1 : i;
}

static void dmarc_bytes_begin(struct dmarc_bytes *b, struct buf *out)
{
    b->begun = true;
    const char *s = buf_text(&b->head);
    b->utf16 = dmarc_bytes_is_utf16(s, b->head.len);
    size_t start = b->utf16 ? 0 : dmarc_bytes_document(s, b->head.len);
    dmarc_bytes_clean(b, s + start, b->head.len - start, out);
    buf_clear(&b->head);
}

void dmarc_bytes_add(struct dmarc_bytes *b, const char *data, size_t len, struct buf *out)
{
    if (b->begun) {
        dmarc_bytes_clean(b, data, len, out);
        return;
    }
    buf_add(&b->head, data, len);
    if (b->head.len >= DMARC_HEAD)
        dmarc_bytes_begin(b, out);
}

void dmarc_bytes_end(struct dmarc_bytes *b, struct buf *out)
{
    if (!b->begun)
        dmarc_bytes_begin(b, out);
    for (size_t i = 0; i < b->pending_len; i++)
        dmarc_bytes_add_latin1(out, b->pending[i]);
    b->pending_len = 0;
}
