/* SPDX-License-Identifier: ISC */
/*
 * Growable bytes with a maximum. Every buffer is created with its cap; what does not fit is not
 * stored and sets the sticky `failed` flag, so callers append freely and check once at the end.
 * The bytes are always NUL-terminated (the NUL is not counted). Out of memory aborts.
 */
#ifndef REPMON_BUF_H
#define REPMON_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data; /* owned; NULL until the first byte */
    size_t len;
    size_t cap;
    size_t max;  /* bytes, without the NUL */
    bool failed; /* something did not fit */
};

void buf_init(struct buf *b, size_t max);
void buf_fini(struct buf *b);
void buf_clear(struct buf *b); /* empty again, flag reset, memory kept */

bool buf_add(struct buf *b, const void *data, size_t len);
bool buf_str(struct buf *b, const char *s);
bool buf_char(struct buf *b, char c);
bool buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool buf_vfmt(struct buf *b, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

/* The text, never NULL. Borrowed until the next append. */
const char *buf_text(const struct buf *b);

/* Keeps the first `len` bytes; one that is shorter stays as it is. */
void buf_cut(struct buf *b, size_t len);

/* Hands the bytes to the caller (free() them; never NULL) and leaves the buffer empty. */
char *buf_take(struct buf *b);

/*
 * Appends outside text made fit for a person: invalid UTF-8 and control characters (C0, DEL, C1,
 * line breaks too) become '?', bidirectional overrides too; a tab is a blank. At most `max` bytes
 * of input are read.
 */
bool buf_clean(struct buf *b, const char *s, size_t len, size_t max);

/* The same of a string: at most `max` bytes of it, and "..." after what was cut. */
bool buf_shown(struct buf *b, const char *s, size_t max);

/* The same of repmon's own text of several lines: each line break becomes `end`. */
bool buf_shown_lines(struct buf *b, const char *s, size_t max, char end);

/* Appends a JSON string with its quotes; invalid UTF-8 becomes U+FFFD. */
bool buf_json(struct buf *b, const char *s, size_t len);

/* Memory that can't be had aborts: the database makes that safe. Never NULL. */
void *mem_alloc(size_t size);               /* zeroed */
void *mem_array(size_t count, size_t size); /* zeroed, overflow-checked */
void *mem_grow(void *old, size_t count, size_t size);
char *mem_dup(const char *s);
char *mem_ndup(const char *s, size_t len);
/* Formatted text, owned by the caller; of what is longer than `max` bytes the beginning and "...".
 */
char *mem_vfmt(size_t max, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

#endif
