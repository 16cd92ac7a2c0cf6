/* SPDX-License-Identifier: ISC */
#include "repmon/judge.h"

#include "words.h"

#include <string.h>

/*
 * When all lists fail at once, the fault lies in what they share, not in the lists. The table says
 * what to look at first, by the cause they share; without a shared cause it is the way to them.
 */
static const char *const likely[CAUSE_COUNT] = {
    [CAUSE_NONE] = "no list answered: check the network and the resolver first",
    [CAUSE_TIMEOUT] = "no list answered in time: check the network and the resolver first",
    [CAUSE_SERVFAIL] = "the resolver fails for every list: check the resolver first",
    [CAUSE_NOT_SERVED] =
        "every list refuses your queries: the resolver is probably a public or shared one; "
        "use one of your own",
    [CAUSE_REWRITTEN] = "the resolver rewrites answers: use one of your own",
    [CAUSE_UNTRUSTED] = "every list fails its self-test: the resolver filters or invents answers; "
                        "use one of your own",
    [CAUSE_NOT_ASKED] = "nothing was queried within the deadline: check the network and the "
                        "resolver first",
};

/* Of sources that are no DNS lists: what fails is a server of theirs. */
static const char likely_elsewhere[] =
    "the servers of every source failed; every run queries them again";

/* A login that ended or a report that changed is that list's own trouble, and has its own cure. */
static bool blind_is_its_own(enum cause cause)
{
    return cause == CAUSE_EXPIRED || cause == CAUSE_NO_KEY || cause == CAUSE_NOT_COVERED;
}

static bool blind_in_group(const struct list_judgement *l, bool dns_only)
{
    return l->judged && l->matters && !(l->bad && blind_is_its_own(l->belief.blind_cause)) &&
           (!dns_only || l->dns_list);
}

static struct change *blind_find(struct list_judgement *l, enum change_kind kind)
{
    for (size_t i = 0; i < l->change_count; i++) {
        if (l->changes[i].kind == kind)
            return &l->changes[i];
    }
    return NULL;
}

static void blind_take(struct list_judgement *l, const struct change *c)
{
    size_t at = (size_t)(c - l->changes);
    memmove(l->changes + at, l->changes + at + 1, (--l->change_count - at) * sizeof *l->changes);
}

/* Told together with the others, or not at all before: no end has to name it. */
static bool blind_is_unnamed(const struct list_judgement *l, const struct change *flapping)
{
    return l->belief.blind_whole || flapping->told.kinds == 1u << CHANGE_FLAPPING;
}

/* Merges all changes of this kind in the group into one. A list that was blind before the others
 * was named, and is named again when it sees. */
static bool blind_merge(const struct judge *j, struct list_judgement *lists, size_t count,
                        bool dns_only, enum change_kind kind, struct change *out)
{
    uint32_t merged = 0;
    for (size_t i = 0; i < count; i++) {
        struct change *c = blind_in_group(&lists[i], dns_only) ? blind_find(&lists[i], kind) : NULL;
        if (!c || (kind == CHANGE_FLAPPING && !blind_is_unnamed(&lists[i], c)))
            continue;
        if (kind == CHANGE_FLAPPING || lists[i].belief.blind_said == j->now)
            lists[i].belief.blind_whole = true;
        if (merged++ == 0) {
            *out = *c;
            out->list = "";
            out->count = 0;
            out->told = (struct told){0};
        }
        out->from = c->from > out->from ? c->from : out->from;
        out->to = c->to > out->to ? c->to : out->to;
        out->cause = c->cause == out->cause ? c->cause : CAUSE_NONE;
        out->since = c->since && c->since < out->since ? c->since : out->since;
        if (lists[i].belief.blind_whole)
            told_join(&out->told, &c->told);
        if (lists[i].dns_list)
            out->source = c->source;
        blind_take(&lists[i], c);
    }
    return merged > 0;
}

/* All of the group are blind, and two or more are reported as blind in this run. Those named
 * before get their ends by name, so at least one that was not must carry the end of all. */
