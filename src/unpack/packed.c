/* SPDX-License-Identifier: ISC */
#include "repmon/packed.h"

#include "repmon/buf.h"
#include "repmon/inflate.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define PACKED_BLOCK (64u << 10)

struct packed {
    int fd;            /* borrowed */
    bool is_gzip;      /* read by zlib, which gives all there is of a truncated file */
    gzFile gz;         /* owned; NULL: not readable, or not a gzip */
    struct archive *a; /* owned; likewise for other formats */
};

static const struct {
    const char *magic;
    size_t len;
} packed_kinds[] = {{"BZh", 3},
                    {"\xfd"
                     "7zXZ\0",
                     6},
                    {"\x28\xb5\x2f\xfd", 4}};

static bool packed_is_archive(const char *start, ssize_t got)
{
    for (size_t i = 0; i < sizeof packed_kinds / sizeof *packed_kinds; i++)
        if (got >= (ssize_t)packed_kinds[i].len &&
            memcmp(start, packed_kinds[i].magic, packed_kinds[i].len) == 0)
            return true;
    return false;
}

static bool packed_begin_gzip(struct packed *p)
{
    int fd = dup(p->fd);
    p->gz = fd < 0 ? NULL : gzdopen(fd, "rb");
    if (fd >= 0 && !p->gz)
        close(fd);
    return p->gz != NULL;
}

static bool packed_begin_archive(struct packed *p)
{
    struct archive_entry *entry;
    p->a = archive_read_new();
    if (!p->a)
        return false;
    archive_read_support_filter_bzip2(p->a);
    archive_read_support_filter_xz(p->a);
    archive_read_support_filter_zstd(p->a);
    archive_read_support_format_raw(p->a);
    if (archive_read_open_fd(p->a, p->fd, PACKED_BLOCK) != ARCHIVE_OK)
        return false;
    return archive_read_next_header(p->a, &entry) == ARCHIVE_OK;
}

static void packed_drop(struct packed *p)
{
    gzclose_r(p->gz);
    archive_read_free(p->a);
    p->gz = NULL;
    p->a = NULL;
}

static bool packed_begin(struct packed *p)
{
    if (lseek(p->fd, 0, SEEK_SET) != 0)
        return false;
    bool begun = p->is_gzip ? packed_begin_gzip(p) : packed_begin_archive(p);
    if (!begun)
        packed_drop(p);
    return begun;
}

struct packed *packed_open(int fd)
{
    char start[8] = {0};
    ssize_t got = pread(fd, start, sizeof start, 0);
    bool is_gzip = got > 0 && inflate_is_gzip(start, (size_t)got);
    if (!is_gzip && !packed_is_archive(start, got))
        return NULL;
    struct packed *p = mem_alloc(sizeof *p);
    p->fd = fd;
    p->is_gzip = is_gzip;
    packed_begin(p);
    return p;
}

void packed_close(struct packed *p)
{
    if (!p)
        return;
    packed_drop(p);
    free(p);
}

static ssize_t packed_read_gzip(struct packed *p, void *out, size_t len)
{
    int got = gzread(p->gz, out, (unsigned)len);
    int status = Z_OK;
    gzerror(p->gz, &status);
    /* Z_BUF_ERROR: the file ends inside a member. What came before is valid and counts. */
    if (got <= 0 && status != Z_OK && status != Z_STREAM_END)
        return -1;
    return got;
}

ssize_t packed_read(struct packed *p, void *out, size_t len)
{
    if (p->gz)
        return packed_read_gzip(p, out, len);
    if (!p->a)
        return -1;
    la_ssize_t got = archive_read_data(p->a, out, len);
    return got < 0 ? -1 : (ssize_t)got;
}

bool packed_rewind(struct packed *p)
{
    packed_drop(p);
    return packed_begin(p);
}

size_t packed_stem(const char *name)
{
    static const char *const endings[] = {".gz", ".bz2", ".xz", ".zst"};
    size_t len = strlen(name);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t end = strlen(endings[i]);
        if (len > end && strcmp(name + len - end, endings[i]) == 0)
            return len - end;
    }
    return len;
}
