/* SPDX-License-Identifier: ISC */
/*
 * The numbers of reports in `history`, in the columns that reports_tell.c fills: for DMARC,
 * "recipients" are the messages that passed, "data" those that failed, "traps" those thrown out
 * although they passed; for complaints, "data" are the complaints.
 */
#include "reports_accounts.h"

static int64_t reports_relayed(const struct stored_numbers *n)
{
    return n->messages - n->recipients - n->data;
}

static enum level reports_show_dmarc(const struct stored_numbers *n, struct numbers_cells *out)
{
    const int64_t values[] = {n->recipients, n->data, n->traps, reports_relayed(n)};
    numbers_show_counts(out, values, 4);
    out->cells[4] = n->raw;
    return n->data > 0 || n->traps > 0 ? LEVEL_WARNING : LEVEL_OK;
}

static void reports_json_dmarc(struct json_out *w, const struct stored_numbers *n)
{
    static const char *const keys[] = {"passed", "failed", "quarantined", "relayed"};
    const int64_t values[] = {n->recipients, n->data, n->traps, reports_relayed(n)};
    numbers_json_counts(w, keys, values, 4);
    json_out_text(w, "reporters", n->raw);
}

static enum level reports_show_complaints(const struct stored_numbers *n, struct numbers_cells *out)
{
    numbers_show_counts(out, &n->data, 1);
    out->cells[1] = n->raw;
    return LEVEL_WARNING;
}

static void reports_json_complaints(struct json_out *w, const struct stored_numbers *n)
{
    json_out_number(w, "complaints", n->data);
    json_out_text(w, "receivers", n->raw);
}

const struct numbers_view reports_numbers[] = {
    {.list = "dmarc",
     .title = "Messages in DMARC reports, by day (UTC)",
     .columns = 7,
     .colored = 3,
     .right = 0x3c,
     .heads = {"day", "address", "passed", "failed", "quarantined", "relayed", "reporters"},
     .show = reports_show_dmarc,
     .json = reports_json_dmarc},
    {.list = "complaints",
     .title = "Complaints, by day of arrival (UTC)",
     .columns = 4,
     .colored = 2,
     .right = 0x4,
     .heads = {"day", "address", "complaints", "receivers"},
     .show = reports_show_complaints,
     .json = reports_json_complaints},
    {0},
};
