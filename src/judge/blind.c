/* SPDX-License-Identifier: ISC */
#include "repmon/judge.h"

#include "words.h"

#include <limits.h>
#include <string.h>

enum cause judge_list_cause(const struct column *health, const struct list_count *count)
{
    if (health->cause != CAUSE_NONE && health->cause != CAUSE_NEVER_ASKED)
        return health->cause;
    enum cause best = CAUSE_NOT_ASKED;
    uint32_t most = 0;
    for (size_t i = 0; i < CAUSE_COUNT; i++) {
        if (count->causes[i] <= most || i == CAUSE_NEVER_ASKED || cause_is_normal((enum cause)i))
            continue;
        best = (enum cause)i;
        most = count->causes[i];
    }
    return best;
}

void judge_count(const struct judge *j, const struct judge_cell *in, const struct judgement *out,
                 int64_t every, struct list_count *count)
{
    enum cause cause = out->proof.cause;
    if (in->health->health == HEALTH_OFF) {
        bool proved = in->asked && cause == CAUSE_NONE; /* a finding; so the run was not blind */
        count->due += proved;
        count->proved += proved;
        return;
    }
    /* It answered and passed its self-test: that a cached proof is too old for this answer is not
     * its failure. */
    bool too_old = in->asked && in->outcome.cause == CAUSE_NONE && cause != CAUSE_NONE;
    /* Neither is that nothing was heard since. */
    bool failed = !cause_is_normal(cause) && !too_old && cause != CAUSE_NOT_HEARD_SINCE;
    if (in->asked && failed) {
        count->due++;
        count->causes[cause < CAUSE_COUNT ? cause : CAUSE_NEVER_ASKED]++;
    } else if (in->asked && cause == CAUSE_NONE) {
        count->due++;
        count->proved++;
    }
    bool empty = too_old || cause == CAUSE_NO_DATA || cause == CAUSE_UNPROVEN;
    count->empty += in->asked && empty;
    count->first += out->first;
    bool quiet = cause == CAUSE_NO_DATA || cause == CAUSE_NOT_APPLICABLE ||
                 (cause == CAUSE_UNPROVEN && !in->belief);
    if (!j->in_doubt && !quiet && judge_age(j, out->proof.proven) > j->conf.stale_after + every)
        count->stale++;
}

/* Causes that another try will not fix; repmon.conf(5), blind_after. */
static bool blind_certain(enum cause cause)
{
    static const bool sure[CAUSE_COUNT] = {
        [CAUSE_NOT_SERVED] = true, [CAUSE_EXPIRED] = true, [CAUSE_NO_KEY] = true};
    return cause < CAUSE_COUNT && sure[cause];
}

static enum level blind_blindness(enum severity severity)
{
    return severity == SEV_CRITICAL ? LEVEL_CRITICAL : LEVEL_WARNING;
}

static struct change *blind_say(struct list_judgement *out, const struct column *health,
                                enum change_kind kind, enum level from, enum level to)
{
    struct change *c = &out->changes[out->change_count++];
    *c = (struct change){
        .kind = kind,
        .source = health->source,
        .list = health->list,
        .of_list = true,
        .label = "",
        .from = from,
        .to = to,
        .answers_from = "",
        .answers = "",
        .cause = CAUSE_NONE,
        .detail = health->note ? health->note : "",
        .opened = out->belief.opened,
    };
    return c;
}

/* What ends in this run. */
struct ends {
    bool blind, expiry, stale;
};

/* ---- credentials ---- */

