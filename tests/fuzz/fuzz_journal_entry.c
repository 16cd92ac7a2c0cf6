/* SPDX-License-Identifier: ISC */
/* What journalctl prints of an entry: a line comes out, one only, or nothing. */
#include "input/journal_entry.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char cursor[JOURNAL_CURSOR_MAX + 1];
    struct buf out;
    buf_init(&out, 64u << 10);
    enum journal_entry what = journal_entry_read((const char *)data, size, &out, cursor);
    const char *end = out.len ? memchr(out.data, '\n', out.len) : NULL;
    if (what == JOURNAL_LINE && end != out.data + out.len - 1)
        abort();
    if (what != JOURNAL_LINE && out.len > 0)
        abort();
    if (cursor[0] && !journal_cursor_is_sane(cursor))
        abort();
    buf_fini(&out);
    return 0;
}