static bool blind_all_turned(const struct judge *j, struct list_judgement *lists, size_t count,
                             bool dns_only)
{
    size_t turned = 0;
    bool carried = false;
    for (size_t i = 0; i < count; i++) {
        if (!blind_in_group(&lists[i], dns_only))
            continue;
        if (!lists[i].bad)
            return false;
        bool says = blind_find(&lists[i], CHANGE_BLIND) != NULL;
        turned += says;
        carried |= says && (lists[i].belief.blind_whole || lists[i].belief.blind_said == j->now);
    }
    return carried && turned >= 2;
}

/* All of the group are held as flapping, two or more of them from this run on. */
static bool blind_all_flapping(struct list_judgement *lists, size_t count, bool dns_only)
{
    size_t began = 0;
    for (size_t i = 0; i < count; i++) {
        if (!blind_in_group(&lists[i], dns_only))
            continue;
        if (!lists[i].belief.flapping_since)
            return false;
        const struct change *c = blind_find(&lists[i], CHANGE_FLAPPING);
        began += c && blind_is_unnamed(&lists[i], c);
    }
    return began >= 2;
}

/* Part of the whole that was told, and not held as flapping. */
static bool blind_is_of_whole(const struct list_judgement *l)
{
    return l->belief.blind_whole && !l->belief.flapping_since;
}

/* Whether the list sees; also one that was blind with the others and matters less by now. */
static bool blind_sees_of(const struct list_judgement *l, bool dns_only)
{
    return l->judged && !l->bad && (l->matters || blind_is_of_whole(l)) &&
           (!dns_only || l->dns_list);
}

/* The whole is over when a list of its kind sees (for DNS a DNS list, since what they share is the
 * way to ask them), or when none of its lists is asked any more. */
static bool blind_whole_is_over(const struct list_judgement *lists, size_t count,
                                const struct told *left)
{
    bool whole = false, dns = false, sees = false, gone = left->kinds != 0;
    for (size_t i = 0; i < count; i++) {
        whole |= blind_is_of_whole(&lists[i]);
        dns |= blind_is_of_whole(&lists[i]) && lists[i].dns_list;
    }
    for (size_t i = 0; i < count; i++)
        sees |= blind_sees_of(&lists[i], dns);
    return whole ? sees : gone;
}

/* Moves who was told of the whole from its lists to the change that ends it. */
static void blind_gather_told(struct list_judgement *l, struct change *out)
{
    struct change *sight = blind_find(l, CHANGE_RECOVERED);
    time_t since = sight ? sight->since : l->belief.bad_since;
    if (since && (!out->since || since < out->since))
        out->since = since;
    told_join(&out->told, sight ? &sight->told : &l->belief.blind_told);
    l->belief.blind_told = (struct told){0};
    l->belief.blind_whole = false;
    if (sight)
        blind_take(l, sight);
}

/* Lists that are still blind are then reported by name, so that every message about blindness has
 * its end. One that does not matter, or rests, counts as never reported. */
static void blind_name_one(const struct judge *j, struct list_judgement *l)
{
    if (!l->belief.blind_said || blind_find(l, CHANGE_BLIND))
        return;
    if (!l->bad || !l->matters || l->change_count == JUDGE_LIST_CHANGES) {
        l->belief.blind_said = l->belief.opened = 0;
        return;
    }
    l->belief.opened = j->now;
    struct change *c = &l->changes[l->change_count++];
    *c = (struct change){
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
    told_say(&l->belief.blind_told, c, INCIDENT_BLIND);
}

static void blind_end_whole(const struct judge *j, struct list_judgement *lists, size_t count,
                            const struct told *left, struct change *out)
{
    bool stays = false, dns = false;
    *out = (struct change){
        .kind = CHANGE_RECOVERED,
        .source = j->whole, /* unless a list that is left says otherwise */
        .list = "",
        .of_list = true,
        .label = "",
        .to = LEVEL_OK,
        .answers_from = "",
        .answers = "",
        .cause = CAUSE_NONE,
        .told = *left,
    };
    for (size_t i = 0; i < count; i++) {
        if (!blind_is_of_whole(&lists[i]))
            continue;
        stays = true;
        if (!dns)
            out->source = lists[i].belief.source;
        dns |= lists[i].dns_list;
        blind_gather_told(&lists[i], out);
        blind_name_one(j, &lists[i]);
    }
    out->from = out->told.worst;
    out->since = out->since ? out->since : j->now;
    out->detail = stays ? "lists answer again, except those named"
                        : "the lists that could not be queried are no longer in use";
}

/* The culprit that all of the group name; NULL: they differ, or one names none. */
static const char *blind_shared_culprit(const struct list_judgement *lists, size_t count,
                                        bool dns_only)
{
    const char *shared = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *culprit = lists[i].culprit;
        if (!blind_in_group(&lists[i], dns_only))
            continue;
        if (!culprit || (shared && strcmp(shared, culprit) != 0))
            return NULL;
        shared = culprit;
    }
    return shared;
}

