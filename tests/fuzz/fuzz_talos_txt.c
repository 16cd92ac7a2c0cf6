/* SPDX-License-Identifier: ISC */
#include "fuzz_talos.h"

/* Every line is a record. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct talos_text records[64];
    struct talos_reading r;
    size_t count = 0;
    while (size && count < 64) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t len = end ? (size_t)(end - data) : size;
        records[count++] = (struct talos_text){(const char *)data, len};
        data += len + (end ? 1 : 0);
        size -= len + (end ? 1 : 0);
    }
    talos_txt(records, count, &r);
    check_reading(&r);
    if (r.cause == CAUSE_NONE && (r.score.value < -10 || r.score.value > 10))
        abort();
    return 0;
}
