/* SPDX-License-Identifier: ISC */
/*
 * Whose mail a row of a DMARC aggregate counts: our servers', or mail that others passed on.
 * repmon.conf(5), [reports]. Pure.
 */
#ifndef DMARC_WHOSE_H
#define DMARC_WHOSE_H

#include "report_mail.h"

/* What we know of ourselves. Names in lower case, without the last dot; all borrowed. */
struct dmarc_own {
    const char *const *domains; /* the domain targets */
    size_t domain_count;
    const char *const *envelopes; /* [domain] envelope of each; default the domain itself */
    size_t envelope_count;
    /* Whether we sign for `domain` (at or below one of `domains`) with this selector: configured,
     * or seen passing and aligned of late. NULL: no selector is known. */
    bool (*knows_selector)(void *context, const char *domain, const char *selector);
    void *context;
};

enum dmarc_whose {
    DMARC_NOT_JUDGED = 0, /* header-From is not at or below one of our domains */
    DMARC_RELAYED,        /* passed on by somebody (forwarded, mailing list), or never ours */
    DMARC_OURS            /* SPF of our envelope domain, or a signature of ours: a known selector,
                             or one that passed, which nobody else can forge */
};

enum dmarc_whose dmarc_whose(const struct mail_report *r, const struct report_row *row,
                             const struct dmarc_own *own);

/* Whether `name` is `domain` or below it. Both in lower case, without the last dot. */
bool dmarc_is_below(const char *name, const char *domain);

#endif
