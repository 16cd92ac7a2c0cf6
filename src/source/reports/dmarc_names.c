/* SPDX-License-Identifier: ISC */
#include "dmarc_names.h"

#include <string.h>

struct child {
    const char *name;
    enum dmarc_role role;
};

/* The children of each; a role of 0 ends them. */
static const struct child children[DMARC_TEXTS][7] = {
    [DMARC_DOCUMENT] = {{"feedback", DMARC_FEEDBACK}},
    [DMARC_FEEDBACK] = {{"record", DMARC_RECORD},
                        {"report_metadata", DMARC_METADATA},
                        {"policy_published", DMARC_POLICY}},
    [DMARC_METADATA] = {{"org_name", DMARC_ORG_NAME},
                        {"report_id", DMARC_REPORT_ID},
                        {"date_range", DMARC_RANGE}},
    [DMARC_RANGE] = {{"begin", DMARC_BEGIN}, {"end", DMARC_END}},
    [DMARC_POLICY] = {{"domain", DMARC_POLICY_DOMAIN}},
    [DMARC_RECORD] = {{"row", DMARC_ROW},
                      {"identifiers", DMARC_IDENTIFIERS},
                      {"identities", DMARC_IDENTIFIERS}, /* seen */
                      {"auth_results", DMARC_RESULTS}},
    [DMARC_ROW] = {{"source_ip", DMARC_SOURCE_IP},
                   {"count", DMARC_COUNT},
                   {"policy_evaluated", DMARC_EVALUATED}},
    [DMARC_EVALUATED] = {{"disposition", DMARC_DISPOSITION},
                         {"dkim", DMARC_DKIM},
                         {"spf", DMARC_SPF},
                         {"reason", DMARC_REASON}},
    [DMARC_REASON] = {{"type", DMARC_REASON_TYPE}},
    [DMARC_IDENTIFIERS] = {{"header_from", DMARC_HEADER_FROM},
                           {"envelope_from", DMARC_ENVELOPE_FROM}},
    [DMARC_RESULTS] = {{"dkim", DMARC_RESULT_DKIM}, {"spf", DMARC_RESULT_SPF}},
    [DMARC_RESULT_DKIM] = {{"domain", DMARC_RESULT_DOMAIN},
                           {"selector", DMARC_RESULT_SELECTOR},
                           {"result", DMARC_RESULT_WORD}},
    [DMARC_RESULT_SPF] = {{"domain", DMARC_RESULT_DOMAIN},
                          {"scope", DMARC_RESULT_SCOPE},
                          {"result", DMARC_RESULT_WORD}},
};

enum dmarc_role dmarc_role_of(enum dmarc_role parent, const char *name)
{
    if (dmarc_is_text(parent))
        return DMARC_UNKNOWN;
    for (const struct child *c = children[parent]; c->role; c++)
        if (strcmp(c->name, name) == 0)
            return c->role;
    return DMARC_UNKNOWN;
}

bool dmarc_is_namespace(const char *uri)
{
    return !uri || strcmp(uri, "urn:ietf:params:xml:ns:dmarc-2.0") == 0 ||
           strcmp(uri, "http://dmarc.org/dmarc-xml/0.1") == 0;
}
