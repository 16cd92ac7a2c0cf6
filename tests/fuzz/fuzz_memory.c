/* SPDX-License-Identifier: ISC */
/* What the log source remembers, as it comes back from the state. */
#include "source/log/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1780000000)

/* What is read is written so that it reads the same, and the rules take any of it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pair_rules rules = {3000, 2, 20, 5, 20, false};
    char *text = mem_ndup((const char *)data, size);
    struct memory m, again;
    struct buf first, second;
    buf_init(&first, MEMORY_MAX);
    buf_init(&second, MEMORY_MAX);
    if (memory_parse(&m, text)) {
        memory_format(&m, NOW, &first);
        if (!memory_parse(&again, buf_text(&first)))
            abort();
        memory_format(&again, NOW, &second);
        if (strcmp(buf_text(&first), buf_text(&second)) != 0)
            abort();
        memory_fini(&again);
    }
    for (size_t i = 0; i < m.pair_count; i++)
        pair_judge(m.pairs[i], NOW, &rules);
    memory_fini(&m);
    buf_fini(&first);
    buf_fini(&second);
    free(text);
    return 0;
}