/* Told before it expires, when it has, and when it was renewed. */
static void blind_judge_credential(const struct judge *j, const struct judge_list_in *in,
                                   bool works, struct list_judgement *out, struct ends *ends)
{
    struct list_belief *b = &out->belief;
    if (j->in_doubt)
        return;
    if (in->expires && in->expires <= j->now) {
        if (b->expired_said)
            return;
        struct change *c = blind_say(out, in->health, CHANGE_EXPIRED, LEVEL_OK, LEVEL_CRITICAL);
        c->cause = CAUSE_EXPIRED;
        c->since = in->expires;
        told_say(&b->expiry_told, c, INCIDENT_EXPIRY);
        b->expired_said = j->now;
        return;
    }
    bool soon = in->expires && in->expires - j->now <= in->expires_soon;
    if (soon && b->expiring_said != in->expires) {
        struct change *c = blind_say(out, in->health, CHANGE_EXPIRING, LEVEL_OK, LEVEL_WARNING);
        c->since = in->expires;
        told_say(&b->expiry_told, c, INCIDENT_EXPIRY);
        b->expiring_said = in->expires;
        b->expired_said = 0;
    }
    /* Where no end is known, only an answer shows that it is valid. */
    bool renewed = in->expires ? !soon : works;
    if (!renewed || !(b->expired_said || b->expiring_said))
        return;
    b->expired_said = b->expiring_said = 0;
    ends->expiry = true;
}

/* ---- blindness ---- */

/* As with findings: the kind under which blindness or its end may be reported; NONE while it is
 * held. A cause not reported lately has a different cure, and passes. */
static enum change_kind blind_through_flapping(const struct judge *j, struct list_belief *b,
                                               enum change_kind kind, enum cause cause)
{
    bool new_cause =
        kind == CHANGE_BLIND && blind_certain(cause) && !(b->said_causes & 1u << cause);
    if (j->conf.flap_changes == 0)
        return kind;
    flap_note(b->flaps, &b->flap_count, j->now);
    if (new_cause && b->said_causes)
        return kind;
    if (b->flapping_since)
        return CHANGE_NONE;
    if (b->flap_count < j->conf.flap_changes)
        return kind;
    b->flapping_since = j->now;
    return CHANGE_FLAPPING;
}

static void blind_say_blind(const struct judge_list_in *in, enum change_kind kind,
                            struct list_judgement *out)
{
    struct list_belief *b = &out->belief;
    enum level level = blind_blindness(in->health->severity);
    struct change *c = blind_say(out, in->health, kind, LEVEL_OK, level);
    c->cause = b->blind_cause;
    c->since = b->bad_since;
    c->count = in->count.due - in->count.proved;
    told_say(&b->blind_told, c, INCIDENT_BLIND);
}

static void blind_see_nothing(const struct judge *j, const struct judge_list_in *in, bool nothing,
                              struct list_judgement *out)
{
    struct list_belief *b = &out->belief;
    enum cause cause = judge_list_cause(in->health, &in->count);
    if (b->bad_runs < UINT32_MAX)
        b->bad_runs++;
    if (!b->bad_since)
        b->bad_since = j->now;
    bool sure = blind_certain(cause), turned = !b->blind_said;
    /* "Expired" already covers everything that follows from it. */
    bool expired = b->expired_said || in->covered;
    bool said = expired || (!turned && (b->blind_told.kinds || b->flapping_since));
    bool other = sure && (turned ? cause != CAUSE_EXPIRED : !(b->said_causes & 1u << cause));
    bool news = said ? other : sure || nothing || b->bad_runs >= j->conf.blind_after;
    bool covered = expired && cause == CAUSE_EXPIRED;
    if (!out->matters || (!news && !covered))
        return;
    if (turned) {
        b->said_causes = b->flap_count ? b->said_causes : 0;
        b->blind_said = j->now;
        b->opened = b->blind_told.kinds ? b->opened : j->now;
    }
    b->blind_cause = cause;
    if (covered)
        return;
    enum change_kind kind = CHANGE_BLIND;
    if (turned)
        kind = blind_through_flapping(j, b, kind, cause);
    else if (b->flapping_since && b->said_causes & 1u << cause)
        kind = CHANGE_NONE;
    b->said_causes |= 1u << cause;
    if (kind != CHANGE_NONE)
        blind_say_blind(in, kind, out);
}

