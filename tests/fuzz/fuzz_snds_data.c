/* SPDX-License-Identifier: ISC */
/* The data report of SNDS. */
#include "fuzz_snds.h"
#include "repmon/day.h"

static void take(void *ctx, const struct snds_row *row)
{
    ++*(size_t *)ctx;
    check_text(row->raw, 1024);
    check_text(row->complaint_text, 24);
    if (row->ip.family != 4 || (row->day && !day_valid(row->day)) || row->recipients < -1)
        abort();
}

static enum snds_shape read_rows(const struct snds_body *body, size_t *rows, struct error *err)
{
    return snds_read_data(body, take, rows, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return feed(data, size, read_rows);
}
