/* SPDX-License-Identifier: ISC */
/* How many report mails arrived, as a source counts them and the metrics show them. */
#ifndef REPMON_MAIL_COUNT_H
#define REPMON_MAIL_COUNT_H

#include <stdint.h>

/* Through one section [reports], of one kind, since counting began. */
struct mail_count {
    const char *account, *kind; /* borrowed: "inbox"; "dmarc", "unproven" */
    uint64_t mails;
};
#define MAIL_COUNTS_MAX 256 /* in metrics */

#endif