/* Leaves blind_whole to judge_all_lists(), which still needs it. */
static void blind_see_again(const struct judge *j, const struct judge_list_in *in,
                            struct list_judgement *out, struct ends *ends)
{
    struct list_belief *b = &out->belief;
    enum change_kind kind = CHANGE_NONE;
    if (b->blind_said && b->blind_told.kinds)
        kind = blind_through_flapping(j, b, CHANGE_RECOVERED, CAUSE_NONE);
    ends->blind = kind == CHANGE_RECOVERED;
    if (kind == CHANGE_FLAPPING) {
        struct change *c =
            blind_say(out, in->health, kind, blind_blindness(in->health->severity), LEVEL_OK);
        c->since = b->bad_since ? b->bad_since : b->blind_said;
        told_say(&b->blind_told, c, INCIDENT_BLIND);
    }
    b->blind_said = 0;
    b->blind_cause = CAUSE_NEVER_ASKED;
    b->bad_runs = 0;
    b->good = j->now;
}

/* After two quiet days the outcome is reported. */
static void blind_release(const struct judge *j, const struct judge_list_in *in,
                          struct list_judgement *out, struct ends *ends)
{
    struct list_belief *b = &out->belief;
    if (!b->flapping_since) {
        if (flap_age(j, b->flaps, &b->flap_count) && b->flap_count == 0)
            b->said_causes = b->blind_said ? 1u << b->blind_cause : 0; /* still open, and told */
        return;
    }
    bool settled = out->bad ? b->blind_said != 0 : out->judged;
    if (!settled || out->change_count ||
        !flap_is_quiet(j, b->flaps, b->flap_count, b->flapping_since))
        return;
    b->flapping_since = 0;
    b->flap_count = 0;
    b->said_causes = out->bad ? 1u << b->blind_cause : 0;
    if (out->bad && out->matters)
        blind_say_blind(in, CHANGE_BLIND, out);
    else
        ends->blind = true;
}

/* ---- staleness ---- */

static void blind_judge_staleness(const struct judge *j, const struct judge_list_in *in,
                                  struct list_judgement *out, struct ends *ends)
{
    struct list_belief *b = &out->belief;
    if (j->in_doubt)
        return;
    if (in->count.stale == 0 && b->stale_said && !out->bad) {
        b->stale_said = 0;
        ends->stale = true;
    } else if (in->count.stale > 0 && !b->stale_said) {
        struct change *c = blind_say(out, in->health, CHANGE_STALE, LEVEL_OK,
                                     out->matters ? LEVEL_WARNING : LEVEL_INFO);
        c->count = in->count.stale;
        c->since = b->good ? b->good : j->now;
        c->cause = judge_list_cause(in->health, &in->count);
        /* A past event still proves what it proved, but it grows old. */
        if (c->cause == CAUSE_NOT_ASKED && in->count.proved > 0)
            c->cause = CAUSE_NOT_HEARD_SINCE;
        else if (c->cause == CAUSE_NOT_ASKED && in->health->nameless > 0)
            c->cause = CAUSE_UNPROVEN; /* not for want of time: there was nothing to ask about */
        told_say(&b->stale_told, c, INCIDENT_STALE);
        b->stale_said = j->now;
    }
}

/* ---- ends ---- */

/* An end is reported once, to everyone who was told of any part of it. */
static void blind_say_ends(const struct judge *j, const struct judge_list_in *in,
                           const struct ends *ends, enum change_kind kind,
                           struct list_judgement *out)
{
    struct list_belief *b = &out->belief;
    struct told told = {0};
    const struct {
        bool ended;
        struct told *told;
        const char *words; /* NULL: what the list says of itself */
    } all[] = {{ends->stale, &b->stale_told, "nothing is stale any more"},
               {ends->expiry, &b->expiry_told, "the credential was renewed"},
               {ends->blind, &b->blind_told, NULL}};
    const char *words = NULL;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!all[i].ended || !all[i].told->kinds)
            continue;
        told_join(&told, all[i].told);
        *all[i].told = (struct told){0};
        words = all[i].words;
    }
    if (told.kinds) {
        enum level to = kind == CHANGE_RETIRED ? LEVEL_UNKNOWN : LEVEL_OK;
        struct change *c = blind_say(out, in->health, kind, told.worst, to);
        c->since = ends->blind && b->bad_since ? b->bad_since : j->now;
        c->detail = words ? words : c->detail;
        told_end(&told, c);
    }
    if (ends->blind) {
        b->opened = b->ack_until = 0;
        b->ack_note = NULL;
    }
}

