/* SPDX-License-Identifier: ISC */
/*
 * A complaint: ARF (RFC 5965), with RFC 6430 and 6591, and Microsoft's JMRP, which used to be a
 * mail with the original attached and the address in its subject, and is now an ARF without any
 * details.
 */
#ifndef REPORTS_COMPLAINT_H
#define REPORTS_COMPLAINT_H

#include "report_mail.h"

struct complaint_text {
    const char *feedback; /* the fields of message/feedback-report; NULL: the old JMRP */
    size_t feedback_len;
    const char
        *original; /* the header of the mail that was complained about; NULL: it is missing */
    size_t original_len;
    const char *subject; /* of the report; "" */
};

/* Whether the subject is that of the old JMRP. */
bool complaint_is_jmrp_subject(const char *subject);

/*
 * Fills kind, problem and complaint of `out`, whose sender, date and proof are there already. The
 * address is what the receiver itself states: Source-IP, then client-ip of Received-SPF, then
 * Authentication-Results and X-Forefront-Antispam-Report, then the subject of the old JMRP, then
 * the topmost Received with one of our targets. Never X-Originating-IP, which is the user's.
 */
void complaint_read(const struct complaint_text *t, const struct report_settings *settings,
                    struct mail_report *out);

#endif
