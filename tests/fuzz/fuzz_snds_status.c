/* SPDX-License-Identifier: ISC */
/* The status report of SNDS: whatever comes, rows are handed out only of a report read to its end,
 * and their text is fit for a person. The first byte chooses whether the transfer announced its
 * end. */
#include "repmon/snds_report.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    size_t rows;
};

static void check_text(const char *s, size_t most)
{
    if (strlen(s) > most)
        abort();
    for (; *s; s++) {
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            abort();
    }
}

static void take(void *ctx, const struct snds_range *range)
{
    ((struct seen *)ctx)->rows++;
    check_text(range->details, 304);
    if (range->first > range->last)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    char *text = malloc(size);
    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    struct seen seen = {0};
    struct error err = {0};
    const struct snds_body body = {"", text, size - 1, data[0] & 1};
    enum snds_shape shape = snds_read_status(&body, take, &seen, &err);
    if ((shape == SNDS_ROWS) != (seen.rows > 0) || (shape >= SNDS_HTML && !err.text[0]))
        abort();
    free(text);
    return 0;
}
