/* SPDX-License-Identifier: ISC */
/* Packed bytes, in pieces whose length the first byte gives. */
#include "repmon/unpack.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BUDGET (4u << 20)

struct feed {
    const uint8_t *data;
    size_t len, step;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t give(void *context, char *out, size_t size)
{
    struct feed *f = context;
    size_t n = f->len < f->step ? f->len : f->step;
    n = n < size ? n : size;
    memcpy(out, f->data, n);
    f->data += n;
    f->len -= n;
    return n;
}

/* Touches every byte, so that a sanitizer sees those that are not there. */
static bool take(void *context, const char *data, size_t len)
{
    static volatile char seen;
    for (size_t i = 0; i < len; i++)
        seen = (char)(seen ^ data[i]);
    *(size_t *)context += len;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct feed f = {data + 1, size - 1, (size_t)data[0] + 1};
    size_t budget = BUDGET;
    size_t sum = 0;
    enum unpack_result result = unpack(give, &f, take, &sum, &budget);
    if (!unpack_text(result) || sum > BUDGET || (result == UNPACK_DONE && budget > BUDGET - sum))
        abort();
    return 0;
}
