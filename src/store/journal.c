/* SPDX-License-Identifier: ISC */
/*
 * The rollback journal beside the state (sqlite.org/fileformat.html section 3): SQLite rolls back
 * whatever it finds there, even into a file that has since been restored from a backup. So it is
 * checked first.
 */
#include "sql.h"

#include "repmon/buf.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER        28
#define SECTOR_MAX    65536
#define UNTIL_THE_END UINT32_MAX

struct journal {
    int fd;
    int64_t size;
    uint32_t records, pages, sector, page; /* pages: of the file as it was */
};

uint32_t journal_number(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool journal_read_at(const struct journal *j, int64_t at, unsigned char *out, size_t len)
{
    return pread(j->fd, out, len, (off_t)at) == (ssize_t)len;
}

static bool journal_read_header(struct journal *j, int64_t at)
{
    static const unsigned char magic[8] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
    unsigned char bytes[HEADER];
    if (!journal_read_at(j, at, bytes, sizeof bytes) || memcmp(bytes, magic, sizeof magic) != 0)
        return false;
    j->records = journal_number(bytes + 8);
    j->pages = journal_number(bytes + 16);
    j->sector = journal_number(bytes + 20);
    j->page = journal_number(bytes + 24);
    return j->sector >= HEADER && j->sector <= SECTOR_MAX && j->page >= 512 && j->page <= 65536;
}

/* The change counter of the page 1 that the journal would put back; false: it holds none. */
static bool journal_find_counter(struct journal *j, uint32_t *counter)
{
    int64_t at = 0;
    while (journal_read_header(j, at)) {
        at += j->sector;
        for (uint32_t i = 0; i < j->records && at < j->size; i++) {
            unsigned char number[4], bytes[4];
            if (!journal_read_at(j, at, number, 4) || !journal_read_at(j, at + 4 + 24, bytes, 4))
                return false;
            if (journal_number(number) == 1) {
                *counter = journal_number(bytes);
                return true;
            }
            at += 8 + (int64_t)j->page;
        }
        if (j->records == UNTIL_THE_END)
            return false;
        at = (at + j->sector - 1) / j->sector * j->sector; /* the next part of it */
    }
    return false;
}

/* Each commit adds one to the counter: page 1 of the file is still the old one, or already the new
 * one. While the journal lacks page 1, the file has the old one, and so its old length. */
static bool journal_is_foreign(struct journal *j, const struct journal_file *file)
{
    uint32_t was, pages = j->pages;
    if (pages == 0) /* of the very first commit */
        return file->counter > 1;
    if (journal_find_counter(j, &was))
        return file->counter != was && file->counter != was + 1;
    return file->pages != pages;
}

enum journal_kind journal_look(const char *path, const struct journal_file *file)
{
    enum journal_kind kind = JOURNAL_NONE;
    struct journal j;
    struct stat st;
    struct buf name;
    buf_init(&name, 4096);
    buf_fmt(&name, "%s-journal", path);
    j.fd = name.failed ? -1 : open(buf_text(&name), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    buf_fini(&name);
    if (j.fd < 0)
        return JOURNAL_NONE;
    j.size = fstat(j.fd, &st) == 0 ? (int64_t)st.st_size : 0;
    if (journal_read_header(&j, 0))
        kind = file && journal_is_foreign(&j, file) ? JOURNAL_FOREIGN : JOURNAL_OWN;
    close(j.fd);
    return kind;
}
