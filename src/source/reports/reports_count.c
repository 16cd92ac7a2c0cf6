/* SPDX-License-Identifier: ISC */
/* Turns a proven report into sums: whose mail its rows count, and who complained to whom. */
#include "reports_setup.h"

#include "../log/heard_host.h"
#include "dmarc_whose.h"

#include <stdio.h>
#include <string.h>

#define COPIED_S (7 * DAY_S) /* no complaint takes this long to arrive */

/* ---- DMARC ---- */

static bool reports_is_configured(const struct conf *conf, const char *domain, const char *selector)
{
    for (size_t i = 0; i < conf->domain_count; i++) {
        const struct conf_domain *d = &conf->domains[i];
        for (size_t k = 0; k < d->selector_count && dmarc_is_below(domain, d->name); k++)
            if (strcmp(d->selectors[k], selector) == 0)
                return true;
    }
    return false;
}

static bool reports_knows_selector(void *context, const char *domain, const char *selector)
{
    const struct reports_setup *s = context;
    return reports_is_configured(s->conf, domain, selector) ||
           dmarc_selector_is_known(&s->memory.senders, domain, selector);
}

const char *reports_domain_of(const struct reports_setup *s, const char *name)
{
    const char *found = NULL;
    for (size_t i = 0; i < s->domain_count; i++)
        if (dmarc_is_below(name, s->domains[i]) &&
            (!found || strlen(s->domains[i]) > strlen(found)))
            found = s->domains[i];
    return found;
}

static void reports_note_selectors(struct reports_setup *s, const struct mail_report *r,
                                   const struct report_row *row, int64_t day)
{
    if (row->dkim != REPORT_PASS)
        return;
    for (size_t i = 0; i < row->auth_count; i++) {
        const struct report_auth *auth = &r->auths[row->first_auth + i];
        char selector[CONF_NAME_MAX]; /* it becomes part of a name in a DNS query */
        if (auth->dkim && auth->result == REPORT_PASS &&
            conf_name_parse(auth->selector, selector) && reports_domain_of(s, auth->domain))
            dmarc_selector_note(&s->memory.senders, auth->domain, selector, day);
    }
}

/* Whether [domain] lists the address as a sender for the domain. */
static bool reports_is_sender(const struct conf *conf, const char *domain, const struct ip *ip)
{
    for (size_t i = 0; i < conf->domain_count; i++) {
        const struct conf_domain *d = &conf->domains[i];
        for (size_t k = 0; k < d->sender_count && strcmp(d->name, domain) == 0; k++)
            if (cidr_contains(&d->senders[k], ip))
                return true;
    }
    return false;
}

/* Notes mail from an unknown address, unless it was only relayed. */
static void reports_note_stranger(struct reports_setup *s, const struct report_row *row,
                                  enum dmarc_whose whose, const char *domain, int64_t day)
{
    if (whose != DMARC_OURS || report_row_aligned(row) != REPORT_PASS)
        return;
    if (reports_is_sender(s->conf, domain, &row->ip))
        return;
    struct dmarc_stranger seen = {.ip = row->ip, .last = day};
    snprintf(seen.domain, sizeof seen.domain, "%.255s", domain);
    if (row->spf == REPORT_PASS)
        seen.by_spf = row->count;
    else
        seen.by_dkim = row->count;
    dmarc_stranger_note(&s->memory.senders, &seen);
}

static struct dmarc_counts reports_counts_of(const struct report_row *row, enum dmarc_whose whose)
{
    enum report_result aligned = report_row_aligned(row);
    bool thrown_out = row->disposition == REPORT_QUARANTINE || row->disposition == REPORT_REJECT;
    struct dmarc_counts c = {0};
    if (whose == DMARC_RELAYED)
        c.relayed = row->count;
    else if (aligned == REPORT_PASS)
        c.passed = row->count;
    else if (aligned == REPORT_FAIL)
        c.failed = row->count;
    if (whose != DMARC_RELAYED && aligned == REPORT_PASS && thrown_out)
        c.thrown_out = row->count;
    return c;
}