/* Switched off automatically: it does not serve us, and the configuration does not ask for it by
 * name. */
static void blind_switch_off(const struct judge *j, const struct judge_list_in *in,
                             struct list_judgement *out)
{
    struct list_belief *b = &out->belief;
    const struct ends all = {.blind = !b->blind_whole, .expiry = true, .stale = true};
    blind_say_ends(j, in, &all, CHANGE_RETIRED, out);
    b->blind_said = b->bad_since = b->expired_said = b->expiring_said = b->stale_said =
        b->flapping_since = 0;
    b->bad_runs = b->flap_count = b->said_causes = 0;
    b->blind_cause = CAUSE_NEVER_ASKED;
}

/* As with findings: an acknowledgement that has ended is reported, unless something else is. */
static void blind_end_ack(const struct judge_list_in *in, struct list_judgement *out)
{
    struct list_belief *b = &out->belief;
    if (!out->matters || !b->blind_said || b->blind_whole || b->flapping_since ||
        out->change_count > 0)
        return;
    enum level level = blind_blindness(in->health->severity);
    struct change *c = blind_say(out, in->health, CHANGE_REMINDER, level, level);
    c->cause = b->blind_cause;
    c->since = b->bad_since ? b->bad_since : b->blind_said;
    c->detail = "the acknowledgement has ended";
    told_say(&b->blind_told, c, INCIDENT_BLIND);
}

void judge_list(struct judge *j, const struct judge_list_in *in, bool nothing,
                struct list_judgement *out)
{
    memset(out, 0, sizeof *out);
    if (in->belief)
        out->belief = *in->belief;
    out->belief.source = in->health->source;
    out->belief.list = in->health->list;
    struct list_belief *b = &out->belief;
    const struct list_count *n = &in->count;
    struct ends ends = {0};
    bool off = out->off = in->health->health == HEALTH_OFF;
    uint32_t empty = n->empty - in->health->nameless; /* they were never asked */
    uint32_t answered = n->proved + empty, due = n->due + empty;
    out->severity = in->health->severity;
    out->dns_list = in->health->dns_list;
    out->culprit = in->health->cures ? in->health->note : NULL;
    out->matters = in->health->severity >= j->conf.blind_severity;
    out->judged = !off && in->health->due && due > 0;
    out->bad = out->judged && answered < due - answered;
    if (out->bad && j->cut_short) /* what a signal left unasked says nothing */
        out->judged = out->bad = false;

    if (off)
        blind_switch_off(j, in, out);
    else
        blind_judge_credential(j, in, out->judged && !out->bad, out, &ends);
    if (n->proved > 0 && !b->baseline)
        b->baseline = j->now;
    bool ack_over = b->ack_until && b->ack_until <= j->now && !j->in_doubt;
    if (ack_over) {
        b->ack_until = 0;
        b->ack_note = NULL;
    }
    if (out->bad)
        blind_see_nothing(j, in, nothing, out);
    else if (out->judged)
        blind_see_again(j, in, out, &ends);
    blind_release(j, in, out, &ends);
    if (!off)
        blind_judge_staleness(j, in, out, &ends);
    blind_say_ends(j, in, &ends, CHANGE_RECOVERED, out);
    if (out->judged && !out->bad)
        b->bad_since = 0;
    if (ack_over)
        blind_end_ack(in, out);
    out->write = in->belief || out->judged || out->change_count > 0;
}
