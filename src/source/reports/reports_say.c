/* SPDX-License-Identifier: ISC */
/* What a run says once about a section: that reports arrive which are counted but never judged. */
#include "reports_setup.h"

#include "repmon/log.h"

#include <inttypes.h>
#include <stdio.h>

void reports_note_unwatched(const struct reports_setup *s, struct reports_section *section,
                            const struct mail_report *r)
{
    struct reports_tally *t = &section->tally;
    if (r->kind != REPORT_DMARC || !r->domain[0] || reports_domain_of(s, r->domain))
        return;
    for (size_t i = 0; i < r->row_count; i++)
        if (reports_domain_of(s, r->rows[i].header_from))
            return;
    t->unwatched++;
    snprintf(t->unwatched_domain, sizeof t->unwatched_domain, "%.*s", HOST_NAME_SIZE - 1,
             r->domain);
}

/* An administrator without `trust` may not know that nothing is judged without it. */
static void reports_say_unproven(const struct conf_reports *conf, struct reports_section *section)
{
    uint64_t absent = section->tally.proofs[REPORT_PROOF_ABSENT];
    if (conf->trust_count > 0)
        section->said_unproven = false;
    if (conf->trust_count > 0 || absent == 0 || section->said_unproven)
        return;
    log_warn("[reports \"%s\"]: %" PRIu64 " report%s can't be proven and %s not judged: name your "
             "mail server's authserv-id with trust",
             conf->name, absent, absent == 1 ? "" : "s", absent == 1 ? "is" : "are");
    section->said_unproven = true;
}

/* A domain that has become a target is forgotten, because its reports are judged from now on. */
static void reports_say_unwatched(const struct reports_setup *s, const struct conf_reports *conf,
                                  struct reports_section *section)
{
    struct reports_tally *t = &section->tally;
    if (reports_domain_of(s, t->unwatched_domain)) {
        t->unwatched = 0;
        t->unwatched_domain[0] = '\0';
        section->said_unwatched = false;
    }
    if (t->unwatched == 0 || section->said_unwatched)
        return;
    log_warn("[reports \"%s\"]: DMARC reports about %s are counted and not judged, because it is "
             "not watched: add domain = %s to [targets] if it is yours",
             conf->name, t->unwatched_domain, t->unwatched_domain);
    section->said_unwatched = true;
}

void reports_say_once(const struct reports_setup *s, const struct conf_reports *conf,
                      struct reports_section *section)
{
    reports_say_unproven(conf, section);
    reports_say_unwatched(s, conf, section);
}
