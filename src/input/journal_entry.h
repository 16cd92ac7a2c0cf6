/* SPDX-License-Identifier: ISC */
/* One line of `journalctl -o json`. Pure. */
#ifndef INPUT_JOURNAL_ENTRY_H
#define INPUT_JOURNAL_ENTRY_H

#include "repmon/buf.h"

#include <stdbool.h>
#include <stddef.h>

#define JOURNAL_CURSOR_MAX 300 /* systemd's are about 130 bytes */

enum journal_entry {
    JOURNAL_BAD = 0, /* not a journal entry */
    JOURNAL_EMPTY,   /* one whose message is missing, null or no text */
    JOURNAL_LINE     /* a line was appended */
};

/*
 * Appends "SECONDS journal IDENTIFIER[0]: MESSAGE\n". A message that is not UTF-8 comes as numbers,
 * one that was cut as null; of several fields of one name, the first counts. `cursor` is set ("" if
 * there is none that can be used) unless JOURNAL_BAD.
 */
enum journal_entry journal_entry_read(const char *json, size_t len, struct buf *out,
                                      char cursor[static JOURNAL_CURSOR_MAX + 1]);

/* Whether this cursor may be passed to journalctl: "s=…;i=…;t=…", without unsafe characters. */
bool journal_cursor_is_sane(const char *cursor);

#endif
