/* SPDX-License-Identifier: ISC */
/* Places of followed files, as they come back from the state. */
#include "input/place.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_ndup((const char *)data, size);
    struct position first, again;
    struct buf out;
    buf_init(&out, 4096);
    if (position_parse(text, &first)) {
        position_format(&first, &out);
        if (!position_parse(buf_text(&out), &again) || again.now.offset != first.now.offset)
            abort();
    }
    buf_fini(&out);
    free(text);
    return 0;
}
