/* SPDX-License-Identifier: ISC */
#include "repmon/maillog.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A piece lies in the line or in the scratch buffer, whole. */
static void check_piece(struct maillog_piece p, const char *line, size_t len,
                        const struct buf *scratch)
{
    if (p.len == 0)
        return;
    bool in_line = p.s >= line && p.s + p.len <= line + len;
    bool in_scratch =
        scratch->data && p.s >= scratch->data && p.s + p.len <= scratch->data + scratch->len;
    if (!in_line && !in_scratch)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct maillog_clock clock = {.now = 1795507202, .utc = true};
    struct maillog_event e;
    struct buf scratch;
    /* Not ended by a NUL, as a line in a chunk of a file is not. */
    char *line = malloc(size ? size : 1);
    if (!line)
        abort();
    memcpy(line, data, size);
    buf_init(&scratch, 1 << 20);
    if (maillog_parse(line, size, &scratch, &e)) {
        int64_t when;
        const struct maillog_piece pieces[] = {e.stamp, e.tag, e.queue_id, e.host, e.text};
        for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
            check_piece(pieces[i], line, size, &scratch);
        maillog_time(e.stamp, &clock, &when);
        if (e.format >= MAILLOG_FORMAT_COUNT || !maillog_format_word(e.format) ||
            memchr(e.status, '\0', sizeof e.status) == NULL)
            abort();
    }
    buf_fini(&scratch);
    free(line);
    return 0;
}
