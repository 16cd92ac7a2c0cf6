/* SPDX-License-Identifier: ISC */
#include "repmon/numbers_view.h"

#include <inttypes.h>
#include <stdio.h>

void numbers_show_counts(struct numbers_cells *out, const int64_t values[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        snprintf(out->text[i], sizeof out->text[i], "%" PRId64, values[i]);
        out->cells[i] = values[i] < 0 ? "-" : out->text[i];
    }
}

void numbers_json_counts(struct json_out *w, const char *const keys[], const int64_t values[],
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (values[i] < 0)
            json_out_none(w, keys[i]);
        else
            json_out_number(w, keys[i], values[i]);
    }
}
