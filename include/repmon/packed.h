/* SPDX-License-Identifier: ISC */
/* A file that gzip (zlib), bzip2, xz or zstd (libarchive) compressed, read forward. */
#ifndef REPMON_PACKED_H
#define REPMON_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct packed; /* opaque */

/* NULL: it is none of these. `fd` is the caller's, and must stay open; its offset is ours. */
struct packed *packed_open(int fd);
void packed_close(struct packed *p); /* NULL is harmless */

/* Unpacked bytes, 0 at the end, -1: it is damaged or ends early; what came before counts. */
ssize_t packed_read(struct packed *p, void *out, size_t len);

/* Back to the beginning; false: it can't be read again. */
bool packed_rewind(struct packed *p);

/* Length of `name` without the ending of any compression: ".gz", ".bz2", ".xz", ".zst". */
size_t packed_stem(const char *name);

#endif
