/* SPDX-License-Identifier: ISC */
/*
 * What holds for a reading of Talos, whatever form it came in: settled, with a level only where
 * nothing stands against it, and a line for people that always fits.
 */
#ifndef FUZZ_TALOS_H
#define FUZZ_TALOS_H

#include "source/talos/talos_answer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_reading(const struct talos_reading *r)
{
    struct buf line;
    if (r->cause == CAUSE_NEVER_ASKED || (r->cause == CAUSE_NONE && !r->level[0]) ||
        !memchr(r->level, '\0', sizeof r->level))
        abort();
    buf_init(&line, 4096);
    talos_detail(r, &line);
    if (line.failed)
        abort();
    buf_fini(&line);
}

#endif