static void reports_count_row(struct reports_setup *s, const struct mail_report *r,
                              const struct report_row *row, int64_t day)
{
    const struct dmarc_own own = {.domains = s->domains,
                                  .domain_count = s->domain_count,
                                  .envelopes = s->envelopes,
                                  .envelope_count = s->domain_count,
                                  .knows_selector = reports_knows_selector,
                                  .context = s};
    const char *domain = reports_domain_of(s, row->header_from);
    if (!domain)
        return;
    enum dmarc_whose whose = dmarc_whose(r, row, &own);
    const struct target *target = reports_target_of(s->env->inventory, &row->ip);
    dmarc_domain_note(&s->memory.senders, domain, day);
    reports_note_selectors(s, r, row, day);
    if (!target) {
        reports_note_stranger(s, row, whose, domain, day);
        return;
    }
    const struct dmarc_counts counts = reports_counts_of(row, whose);
    struct dmarc_day *sums = dmarc_day_of(&s->memory.days, &target->ip, day);
    dmarc_day_add(sums, r->sender, r->large, &counts);
    dmarc_day_add_from(sums, row->header_from, &counts);
}

/* The day a report counts for: of three days, the middle one. */
static int64_t reports_day_of_range(const struct mail_report *r)
{
    return reports_day(r->begin + (r->end - r->begin) / 2);
}

static bool reports_count_dmarc(struct reports_setup *s, const struct mail_report *r)
{
    int64_t today = reports_day((int64_t)s->env->now);
    int64_t day = reports_day_of_range(r);
    if (day > today || day <= today - DMARC_DAYS_KEPT)
        return false;
    for (size_t i = 0; i < r->row_count; i++)
        reports_count_row(s, r, &r->rows[i], day);
    return true;
}

/* ---- complaints ---- */

/* The receiver as the log names it, so that the numbers of both can be compared. */
static void reports_receiver_of(const struct reports_setup *s, const struct mail_report *r,
                                char out[static COMPLAINT_RECEIVER_MAX])
{
    const struct report_complaint *c = &r->complaint;
    const char *host = c->receiver_host[0] ? c->receiver_host : r->sender;
    const struct maillog_piece piece = {host, strlen(host)};
    const struct explain_operator *operator= explain_host(s->refusals.explain, piece);
    char domain[256];
    const char *name = c->receiver;
    if (!name[0] && operator)
        name = explain_operator_name(operator);
    if (!name[0])
        name = heard_domain(piece, domain, sizeof domain) ? domain : host;
    snprintf(out, COMPLAINT_RECEIVER_MAX, "%.*s", COMPLAINT_RECEIVER_MAX - 1, name);
}

/* When it arrived; but in a mailbox that was copied, all files look new. */
static time_t reports_arrival(const struct mail_report *r, time_t received)
{
    time_t arrived = r->date > received ? r->date : received;
    return arrived - r->date > COPIED_S ? r->date : arrived;
}

static bool reports_count_complaint(struct reports_setup *s, const struct mail_report *r,
                                    time_t received)
{
    char receiver[COMPLAINT_RECEIVER_MAX];
    int64_t today = reports_day((int64_t)s->env->now);
    int64_t day = reports_day((int64_t)reports_arrival(r, received));
    const struct target *target = reports_target_of(s->env->inventory, &r->complaint.ip);
    const struct ip unknown = {0};
    if (day > today)
        day = today;
    if (day <= today - COMPLAINT_DAYS)
        return false;
    reports_receiver_of(s, r, receiver);
    struct complaint_pair *pair =
        complaint_pair_of(&s->memory.complaints, target ? &target->ip : &unknown, receiver);
    struct complaint_day *d = pair ? complaint_day_of(pair, day) : NULL;
    if (!d)
        return false;
    d->complaints += r->complaint.incidents;
    d->amended = true;
    return true;
}

bool reports_count(struct reports_setup *s, const struct mail_report *r, time_t received)
{
    if (r->kind == REPORT_DMARC)
        return reports_count_dmarc(s, r);
    return r->kind != REPORT_COMPLAINT || reports_count_complaint(s, r, received);
}
