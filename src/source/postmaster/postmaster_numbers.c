/* SPDX-License-Identifier: ISC */
/* Spam rates and refused mail by day in `history`. */
#include "postmaster_state.h"

static enum level postmaster_show_spam(const struct stored_numbers *n, struct numbers_cells *out)
{
    out->cells[0] = n->complaint_text;
    return LEVEL_OK;
}

static enum level postmaster_show_delivery(const struct stored_numbers *n,
                                           struct numbers_cells *out)
{
    /* The share goes into the first cell. */
    numbers_show_counts(out, (const int64_t[]){-1, n->messages}, 2);
    if (n->complaint_text[0])
        out->cells[0] = n->complaint_text;
    out->cells[2] = n->raw;
    return LEVEL_OK;
}

static void postmaster_json_share(struct json_out *w, const struct stored_numbers *n)
{
    if (n->complaint < 0)
        json_out_none(w, "share");
    else
        json_out_real(w, "share", n->complaint);
}

static void postmaster_json_delivery(struct json_out *w, const struct stored_numbers *n)
{
    static const char *const keys[] = {"refused"};
    postmaster_json_share(w, n);
    numbers_json_counts(w, keys, &n->messages, 1);
    json_out_given(w, "reasons", n->raw);
}

const struct numbers_view postmaster_numbers[] = {
    {.list = "/spam",
     .title = "Mail that Gmail users reported as spam, by day",
     .columns = 3,
     .colored = 2,
     .right = 0x4,
     .heads = {"day", "domain", "spam rate"},
     .show = postmaster_show_spam,
     .json = postmaster_json_share},
    {.list = "/delivery",
     .title = "Mail that Google refused or deferred, by day",
     .columns = 5,
     .colored = 2,
     .right = 0xc,
     .heads = {"day", "domain", "errors", "refused", "reasons"},
     .show = postmaster_show_delivery,
     .json = postmaster_json_delivery},
    {0},
};
