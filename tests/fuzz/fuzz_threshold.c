/* SPDX-License-Identifier: ISC */
#include "repmon/threshold.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What parses is an interval with numbers for ends, keeps its text, and alerts on one side only. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[64];
    if (size >= sizeof text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    struct threshold r;
    if (!threshold_parse(text, &r, NULL))
        return 0;
    if (isnan(r.start) || isnan(r.end) || r.start > r.end || strcmp(r.text, text) != 0)
        abort();
    struct threshold other = r;
    other.inside = !r.inside;
    if (threshold_alerts(&r, 1) == threshold_alerts(&other, 1))
        abort();
    return 0;
}
