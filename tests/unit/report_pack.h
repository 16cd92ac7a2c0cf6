/* SPDX-License-Identifier: ISC */
/* Packs bytes for tests: gzip by zlib, zip by libarchive. */
#ifndef REPORT_PACK_H
#define REPORT_PACK_H

#include "repmon/buf.h"
#include "unit.h"

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>

static inline void pack_gzip(const void *data, size_t len, struct buf *out)
{
    z_stream z = {0};
    unsigned char piece[4096];
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(size_t)data;
    z.avail_in = (uInt)len;
    do {
        z.next_out = piece;
        z.avail_out = sizeof piece;
        deflate(&z, Z_FINISH);
        assert_true(buf_add(out, piece, sizeof piece - z.avail_out));
    } while (z.avail_out == 0);
    deflateEnd(&z);
}

static inline la_ssize_t pack_take(struct archive *a, void *context, const void *data, size_t len)
{
    (void)a;
    return buf_add(context, data, len) ? (la_ssize_t)len : -1;
}

struct pack_member {
    const char *name; /* one that ends in a slash is a folder */
    const void *data;
    size_t len;
};

/* `options`: of libarchive's zip writer, "compression=store"; NULL: deflate. */
static inline void pack_zip(const struct pack_member *members, size_t count, const char *options,
                            struct buf *out)
{
    struct archive *a = archive_write_new();
    archive_write_set_format_zip(a);
    archive_write_set_bytes_in_last_block(a, 1);
    if (options)
        assert_int_equal(archive_write_set_options(a, options), ARCHIVE_OK);
    assert_int_equal(archive_write_open(a, out, NULL, pack_take, NULL), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        struct archive_entry *e = archive_entry_new();
        const char *name = members[i].name;
        archive_entry_set_pathname(e, name);
        archive_entry_set_filetype(e, name[strlen(name) - 1] == '/' ? AE_IFDIR : AE_IFREG);
        archive_entry_set_perm(e, 0644);
        archive_entry_set_size(e, (la_int64_t)members[i].len);
        assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
        archive_write_data(a, members[i].data, members[i].len);
        archive_entry_free(e);
    }
    assert_int_equal(archive_write_free(a), ARCHIVE_OK);
}

#endif
