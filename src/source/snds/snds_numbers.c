/* SPDX-License-Identifier: ISC */
/* The numbers of the data report in `history`. */
#include "snds_state.h"

#include <string.h>

static enum level snds_numbers_level(const struct stored_numbers *n)
{
    if (strcmp(n->colour, "red") == 0)
        return LEVEL_CRITICAL;
    if (strcmp(n->colour, "yellow") == 0)
        return LEVEL_WARNING;
    return n->colour[0] ? LEVEL_OK : LEVEL_UNKNOWN;
}

static enum level snds_numbers_show(const struct stored_numbers *n, struct numbers_cells *out)
{
    /* The colour goes into the first cell. */
    const int64_t values[] = {-1, n->recipients, n->data, n->messages, n->traps};
    numbers_show_counts(out, values, 5);
    if (n->colour[0])
        out->cells[0] = n->colour;
    out->cells[5] = n->complaint_text;
    return snds_numbers_level(n);
}

static void snds_numbers_json(struct json_out *w, const struct stored_numbers *n)
{
    static const char *const keys[] = {"recipients", "data", "messages", "traps"};
    const int64_t values[] = {n->recipients, n->data, n->messages, n->traps};
    numbers_json_counts(w, keys, values, 4);
    json_out_text(w, "complaint", n->complaint_text);
    json_out_text(w, "colour", n->colour);
}

const struct numbers_view snds_numbers[] = {
    {.list = "/data",
     .title = "SNDS numbers, by the day of their report",
     .columns = 8,
     .colored = 2,
     .right = 0x78,
     .heads = {"day", "address", "filter", "recipients", "data", "messages", "traps", "complaints"},
     .show = snds_numbers_show,
     .json = snds_numbers_json},
    {0},
};
