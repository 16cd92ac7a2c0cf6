/* SPDX-License-Identifier: ISC */
#include "dmarc_names.h"

#include <string.h>

static const struct {
    enum dmarc_role parent;
    const char *name;
    enum dmarc_role role;
} roles[] = {
    {DMARC_DOCUMENT, "feedback", DMARC_FEEDBACK},
    {DMARC_FEEDBACK, "report_metadata", DMARC_METADATA},
    {DMARC_FEEDBACK, "policy_published", DMARC_POLICY},
    {DMARC_FEEDBACK, "record", DMARC_RECORD},
    {DMARC_METADATA, "org_name", DMARC_ORG_NAME},
    {DMARC_METADATA, "report_id", DMARC_REPORT_ID},
    {DMARC_METADATA, "date_range", DMARC_RANGE},
    {DMARC_RANGE, "begin", DMARC_BEGIN},
    {DMARC_RANGE, "end", DMARC_END},
    {DMARC_POLICY, "domain", DMARC_POLICY_DOMAIN},
    {DMARC_RECORD, "row", DMARC_ROW},
    {DMARC_RECORD, "identifiers", DMARC_IDENTIFIERS},
    {DMARC_RECORD, "identities", DMARC_IDENTIFIERS}, /* seen */
    {DMARC_RECORD, "auth_results", DMARC_RESULTS},
    {DMARC_ROW, "source_ip", DMARC_SOURCE_IP},
    {DMARC_ROW, "count", DMARC_COUNT},
    {DMARC_ROW, "policy_evaluated", DMARC_EVALUATED},
    {DMARC_EVALUATED, "disposition", DMARC_DISPOSITION},
    {DMARC_EVALUATED, "dkim", DMARC_DKIM},
    {DMARC_EVALUATED, "spf", DMARC_SPF},
    {DMARC_EVALUATED, "reason", DMARC_REASON},
    {DMARC_REASON, "type", DMARC_REASON_TYPE},
    {DMARC_IDENTIFIERS, "header_from", DMARC_HEADER_FROM},
    {DMARC_IDENTIFIERS, "envelope_from", DMARC_ENVELOPE_FROM},
    {DMARC_RESULTS, "dkim", DMARC_RESULT_DKIM},
    {DMARC_RESULTS, "spf", DMARC_RESULT_SPF},
    {DMARC_RESULT_DKIM, "domain", DMARC_RESULT_DOMAIN},
    {DMARC_RESULT_DKIM, "selector", DMARC_RESULT_SELECTOR},
    {DMARC_RESULT_DKIM, "result", DMARC_RESULT_WORD},
    {DMARC_RESULT_SPF, "domain", DMARC_RESULT_DOMAIN},
    {DMARC_RESULT_SPF, "scope", DMARC_RESULT_SCOPE},
    {DMARC_RESULT_SPF, "result", DMARC_RESULT_WORD},
};

enum dmarc_role dmarc_role_of(enum dmarc_role parent, const char *name)
{
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (roles[i].parent == parent && strcmp(roles[i].name, name) == 0)
            return roles[i].role;
    return DMARC_UNKNOWN;
}

bool dmarc_is_namespace(const char *uri)
{
    return !uri || strcmp(uri, "urn:ietf:params:xml:ns:dmarc-2.0") == 0 ||
           strcmp(uri, "http://dmarc.org/dmarc-xml/0.1") == 0;
}
