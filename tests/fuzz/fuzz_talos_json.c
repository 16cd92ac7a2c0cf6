/* SPDX-License-Identifier: ISC */
#include "repmon/talos_answer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct talos_reading r;
    struct ip ip;
    struct buf line;
    ip_parse("192.0.2.10", &ip);
    talos_json((const char *)data, size, &ip, &r);
    if (r.cause == CAUSE_NEVER_ASKED || (r.cause == CAUSE_NONE && !r.level[0]) ||
        strlen(r.level) >= TALOS_LEVEL_MAX)
        abort();
    buf_init(&line, 4096);
    talos_detail(&r, &line);
    if (line.failed)
        abort();
    buf_fini(&line);
    return 0;
}
