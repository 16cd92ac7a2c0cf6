/* SPDX-License-Identifier: ISC */
/*
 * gzip (RFC 1952) as a stream, recognised by its magic number and not by a file name: bytes in,
 * bytes out, constant memory. Several members in a row, as from `cat a.gz b.gz`, are one text;
 * anything else after the last member is ignored, as gzip(1) does.
 */
#ifndef REPMON_INFLATE_H
#define REPMON_INFLATE_H

#include "repmon/error.h"

#include <stdbool.h>
#include <stddef.h>

struct inflate;

/* Takes what comes out, a piece at a time. */
typedef void inflate_sink(void *context, const char *data, size_t len);

/* Whether the bytes begin a gzip; two are needed. */
bool inflate_is_gzip(const char *data, size_t len);

struct inflate *inflate_new(inflate_sink *sink, void *context);
/* False with ERR_INPUT when the bytes are no gzip; what came out before is right. */
bool inflate_feed(struct inflate *z, const char *data, size_t len, struct error *err);
/* False with ERR_INPUT when the last member is not complete. */
bool inflate_end(struct inflate *z, struct error *err);
void inflate_free(struct inflate *z);

#endif
