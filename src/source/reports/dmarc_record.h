/* SPDX-License-Identifier: ISC */
/* Takes the values of a DMARC report as they are parsed: which are kept, and which not believed. */
#ifndef REPORTS_DMARC_RECORD_H
#define REPORTS_DMARC_RECORD_H

#include "dmarc_names.h"
#include "report_mail.h"

#define DMARC_RECORD_AUTHS                                                                         \
    32 /* results of one record: a mail with more signatures says no more                          \
        */
#define DMARC_AUTHS_MAX 400000

struct dmarc_record {
    struct mail_report *r; /* borrowed: what is filled */
    size_t row_room, auth_room;
    bool open; /* inside of a record */
    bool has_count;
    struct report_row row;
    size_t auths_before; /* the report's count when the record began */
    struct report_auth auth;
    const char *problem; /* reading has failed; NULL: go on */
};

/* An element begins, ends, or its text is complete (any UTF-8, not terminated). */
void dmarc_record_begin(struct dmarc_record *d, enum dmarc_role role);
void dmarc_record_text(struct dmarc_record *d, enum dmarc_role role, const char *text, size_t len);
void dmarc_record_end(struct dmarc_record *d, enum dmarc_role role);

#endif
