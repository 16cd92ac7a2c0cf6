/* SPDX-License-Identifier: ISC */
#include "dmarc_whose.h"

#include <string.h>

#define PASSED_ON (REPORT_FORWARDED | REPORT_MAILING_LIST | REPORT_TRUSTED_FORWARDER)

bool dmarc_is_below(const char *name, const char *domain)
{
    size_t n = strlen(name);
    size_t d = strlen(domain);
    if (d == 0 || n < d || strcmp(name + n - d, domain) != 0)
        return false;
    return n == d || name[n - d - 1] == '.';
}

static bool dmarc_is_below_any(const char *name, const char *const *domains, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (dmarc_is_below(name, domains[i]))
            return true;
    return false;
}

static bool dmarc_shows_us(const struct report_auth *auth, const struct dmarc_own *own)
{
    if (!auth->dkim)
        return !auth->helo && dmarc_is_below_any(auth->domain, own->envelopes, own->envelope_count);
    if (!dmarc_is_below_any(auth->domain, own->domains, own->domain_count))
        return false;
    if (auth->result == REPORT_PASS)
        return true;
    return own->knows_selector && auth->selector[0] &&
           own->knows_selector(own->context, auth->domain, auth->selector);
}

enum dmarc_whose dmarc_whose(const struct mail_report *r, const struct report_row *row,
                             const struct dmarc_own *own)
{
    if (!dmarc_is_below_any(row->header_from, own->domains, own->domain_count))
        return DMARC_NOT_JUDGED;
    if (row->reasons & PASSED_ON)
        return DMARC_RELAYED;
    for (size_t i = 0; i < row->auth_count; i++)
        if (dmarc_shows_us(&r->auths[row->first_auth + i], own))
            return DMARC_OURS;
    return DMARC_RELAYED;
}
