/* SPDX-License-Identifier: ISC */
/* [snds "NAME"]. */
#include "conf_section.h"

#include "repmon/secret.h"

#include <stdlib.h>

static const struct conf_word snds_method[] = {{"oauth", false}, {"links", true}, {NULL, 0}};
static const struct conf_word status_404[] = {{"unknown", false}, {"empty", true}, {NULL, 0}};

#define SNDS(...) NAMED(conf_snds, __VA_ARGS__)

static const struct conf_key snds_keys[] = {
    {SNDS("method", false, "", "oauth or links", value_flag_word, links), .words = snds_method},
    {SNDS("covers", true, "", "block of the account and the day of its last attestation",
          value_cover, covers)},
    {SNDS("data_url_file", false, "", "method links: file with the address of the data report",
          value_secret_file, data_url),
     .least = SECRET_URL},
    {SNDS("status_url_file", false, "", "method links: file with the address of the status report",
          value_secret_file, status_url),
     .least = SECRET_URL},
    {SNDS("issued", false, "when first seen", "method links: day they were created", value_date,
          issued),
     .prose = true},
    {SNDS("api", false, "built in", "method oauth: base URL, in case it moves", value_base_url,
          api),
     .prose = true},
    {SNDS("authority", false, "built in", "method oauth: base URL of the login", value_base_url,
          authority),
     .prose = true},
    {SNDS("every", false, "6h", "query at most once in this time", value_duration, every_ms),
     .least = 0, .most = 30 * DAY},
    {SNDS("look_back", false, "3d", "how far back to query again, because data arrives late",
          value_duration, look_back_ms),
     .least = DAY, .most = 90 * DAY},
    {SNDS("stale", false, "4d", "alert when the newest report is older than this", value_duration,
          stale_ms),
     .least = DAY, .most = 90 * DAY},
    {SNDS("status_404", false, "unknown",
          "what a 404 for the status report means: unknown or empty", value_flag_word,
          status_404_empty),
     .words = status_404},
    {SNDS("complaint_warning", false, "0.3", "complaint rate in percent", value_real,
          complaint_warning),
     .least = 0, .most = 100},
    {SNDS("complaint_critical", false, "1", "complaint rate in percent", value_real,
          complaint_critical),
     .least = 0, .most = 100},
    {SNDS("severity", false, "status critical, data major", "severity when it can't be queried",
          value_word, severity),
     .words = conf_severity_words, .has = offsetof(struct conf_snds, has_severity), .prose = true},
    {SNDS("valid_for", false, "7d", HOLDS, value_duration, valid_for_ms), .least = MINUTE,
     .most = YEAR},
};

static void conf_open_snds(struct conf_reader *r)
{
    struct conf_snds *account = r->base;
    account->status_list = conf_list_name(account->name, "/status");
    account->data_list = conf_list_name(account->name, "/data");
}

static void conf_check_snds(struct conf_reader *r)
{
    const struct conf_snds *s = r->base;
    if (!conf_given(r, "method"))
        conf_missing(r, "method", "is missing: oauth or links");
    if (s->links) {
        if (!conf_given(r, "data_url_file") && !conf_given(r, "status_url_file"))
            conf_missing(r, "data_url_file",
                         "is missing: method links needs it, status_url_file, or both");
        conf_useless(r, "api", "is for method oauth only");
        conf_useless(r, "authority", "is for method oauth only");
    } else if (conf_given(r, "method")) {
        conf_useless(r, "data_url_file", "is for method links only");
        conf_useless(r, "status_url_file", "is for method links only");
        conf_useless(r, "issued", "is for method links only");
    }
    if (s->complaint_critical < s->complaint_warning) {
        int line = conf_given(r, "complaint_critical");
        conf_complain(r, line ? line : conf_given(r, "complaint_warning"), r->section,
                      "complaint_critical", "must not be below complaint_warning");
    }
}

static void conf_free_snds(void *row)
{
    struct conf_snds *s = row;
    free(s->status_list);
    free(s->data_list);
    free(s->covers);
    free(s->api);
    free(s->authority);
    secret_free(s->data_url.text);
    secret_free(s->status_url.text);
}

const struct conf_section conf_section_snds = {
    .word = "snds",
    .shown = "snds \"NAME\"",
    CONF_KEYS(snds_keys),
    CONF_ROWS(conf_snds, snds, snds_count, name),
    .open = conf_open_snds,
    .check = conf_check_snds,
    .free = conf_free_snds,
};
