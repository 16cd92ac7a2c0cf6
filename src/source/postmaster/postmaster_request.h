/* SPDX-License-Identifier: ISC */
/* What Google is asked for: metrics of the Postmaster Tools API v2, a range of days in one query.
 */
#ifndef POSTMASTER_REQUEST_H
#define POSTMASTER_REQUEST_H

#include "repmon/buf.h"

#include <stddef.h>
#include <stdint.h>

/* Why Google refused mail, of those reasons that are about the sender's address or domain. */
enum postmaster_reason {
    REASON_LOW_IP = 0,
    REASON_RBL,
    REASON_PTR,
    REASON_LOW_DOMAIN,
    POSTMASTER_REASONS
};
/* Google's own word: "low_ip_reputation". */
const char *postmaster_reason_word(enum postmaster_reason reason);

enum postmaster_metric {
    METRIC_SPAM = 0,     /* share of the mail in inboxes that users reported as spam */
    METRIC_ERRORS,       /* share of the mail that was refused or put off, for any reason */
    METRIC_REFUSED,      /* messages refused, for any reason */
    METRIC_REASON_SHARE, /* + reason */
    METRIC_REASON_COUNT = METRIC_REASON_SHARE + POSTMASTER_REASONS, /* + reason: messages */
    POSTMASTER_METRICS = METRIC_REASON_COUNT + POSTMASTER_REASONS
};

/* The name under which a metric is asked for and comes back; and the metric of a name, or
 * POSTMASTER_METRICS. */
void postmaster_metric_name(enum postmaster_metric metric, struct buf *out);
enum postmaster_metric postmaster_metric_of(const char *name);

/* The body of a query about `domain` from one day to another, both included. `page` NULL: the
 * first. */
void postmaster_query(const char *domain, int32_t from, int32_t to, const char *page,
                      struct buf *out);

#endif
