/* SPDX-License-Identifier: ISC */
/* What holds for every value that is read of a report, whatever the bytes were. */
#ifndef FUZZ_REPORT_H
#define FUZZ_REPORT_H

#include "source/reports/dmarc_whose.h"
#include "source/reports/report_mail.h"

#include <stdlib.h>
#include <string.h>

#define FUZZ_NOW 1795600000

static inline bool fuzz_is_target(void *context, const struct ip *ip)
{
    (void)context;
    return ip->bytes[0] == 203;
}

static const char *const fuzz_trust[] = {"mx1.example.org"};
static const struct report_settings fuzz_settings = {
    .trust = fuzz_trust, .trust_count = 1, .is_target = fuzz_is_target, .received = FUZZ_NOW};

static inline void fuzz_must(bool holds)
{
    if (!holds)
        abort();
}

static inline bool fuzz_is_clean(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return false;
    return true;
}

static inline void fuzz_check_rows(const struct mail_report *r)
{
    static const char *const domains[] = {"example.org"};
    struct dmarc_own own = {.domains = domains, .domain_count = 1};
    fuzz_must(r->row_count + r->skipped <= REPORT_ROWS_MAX);
    for (size_t i = 0; i < r->row_count; i++) {
        const struct report_row *row = &r->rows[i];
        fuzz_must(row->ip.family && row->count > 0 && row->count <= REPORT_COUNT_MAX);
        fuzz_must(row->first_auth + row->auth_count <= r->auth_count);
        fuzz_must(strlen(row->header_from) < 256 && strlen(row->envelope_from) < 256);
        fuzz_must(dmarc_whose(r, row, &own) <= DMARC_OURS);
    }
    for (size_t i = 0; i < r->auth_count; i++)
        fuzz_must(r->auths[i].domain[0] && strlen(r->auths[i].selector) < 256);
}

static inline void fuzz_check(const struct mail_report *r)
{
    const struct report_complaint *c = &r->complaint;
    fuzz_must(report_kind_word(r->kind) != NULL);
    fuzz_must((r->kind == REPORT_BAD) == (r->problem[0] != '\0'));
    fuzz_must(fuzz_is_clean(r->problem) && fuzz_is_clean(r->id) && fuzz_is_clean(r->reporter));
    fuzz_must(fuzz_is_clean(r->sender) && fuzz_is_clean(r->domain) && fuzz_is_clean(c->domain));
    fuzz_must(fuzz_is_clean(c->receiver_host));
    fuzz_must(r->date > 0 && r->date <= FUZZ_NOW + 86400);
    fuzz_must(r->kind == REPORT_DMARC || (!r->rows && !r->auths && !r->text));
    fuzz_must(r->kind != REPORT_DMARC || (r->begin > 0 && r->end >= r->begin));
    fuzz_must(!c->ip.family || fuzz_is_target(NULL, &c->ip));
    if (c->incidents)
        fuzz_must(c->incidents <= REPORT_INCIDENTS_MAX && c->arrived <= r->date + 86400);
    fuzz_check_rows(r);
}

#endif
