/* SPDX-License-Identifier: ISC */
/*
 * Header fields (RFC 5322 2.2) of a text, one after the other, without a copy: those of a mail, of
 * the header of a mail that is attached, or of a block of a report that is written as fields.
 */
#ifndef REPMON_MAIL_FIELDS_H
#define REPMON_MAIL_FIELDS_H

#include "repmon/buf.h"

#include <stdbool.h>
#include <stddef.h>

struct mail_field {
    const char *name; /* borrowed from the text, as the next */
    size_t name_len;
    const char *value; /* raw: with its folds, without the blanks before and the break after it */
    size_t value_len;
};

/*
 * The next field from *at on; false at the empty line that ends a header, or at the end. Empty
 * lines before the first field are passed over, lines that are no field too.
 */
bool mail_field_next(const char *text, size_t len, size_t *at, struct mail_field *out);

/* The same, but empty lines end nothing: for a part that holds nothing but fields. */
bool mail_field_next_of_all(const char *text, size_t len, size_t *at, struct mail_field *out);

bool mail_field_is(const struct mail_field *f, const char *name); /* case is ignored */

/*
 * The value in one line: a fold is one blank. What does not fit into `out` is left out, and
 * out->failed is set.
 */
const char *mail_field_text(const struct mail_field *f, struct buf *out);

/* Where the header ends: after its empty line, or the end. */
size_t mail_header_len(const char *text, size_t len);

/* Length of the "From " line that a pipe or a mailbox puts before the mail; 0: there is none. */
size_t mail_from_line_len(const char *text, size_t len);

#endif
