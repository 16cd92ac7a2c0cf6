/* SPDX-License-Identifier: ISC */
/* The status report of SNDS. */
#include "fuzz_snds.h"

static void take(void *ctx, const struct snds_range *range)
{
    ++*(size_t *)ctx;
    check_text(range->details, 304);
    if (range->first > range->last)
        abort();
}

static enum snds_shape read_rows(const struct snds_body *body, size_t *rows, struct error *err)
{
    return snds_read_status(body, take, rows, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return feed(data, size, read_rows);
}