static const char *blind_likely(const struct list_judgement *lists, size_t count, enum cause cause)
{
    bool dns = false;
    for (size_t i = 0; i < count; i++)
        dns |= blind_in_group(&lists[i], true);
    if (!dns && cause == CAUSE_SERVFAIL)
        return likely_elsewhere;
    return likely[cause] ? likely[cause] : likely[CAUSE_NONE];
}

/* One change instead of those of all lists, or of all DNS lists, that turned blind in this run. */
static bool blind_all(const struct judge *j, struct list_judgement *lists, size_t count,
                      const struct told *left, struct change *out)
{
    bool dns_only = !blind_all_turned(j, lists, count, false);
    if (dns_only && !blind_all_turned(j, lists, count, true))
        return false;
    blind_merge(j, lists, count, dns_only, CHANGE_BLIND, out);
    told_join(&out->told, left);
    const char *culprit = blind_shared_culprit(lists, count, dns_only);
    out->detail = culprit ? culprit : blind_likely(lists, count, out->cause);
    return true;
}

/* A list of the whole with its own news. Another cause of the same kind waits until the whole is
 * over; one that has its own cure, or flaps alone, leaves, and is told by name from now on. */
static void blind_let_leave(struct list_judgement *lists, size_t count, struct told *left)
{
    for (size_t i = 0; i < count; i++) {
        struct list_judgement *l = &lists[i];
        struct change *c = blind_find(l, CHANGE_BLIND);
        c = c ? c : blind_find(l, CHANGE_FLAPPING);
        if (!l->belief.blind_whole || !c)
            continue;
        if (c->kind == CHANGE_BLIND && !blind_is_its_own(l->belief.blind_cause)) {
            blind_take(l, c);
            continue;
        }
        told_join(left, &l->belief.blind_told);
        l->belief.blind_whole = false;
        l->belief.blind_told = (struct told){0};
        told_say(&l->belief.blind_told, c, INCIDENT_BLIND);
    }
}

/* Switching off one list ends nothing for those who were told of all lists at once. */
static void blind_leave_those_off(struct list_judgement *lists, size_t count, struct told *left)
{
    for (size_t i = 0; i < count; i++) {
        if (!lists[i].off || !lists[i].belief.blind_whole)
            continue;
        told_join(left, &lists[i].belief.blind_told);
        lists[i].belief.blind_told = (struct told){0};
        lists[i].belief.blind_whole = false;
    }
}

bool judge_all_lists(struct judge *j, struct list_judgement *lists, size_t count,
                     const struct told *left, struct change *out)
{
    struct told gone = *left;
    blind_leave_those_off(lists, count, &gone);
    bool flap = blind_all_flapping(lists, count, false) || blind_all_flapping(lists, count, true);
    bool said = flap || blind_all(j, lists, count, &gone, out);
    if (flap)
        blind_merge(j, lists, count, !blind_all_flapping(lists, count, false), CHANGE_FLAPPING,
                    out);
    blind_let_leave(lists, count, &gone);
    if (!said) {
        said = blind_whole_is_over(lists, count, &gone);
        if (said)
            blind_end_whole(j, lists, count, &gone, out);
    }
    for (size_t i = 0; i < count; i++) {
        if (lists[i].judged && !lists[i].bad && !lists[i].belief.flapping_since)
            lists[i].belief.blind_whole = false;
        if (blind_is_of_whole(&lists[i])) /* those that stay carry the end to everyone told */
            told_join(&lists[i].belief.blind_told, &gone);
    }
    return said;
}
