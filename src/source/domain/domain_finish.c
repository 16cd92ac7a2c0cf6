/* SPDX-License-Identifier: ISC */
/* At the end of a run: what can't be believed from this resolver, and the health of the lists. */
#include "domain_state.h"

#define FEW 2 /* with so few domains, most may well lose a record at once */

/*
 * A resolver that shows no record of any domain, and through which no list knows its own test
 * point, denies everything; with no list to compare, so does one that denies all records of
 * several domains.
 */
static bool domain_denies_everything(const struct domain_state *s)
{
    bool denied = s->job_count > 1;
    if (answers_any_record(s->answers) || !answers_any_denial(s->answers))
        return false;
    for (size_t k = 0; k < results_columns(s->env.results); k++) {
        const struct column *c = results_column_const(s->env.results, k);
        for (size_t v = 2u * s->via; c->dns_list && v < 2u * s->via + 2; v++) {
            const struct validity *st = &c->via[v % RESULTS_VIAS];
            if (st->empty == CAUSE_NONE)
                return false;
            denied |= st->empty == CAUSE_UNTRUSTED && st->listing == CAUSE_NONE;
        }
    }
    return denied;
}

static const char denies[] =
    "the resolver denies every name queried, including the lists' test entries if there are any: "
    "the fault is the resolver's, not the domains'; check [dns] resolver";
static const char made_up[] =
    "this resolver answers for the domain from its own hosts file (or local data), not from the "
    "public DNS: remove the domain's names from it, or name another resolver with [dns] resolver";
static const char held[] =
    "this resolver holds the zone of the domain itself: what others see is not proven through it; "
    "name another resolver with [dns] resolver";
static const char mass_loss[] =
    "most domains lost the same record at once: that is probably the resolver rather than the "
    "domains; check [dns] resolver";

static void domain_doubt(struct domain_state *s, size_t list, size_t job)
{
    results_set(s->env.results, s->jobs[job].row, s->env.first_column + list,
                results_intern(s->env.results, CAUSE_UNTRUSTED, 0, ""));
}

/* Doubts records that an earlier run saw and that are now gone from most domains. Lists of this
 * source are below blind_severity: what stays gone for a day is told, resolver or not. */
static bool domain_undo_mass_loss(struct domain_state *s, size_t list)
{
    size_t judged = 0, turned = 0;
    for (size_t i = 0; i < s->job_count; i++) {
        size_t column = s->env.first_column + list;
        judged += results_effective(s->env.results, s->jobs[i].row, column).cause == CAUSE_NONE;
        turned += s->jobs[i].turned[list];
    }
    if (turned <= FEW || turned * 2 <= judged)
        return false;
    for (size_t i = 0; i < s->job_count; i++)
        if (s->jobs[i].turned[list])
            domain_doubt(s, list, i);
    return true;
}

static const char *domain_note(const struct domain_state *s, bool denied, bool lost)
{
    if (denied)
        return denies;
    if (lost)
        return mass_loss;
    if (answers_any_made_up(s->answers))
        return made_up;
    if (answers_any_held(s->answers))
        return held;
    return answers_any_torn(s->answers) ? SOURCE_NO_SOA : NULL;
}

/* What was not fully judged counts as not asked; from a resolver that lies, nothing counts. */
static void domain_void(struct domain_state *s, size_t list, bool distrusted)
{
    size_t column = s->env.first_column + list;
    for (size_t i = 0; i < s->job_count; i++) {
        if (distrusted)
            domain_doubt(s, list, i);
        else if (!s->jobs[i].done[list])
            results_set(s->env.results, s->jobs[i].row, column,
                        results_intern(s->env.results, CAUSE_NOT_ASKED, 0, ""));
    }
}

static void domain_judge_health(struct domain_state *s, size_t column)
{
    size_t due = 0, proven = 0, causes[CAUSE_COUNT] = {0};
    struct column *c = results_column(s->env.results, column);
    for (size_t i = 0; i < s->job_count; i++) {
        struct outcome o = results_effective(s->env.results, s->jobs[i].row, column);
        due += !cause_is_normal(o.cause);
        proven += o.cause == CAUSE_NONE;
        causes[o.cause] += o.cause != CAUSE_NONE && !cause_is_normal(o.cause);
    }
    if (proven)
        c->proven = s->env.now;
    for (size_t i = 0, most = 0; i < CAUSE_COUNT && proven * 2 < due; i++) {
        if (causes[i] > most) {
            most = causes[i];
            c->cause = (enum cause)i;
        }
    }
    if (c->cause != CAUSE_NONE)
        c->health = c->cause == CAUSE_UNTRUSTED ? HEALTH_UNTRUSTED : HEALTH_BLIND;
}

static void domain_finish_list(struct domain_state *s, size_t list, bool denied)
{
    bool distrusted = denied || answers_all_torn(s->answers);
    struct column *c = results_column(s->env.results, s->env.first_column + list);
    c->via[0] = (struct validity){CAUSE_NONE, CAUSE_NONE};
    domain_void(s, list, distrusted);
    bool lost = domain_undo_mass_loss(s, list);
    const char *note = domain_note(s, denied, lost);
    if (note)
        c->note = note;
    c->cures = distrusted || lost || note == made_up;
    domain_judge_health(s, s->env.first_column + list);
}

void domain_finish(void *state)
{
    struct domain_state *s = state;
    bool denied = domain_denies_everything(s);
    for (size_t list = 0; list < DOMAIN_LISTS; list++)
        domain_finish_list(s, list, denied);
}
