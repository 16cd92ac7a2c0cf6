/* SPDX-License-Identifier: ISC */
/* Who sends reports: the built-in table, and what the administrator adds. */
#ifndef REPORTS_REPORTERS_H
#define REPORTS_REPORTERS_H

#include <stdbool.h>
#include <stddef.h>

struct reporter {
    const char *domain; /* the domain and its subdomains */
    /* The one mailbox that reports, if anybody can have one at that domain; else NULL. */
    const char *mailbox;
    const char *receiver; /* a word of the refusal table's operators; "": it speaks for several */
    bool large;           /* its account of what it did with mail needs no second witness */
};

/* The reporter that signs as this domain; NULL: none. Never one that is known by its mailbox. */
const struct reporter *reporter_of_domain(const char *domain);

/* The reporter that writes from this mailbox; NULL: none. */
const struct reporter *reporter_of_mailbox(const char *local, const char *domain);

#endif
