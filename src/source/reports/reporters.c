/* SPDX-License-Identifier: ISC */
/*
 * A domain at which users have mailboxes signs what they write, so there only the service's own
 * mailbox proves anything, and only as an aligned From; Amazon SES signs all its customers' mail.
 */
#include "reporters.h"

#include "repmon/dmarc_whose.h"

#include <string.h>

static const struct reporter reporters[] = {
    {"google.com", NULL, "gmail", true},
    {"arf.mail.yahoo.com", NULL, "yahoo", true},
    {"dmarc.yahoo.com", NULL, "yahoo", true},
    {"abuse.aol.com", NULL, "yahoo", true},
    {"microsoft.com", NULL, "microsoft", true},
    {"hotmail.com", "staff", "microsoft-consumer", true},
    {"outlook.com", "staff", "microsoft-consumer", true},
    {"live.com", "staff", "microsoft-consumer", true},
    {"email-abuse.amazonses.com", "complaints", "", false},
    {"amazonses.com", "postmaster", "amazon-ses", false},
    {"senderscore.net", NULL, "", false}, /* Validity, once ReturnPath: for some 20 providers */
    {"validity.com", NULL, "", false},
    {"returnpath.net", NULL, "", false},
    {"corp.mail.ru", NULL, "mail-ru", true},
    {"sicher.de", NULL, "gmx", true}, /* GMX, web.de and 1&1 */
    {"fastmaildmarc.com", NULL, "fastmail", false},
    {"mimecastreport.com", NULL, "mimecast", true},
    {"linkedin.com", "dmarc-noreply", "", false},
};

#define COUNT (sizeof reporters / sizeof *reporters)

const struct reporter *reporter_of_domain(const char *domain)
{
    for (size_t i = 0; i < COUNT; i++)
        if (!reporters[i].mailbox && dmarc_is_below(domain, reporters[i].domain))
            return &reporters[i];
    return NULL;
}

const struct reporter *reporter_of_mailbox(const char *local, const char *domain)
{
    for (size_t i = 0; i < COUNT; i++) {
        const struct reporter *r = &reporters[i];
        if (r->mailbox && strcmp(local, r->mailbox) == 0 && strcmp(domain, r->domain) == 0)
            return r;
    }
    return reporter_of_domain(domain);
}
