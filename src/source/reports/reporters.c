/* SPDX-License-Identifier: ISC */
/*
 * A domain where users have mailboxes also signs what they write, so only the service's own mailbox
 * proves anything there, and only as an aligned From; Amazon SES signs all its customers' mail. The
 * first row that fits counts.
 */
#include "reporters.h"

#include "dmarc_whose.h"

#include <string.h>

static const struct reporter reporters[] = {
    /* DMARC aggregates: senders as found in published reports */
    {"google.com", NULL, "gmail", true},
    {"dmarc.yahoo.com", NULL, "yahoo", true},
    {"microsoft.com", NULL, "microsoft", true},
    {"alerts.comcast.net", NULL, "comcast", true},
    {"corp.mail.ru", NULL, "mail-ru", true},
    {"sicher.gmx.net", NULL, "gmx", true},
    {"sicher.web.de", NULL, "gmx", true},
    {"163.com", "abuse", "netease", true},
    {"126.com", "abuse", "netease", true},
    {"seznam.cz", "abuse", "seznam", false},
    {"wp.pl", "dmarc-support", "wp", false},
    {"zoho.com", "noreply-dmarc", "zoho", false},
    {"fastmaildmarc.com", NULL, "fastmail", false},
    {"mimecastreport.com", NULL, "mimecast", true},
    {"amazonses.com", "postmaster", "amazon-ses", false},
    {"linkedin.com", "dmarc-noreply", "", false},
    /* complaints */
    {"arf.mail.yahoo.com", NULL, "yahoo", true},
    {"hotmail.com", "staff", "microsoft-consumer", true},
    {"outlook.com", "staff", "microsoft-consumer", true},
    {"live.com", "staff", "microsoft-consumer", true},
    {"email-abuse.amazonses.com", "complaints", "", false},
    {"feedback.comcast.net", NULL, "comcast", true},
    {"fbl.cox.net", NULL, "cox", false},
    {"fbl.fastmail.com", NULL, "fastmail", false},
    {"apps.rackspace.com", NULL, "rackspace", false},
    {"postmaster.rr.com", NULL, "spectrum", false},
    {"fbl.zoho.com", NULL, "zoho", false},
    {"feedback.terra.com", NULL, "terra", false},
    {"fbl.italiaonline.net", NULL, "libero", false},
    {"fbl.hostedemail.com", NULL, "", false}, /* OpenSRS */
    {"fbl.synacor.com", NULL, "", false},
    {"fbl.usa.net", NULL, "", false},
    /* Validity, formerly ReturnPath, for some 20 providers; some names show which */
    {"comcastfbl.senderscore.net", NULL, "comcast", true},
    {"mailru.senderscore.net", NULL, "mail-ru", true},
    {"yandexfbl.senderscore.net", NULL, "yandex", true},
    {"coxfbl.senderscore.net", NULL, "cox", false},
    {"rackspacefbl.senderscore.net", NULL, "rackspace", false},
    {"terrafbl.senderscore.net", NULL, "terra", false},
    {"senderscore.net", NULL, "", false},
    {"returnpath.net", NULL, "", false},
    {"validity.com", NULL, "", false},
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
