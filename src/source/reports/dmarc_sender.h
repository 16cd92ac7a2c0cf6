/* SPDX-License-Identifier: ISC */
/*
 * Who sends as our domains, according to DMARC aggregates: selectors that were seen passing and
 * aligned, and unwatched addresses that pass nevertheless. Both are bounded; the strangers with the
 * least mail make room for others.
 */
#ifndef SOURCE_REPORTS_DMARC_SENDER_H
#define SOURCE_REPORTS_DMARC_SENDER_H

#include "repmon/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DMARC_NAME_MAX      256
#define DMARC_SELECTORS     512
#define DMARC_STRANGERS     256
#define DMARC_SELECTOR_DAYS 7
#define DMARC_STRANGER_DAYS 14

struct dmarc_selector {
    char domain[DMARC_NAME_MAX], name[DMARC_NAME_MAX];
    int64_t last; /* newest report day, counted from 1970 */
    bool fresh;   /* learned in this run: used from the next one on, whatever the order of mails */
};

struct dmarc_stranger {
    char domain[DMARC_NAME_MAX]; /* the domain target that it passes as */
    struct ip ip;
    uint64_t by_spf, by_dkim; /* messages that pass by SPF, or only by a signature */
    int64_t last;
};

/* A domain target that reports were about. */
struct dmarc_reported {
    char domain[DMARC_NAME_MAX];
    int64_t last;
};

struct dmarc_senders {
    struct dmarc_reported *domains; /* owned */
    size_t domain_count;
    struct dmarc_selector *selectors; /* owned */
    size_t selector_count;
    struct dmarc_stranger *strangers; /* owned */
    size_t stranger_count;
};

/* Notes that a report is about this domain target. */
void dmarc_domain_note(struct dmarc_senders *s, const char *domain, int64_t day);
const struct dmarc_reported *dmarc_domain_find(const struct dmarc_senders *s, const char *domain);

void dmarc_senders_fini(struct dmarc_senders *s);
void dmarc_selector_note(struct dmarc_senders *s, const char *domain, const char *name,
                         int64_t day);
/* Whether an earlier run learned it. */
bool dmarc_selector_is_known(const struct dmarc_senders *s, const char *domain, const char *name);
void dmarc_stranger_note(struct dmarc_senders *s, const struct dmarc_stranger *seen);
/* Forgets what, as of this day, has not been seen for too long. */
void dmarc_senders_forget(struct dmarc_senders *s, int64_t today);

#endif
