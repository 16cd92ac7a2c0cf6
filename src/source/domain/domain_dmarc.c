/* SPDX-License-Identifier: ISC */
/*
 * DMARC by the tree walk of RFC 9989 4.10: the domain's own record, else that of the organizational
 * domain, else that of the public suffix.
 */
#include "dmarc_record.h"
#include "domain_state.h"

#include <stdio.h>
#include <string.h>

#define WALK_LABELS 8 /* longer names continue at seven labels */

/* What the walk found at one name. */
struct dmarc_found {
    struct dmarc_record record;
    char text[512];
    unsigned count; /* DMARC records there */
};

struct walk {
    char org[CONF_NAME_MAX];    /* the organizational domain; the start itself by default */
    char policy[CONF_NAME_MAX]; /* whose record applies; "" for none */
    struct dmarc_found own;     /* at the start */
    struct dmarc_found applies;
};

static bool domain_dmarc_has_no_record(const struct dns_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++)
        if (dmarc_is_record(answer->records[i].text, answer->records[i].len))
            return false;
    return true;
}

static bool domain_look_at(struct domain_state *s, struct domain_job *j, struct domain_finding *f,
                           const char *domain, struct dmarc_found *out)
{
    char name[CONF_NAME_MAX + 8];
    struct dns_answer answer;
    *out = (struct dmarc_found){.count = 0};
    snprintf(name, sizeof name, "_dmarc.%s", domain);
    if (domain_ask(s, j, f, name, DNS_TXT, &answer) != SPF_FOUND)
        return false;
    for (size_t i = 0; i < answer.count; i++) {
        const struct dns_record *r = &answer.records[i];
        if (!dmarc_is_record(r->text, r->len))
            continue;
        out->count++;
        out->record = dmarc_record_read(r->text, r->len);
        snprintf(out->text, sizeof out->text, "%s", r->text);
    }
    return true;
}

static size_t domain_label_count(const char *name)
{
    size_t labels = 1;
    for (const char *c = name; *c; c++)
        labels += *c == '.';
    return labels;
}

/* One label less; from long names, the surplus on the left goes at once. NULL: that was the
 * last. */
static const char *domain_parent_of(const char *name)
{
    size_t labels = domain_label_count(name);
    size_t cut = labels >= WALK_LABELS ? labels - (WALK_LABELS - 1) : 1;
    for (; cut && name; cut--) {
        name = strchr(name, '.');
        name = name ? name + 1 : NULL;
    }
    return name;
}

/* From `start` up: to the top, or only as far as the policy needs. False: an answer is missing. */
static bool domain_walk_tree(struct domain_state *s, struct domain_job *j, struct domain_finding *f,
                             const char *start, bool to_the_top, struct walk *out)
{
    const char *below = start;
    struct dmarc_found top = {.count = 0}, here;
    *out = (struct walk){.policy = ""};
    snprintf(out->org, sizeof out->org, "%s", start);
    for (const char *name = start; name; below = name, name = domain_parent_of(name)) {
        if (!domain_look_at(s, j, f, name, &here))
            return false;
        if (name == start)
            out->own = here;
        if (here.count != 1)
            continue;
        bool suffix = here.record.psd == 'y' && name != start;
        snprintf(out->org, sizeof out->org, "%s", suffix ? below : name);
        if (!suffix || !top.count) {
            top = here;
            snprintf(out->policy, sizeof out->policy, "%s", name);
        }
        if (here.record.psd != 'u' || (name == start && !to_the_top))
            break;
    }
    out->applies = top;
    if (out->own.count == 1) {
        out->applies = out->own;
        snprintf(out->policy, sizeof out->policy, "%s", start);
    }
    return true;
}

/* ---- external receivers of reports (RFC 9990 4) ---- */

static void domain_judge_rua(struct domain_state *s, struct domain_job *j, struct domain_finding *f,
                             const struct walk *w, const char *host)
{
    char name[2 * CONF_NAME_MAX + 32];
    struct walk ours, theirs;
    struct dns_answer answer;
    if (strcmp(host, w->policy) == 0 || !domain_walk_tree(s, j, f, w->policy, true, &ours) ||
        !domain_walk_tree(s, j, f, host, true, &theirs) || strcmp(theirs.org, ours.org) == 0)
        return;
    snprintf(name, sizeof name, "%s._report._dmarc.%s", w->policy, host);
    if (domain_ask(s, j, f, name, DNS_TXT, &answer) != SPF_FOUND ||
        !domain_dmarc_has_no_record(&answer))
        return;
    finding_add(f, DMARC_NO_CONSENT, host);
    finding_say(f, "%s must publish %s TXT \"v=DMARC1\", or remove it from rua=", host, name);
}

static void domain_dmarc_tell_absent(struct domain_state *s, struct domain_job *j,
                                     struct domain_finding *f)
{
    char name[CONF_NAME_MAX + 8];
    snprintf(name, sizeof name, "_dmarc.%s", j->name);
    enum domain_absent absent =
        domain_absent(s, j, f, "dmarc", name, DNS_TXT, domain_dmarc_has_no_record);
    if (absent == ABSENT_NOT_PROVEN)
        return;
    const char *was = absent == ABSENT_GONE ? domain_remembered(s, j, "dmarc") : "";
    finding_add(f, absent == ABSENT_GONE ? DMARC_GONE : DMARC_MISSING, "");
    finding_say(f, "publish%s %s TXT \"%s\"", *was ? " again:" : "", name,
                *was ? was : "v=DMARC1; p=none");
}

void domain_judge_dmarc(struct domain_state *s, struct domain_job *j, struct domain_finding *f)
{
    struct walk w;
    if (!domain_walk_tree(s, j, f, j->name, false, &w))
        return;
    if (w.own.count > 1) {
        finding_add(f, DMARC_TWO_RECORDS, "");
        finding_say(f, "_dmarc.%s has %u DMARC records: keep one", j->name, w.own.count);
        return;
    }
    if (!w.policy[0]) {
        domain_dmarc_tell_absent(s, j, f);
        return;
    }
    if (!w.applies.record.usable) {
        finding_add(f, DMARC_INVALID, "");
        finding_say(f, "_dmarc.%s has no valid p= and no rua=: publish TXT \"v=DMARC1; p=none\"",
                    w.policy);
        return;
    }
    domain_present(s, j, "dmarc", w.applies.text);
    for (size_t i = 0; i < w.applies.record.rua_count; i++)
        domain_judge_rua(s, j, f, &w, w.applies.record.rua[i]);
}
