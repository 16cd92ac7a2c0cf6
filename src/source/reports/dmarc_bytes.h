/* SPDX-License-Identifier: ISC */
/*
 * Makes the bytes of a DMARC report fit for an XML parser. Reporters declare encodings that do not
 * exist, put blanks before the declaration, cut UTF-8 in the middle of a letter and leave control
 * characters in: none of it touches a number or a domain, so none of it costs a report.
 */
#ifndef REPORTS_DMARC_BYTES_H
#define REPORTS_DMARC_BYTES_H

#include "repmon/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DMARC_HEAD 512 /* bytes examined before any is passed on */

struct dmarc_bytes {
    struct buf head; /* the beginning, collected until there is enough */
    bool begun;
    bool utf16; /* or another encoding that the parser detects itself: bytes stay as they are */
    uint8_t pending[4]; /* a UTF-8 sequence that is not complete yet */
    size_t pending_len;
};

void dmarc_bytes_init(struct dmarc_bytes *b);
void dmarc_bytes_fini(struct dmarc_bytes *b);

/* Length of the bytes that can be given to the parser as they are; 0: use dmarc_bytes_add(). */
size_t dmarc_bytes_plain(const struct dmarc_bytes *b, const char *data, size_t len);

/* Appends to `out` what can be given to the parser: UTF-8 without a declaration. */
void dmarc_bytes_add(struct dmarc_bytes *b, const char *data, size_t len, struct buf *out);
void dmarc_bytes_end(struct dmarc_bytes *b, struct buf *out);

#endif
