/* SPDX-License-Identifier: ISC */
#include "packed.h"

#include "repmon/buf.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PACKED_BLOCK (64u << 10)

struct packed {
    int fd;            /* borrowed */
    struct archive *a; /* owned; NULL: it can't be read */
};

static const struct {
    const char *magic;
    size_t len;
} packed_kinds[] = {{"BZh", 3},
                    {"\xfd"
                     "7zXZ\0",
                     6},
                    {"\x28\xb5\x2f\xfd", 4}};

static bool packed_is(int fd)
{
    char start[8] = {0};
    ssize_t got = pread(fd, start, sizeof start, 0);
    for (size_t i = 0; i < sizeof packed_kinds / sizeof *packed_kinds; i++)
        if (got >= (ssize_t)packed_kinds[i].len &&
            memcmp(start, packed_kinds[i].magic, packed_kinds[i].len) == 0)
            return true;
    return false;
}

/* Each step says itself whether it worked; the last one that did not decides. */
static bool packed_begin(struct packed *p)
{
    struct archive_entry *entry;
    p->a = archive_read_new();
    if (!p->a || lseek(p->fd, 0, SEEK_SET) != 0)
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
    archive_read_free(p->a);
    p->a = NULL;
}

struct packed *packed_open(int fd)
{
    if (!packed_is(fd))
        return NULL;
    struct packed *p = mem_alloc(sizeof *p);
    p->fd = fd;
    if (!packed_begin(p))
        packed_drop(p);
    return p;
}

void packed_close(struct packed *p)
{
    if (!p)
        return;
    packed_drop(p);
    free(p);
}

ssize_t packed_read(struct packed *p, void *out, size_t len)
{
    if (!p->a)
        return -1;
    la_ssize_t got = archive_read_data(p->a, out, len);
    return got < 0 ? -1 : (ssize_t)got;
}

bool packed_rewind(struct packed *p)
{
    packed_drop(p);
    if (packed_begin(p))
        return true;
    packed_drop(p);
    return false;
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
