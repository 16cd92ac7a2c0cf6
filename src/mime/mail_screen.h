/* SPDX-License-Identifier: ISC */
/*
 * A look at the lines of a mail before GMime gets it. GMime bounds how deep parts nest, and nothing
 * else: measured with 3.2.13, 32 MiB of header fields, parts or addresses become 1 to 2 GiB of
 * objects, and an address field of groups within groups overflows the stack at 14 MB. A mail within
 * the limits below can't do that.
 */
#ifndef MIME_MAIL_SCREEN_H
#define MIME_MAIL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#define SCREEN_PARTS_MAX  20000       /* lines that may be boundaries: 10,000 parts, and a margin */
#define SCREEN_FIELDS_MAX 40000       /* header fields, of parts and attached mails too */
#define SCREEN_HEADER_MAX (4u << 20)  /* bytes of them */
#define SCREEN_MARKS_MAX  200000      /* colons, commas, semicolons: each may be an object */
#define SCREEN_FIELD_MAX  (16u << 10) /* bytes of one: DKIM and ARC have 4,000 */

/* Why the mail must not be read, a sentence without a full stop; NULL: it may be read. */
const char *mail_screen(const char *mail, size_t len);

/*
 * Removes overlong fields from the mail's own header, in place; returns the new length. Mail that
 * has passed through a server has none; what a stranger put there is not needed.
 */
size_t mail_screen_cut(char *mail, size_t len);

/* Whether there is an overlong field. */
bool mail_screen_is_long(const char *mail, size_t len);

#endif
