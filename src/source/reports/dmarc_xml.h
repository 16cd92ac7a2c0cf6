/* SPDX-License-Identifier: ISC */
/*
 * A DMARC aggregate (RFC 7489 appendix C, RFC 9990) read as a stream, by the SAX side of libxml2:
 * no tree, no entities but XML's own five, no DTD, no network. Children may come in any order;
 * elements that are unknown or in another namespace are skipped with everything inside them. A
 * missing end tag is forgiven where the next tag shows what ends; a truncated report is not.
 */
#ifndef REPORTS_DMARC_XML_H
#define REPORTS_DMARC_XML_H

#include "report_mail.h"

struct dmarc_xml;

enum dmarc_xml_end {
    DMARC_XML_WHOLE = 0, /* a complete report */
    DMARC_XML_NO_REPORT, /* other XML, HTML, or no XML at all */
    DMARC_XML_BAD        /* a report that can't be read; report.problem says why */
};

/* Fills `out` (its rows and what comes from the XML); `out` must outlive it. */
struct dmarc_xml *dmarc_xml_new(struct mail_report *out);
void dmarc_xml_free(struct dmarc_xml *x);

/* False: further bytes would change nothing. */
bool dmarc_xml_feed(struct dmarc_xml *x, const char *data, size_t len);

/* Ends the bytes. With anything but WHOLE the report has no rows. */
enum dmarc_xml_end dmarc_xml_end(struct dmarc_xml *x);

/* Frees and forgets what was filled. */
void dmarc_xml_drop(struct mail_report *r);

#endif
