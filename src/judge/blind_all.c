/* SPDX-License-Identifier: ISC */
#include "repmon/judge.h"

#include "words.h"

#include <string.h>

/*
 * What all lists have in common when they fail at once is not the lists. The table says what
 * to look at first, by the cause they share; without a shared one it is the way there.
 */
static const char *const likely[CAUSE_COUNT] = {
    [CAUSE_NONE] = "no list answered: look at the network and the resolver first",
    [CAUSE_TIMEOUT] = "no list answered in time: look at the network and the resolver first",
    [CAUSE_SERVFAIL] = "the resolver fails for every list: look at the resolver first",
    [CAUSE_NOT_SERVED] = "every list refuses us: the resolver is probably a public or shared one; "
                         "use one of your own",
    [CAUSE_REWRITTEN] = "the resolver rewrites answers: use one of your own",
    [CAUSE_UNTRUSTED] = "every list fails its self-test: the resolver filters or invents answers; "
                        "use one of your own",
    [CAUSE_NOT_ASKED] = "nothing was asked within the deadline: look at the network and the "
                        "resolver first",
};

/* A login that ended or a report that changed is that list's own trouble, and has its own cure. */
static bool is_its_own(enum cause cause)
{
    return cause == CAUSE_EXPIRED || cause == CAUSE_NO_KEY || cause == CAUSE_NOT_COVERED;
}

static bool in_group(const struct list_judgement *l, bool dns_only)
{
    return l->judged && l->matters && !(l->bad && is_its_own(l->belief.blind_cause)) &&
           (!dns_only || l->belief.source == SOURCE_DNSBL);
}

static struct change *find(struct list_judgement *l, enum change_kind kind)
{
    for (size_t i = 0; i < l->change_count; i++) {
        if (l->changes[i].kind == kind)
            return &l->changes[i];
    }
    return NULL;
}

static void take(struct list_judgement *l, const struct change *c)
{
    size_t at = (size_t)(c - l->changes);
    memmove(l->changes + at, l->changes + at + 1, (--l->change_count - at) * sizeof *l->changes);
}

/* Moves every change of this kind out of the lists of the group into one. Sight is told together
 * where blindness was. */
static bool merge(struct list_judgement *lists, size_t count, bool dns_only, enum change_kind kind,
                  struct change *out)
{
    uint32_t merged = 0;
    for (size_t i = 0; i < count; i++) {
        struct change *c = in_group(&lists[i], dns_only) ? find(&lists[i], kind) : NULL;
        if (!c || (kind == CHANGE_SIGHTED && !lists[i].belief.blind_whole))
            continue;
        if (merged++ == 0) {
            *out = *c;
            out->list = "";
            out->count = 0;
        }
        out->from = c->from > out->from ? c->from : out->from;
        out->to = c->to > out->to ? c->to : out->to;
        out->cause = c->cause == out->cause ? c->cause : CAUSE_NONE;
        out->since = c->since && c->since < out->since ? c->since : out->since;
        if (c->source == SOURCE_DNSBL)
            out->source = SOURCE_DNSBL;
        take(&lists[i], c);
    }
    return merged > 0;
}

static bool all_turned(struct list_judgement *lists, size_t count, bool dns_only)
{
    size_t turned = 0;
    for (size_t i = 0; i < count; i++) {
        if (!in_group(&lists[i], dns_only))
            continue;
        if (!lists[i].bad)
            return false;
        turned += find(&lists[i], CHANGE_BLIND) != NULL;
    }
    return turned >= 2;
}

/* The whole is over when a list of its kind sees; over DNS that is a DNS list, since what they
 * share is the way to ask them. */
static bool whole_is_over(const struct list_judgement *lists, size_t count)
{
    bool whole = false, dns = false, sees = false;
    for (size_t i = 0; i < count; i++) {
        whole |= lists[i].belief.blind_whole;
        dns |= lists[i].belief.blind_whole && lists[i].belief.source == SOURCE_DNSBL;
    }
    for (size_t i = 0; i < count; i++)
        sees |= in_group(&lists[i], dns) && !lists[i].bad;
    return whole && sees;
}

/* Those that still do not see are said by name then: every message about blindness has its end. */
static void name_the_rest(const struct judge *j, struct list_judgement *lists, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct list_judgement *l = &lists[i];
        if (!l->belief.blind_whole || !l->judged)
            continue;
        l->belief.blind_whole = false;
        if (!l->bad || find(l, CHANGE_BLIND) || l->change_count == JUDGE_LIST_CHANGES)
            continue;
        l->belief.opened = j->now;
        l->changes[l->change_count++] = (struct change){
            .kind = CHANGE_BLIND,
            .source = l->belief.source,
            .list = l->belief.list,
            .of_list = true,
            .label = "",
            .from = LEVEL_OK,
            .to = l->severity == SEV_CRITICAL ? LEVEL_CRITICAL : LEVEL_WARNING,
            .answers_from = "",
            .answers = "",
            .cause = l->belief.blind_cause,
            .detail = "other lists answer again",
            .since = l->belief.bad_since,
            .opened = j->now,
        };
    }
}

/* One change instead of those of all lists, or of all DNS lists, that turned blind in this run. */
static bool all_blind(const struct judge *j, struct list_judgement *lists, size_t count,
                      struct change *out)
{
    bool dns_only = !all_turned(lists, count, false);
    if (dns_only && !all_turned(lists, count, true))
        return false;
    for (size_t i = 0; i < count; i++)
        lists[i].belief.blind_whole |=
            in_group(&lists[i], dns_only) && lists[i].belief.blind_said == j->now;
    merge(lists, count, dns_only, CHANGE_BLIND, out);
    const char *why = likely[out->cause];
    out->detail = why ? why : likely[CAUSE_NONE];
    return true;
}

bool judge_all_lists(struct judge *j, struct list_judgement *lists, size_t count,
                     struct change *out)
{
    bool over = whole_is_over(lists, count);
    bool said = over && merge(lists, count, false, CHANGE_SIGHTED, out);
    if (said)
        out->detail = "lists answer again; those that do not are named";
    if (over)
        name_the_rest(j, lists, count);
    else
        said = all_blind(j, lists, count, out);
    for (size_t i = 0; i < count; i++) {
        if (lists[i].judged && !lists[i].bad)
            lists[i].belief.blind_whole = false;
    }
    return said;
}
