/* SPDX-License-Identifier: ISC */
/* Which element of a DMARC report occurs where, and what it means. */
#ifndef REPORTS_DMARC_NAMES_H
#define REPORTS_DMARC_NAMES_H

#include <stdbool.h>

enum dmarc_role {
    DMARC_UNKNOWN = 0, /* skipped, with everything inside it */
    DMARC_DOCUMENT,
    /* elements that hold elements */
    DMARC_FEEDBACK,
    DMARC_METADATA,
    DMARC_RANGE,
    DMARC_POLICY,
    DMARC_RECORD,
    DMARC_ROW,
    DMARC_EVALUATED,
    DMARC_REASON,
    DMARC_IDENTIFIERS,
    DMARC_RESULTS,
    DMARC_RESULT_DKIM,
    DMARC_RESULT_SPF,
    /* elements that hold text */
    DMARC_TEXTS,
    DMARC_ORG_NAME = DMARC_TEXTS,
    DMARC_REPORT_ID,
    DMARC_BEGIN,
    DMARC_END,
    DMARC_POLICY_DOMAIN,
    DMARC_SOURCE_IP,
    DMARC_COUNT,
    DMARC_DISPOSITION,
    DMARC_DKIM,
    DMARC_SPF,
    DMARC_REASON_TYPE,
    DMARC_HEADER_FROM,
    DMARC_ENVELOPE_FROM,
    DMARC_RESULT_DOMAIN,
    DMARC_RESULT_SELECTOR,
    DMARC_RESULT_WORD,
    DMARC_RESULT_SCOPE
};

static inline bool dmarc_is_text(enum dmarc_role role)
{
    return role >= DMARC_TEXTS;
}

/* The role of an element by its name and its parent's role. */
enum dmarc_role dmarc_role_of(enum dmarc_role parent, const char *name);

/* Whether the namespace is that of a DMARC report; NULL is: most have none. */
bool dmarc_is_namespace(const char *uri);

#endif
