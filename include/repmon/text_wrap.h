/* SPDX-License-Identifier: ISC */
/* Words laid out in columns of a terminal or a mail. UTF-8; a word is never broken. */
#ifndef REPMON_TEXT_WRAP_H
#define REPMON_TEXT_WRAP_H

#include "repmon/buf.h"

#include <stddef.h>

/* Columns that text takes: wide characters two, combining ones none (wcwidth(3)). */
size_t text_columns(const char *s, size_t len);

/*
 * Appends the words of `text` with one blank between them, beginning in `column` (from 0) of a line
 * whose words before it are the caller's; further lines are indented by `indent`. No line is wider
 * than `width` unless a single word is; 0: no limit. A newline in the text begins a line. Returns
 * the column after the last word. Appends no line end.
 */
size_t text_wrap(struct buf *out, const char *text, size_t column, size_t indent, size_t width);

#endif
