/* SPDX-License-Identifier: ISC */
/*
 * What somebody meant who typed something else where an address, a block or a host name belongs: a
 * port, a range, a URL, a mail address and so on. For error messages only: no guess is ever used.
 */
#ifndef REPMON_TYPED_H
#define REPMON_TYPED_H

#include "repmon/buf.h"

#include <stdbool.h>

/*
 * Appends what the word seems to be and what to write instead, as the end of a sentence ("has a
 * port: write 203.0.113.5"); false, and nothing appended, when it is none of the known mistakes.
 * Shows only addresses, blocks and host names with a dot out of the word, and those clean.
 */
bool typed_hint(const char *word, struct buf *hint);

#endif
