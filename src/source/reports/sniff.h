/* SPDX-License-Identifier: ISC */
/* Whether a part of a mail is a report, by its bytes alone: names and types lie. */
#ifndef REPORTS_SNIFF_H
#define REPORTS_SNIFF_H

#include "report_mail.h"

#include "repmon/mime.h"

/*
 * Sets out->kind: DMARC with rows and hash, TLS, BAD with its problem, or NONE. `claimed`: the mail
 * calls itself a report, so a packed part that can't be unpacked is a bad report; in any other mail
 * it is ignored. `budget`: bytes that the parts of this mail may still unpack to.
 */
void sniff(const struct mime_part *part, bool claimed, size_t *budget, struct mail_report *out);

#endif
