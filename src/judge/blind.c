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
    if (in->asked && !cause_is_normal(cause)) {
        count->due++;
        count->causes[cause < CAUSE_COUNT ? cause : CAUSE_NEVER_ASKED]++;
    } else if (in->asked && cause == CAUSE_NONE) {
        count->due++;
        count->proved++;
    }
    count->empty += in->asked && cause == CAUSE_NO_DATA;
    count->first += out->first;
    bool quiet = cause == CAUSE_NO_DATA || cause == CAUSE_NOT_APPLICABLE ||
                 (cause == CAUSE_UNPROVEN && !in->belief);
    if (!j->in_doubt && !quiet && judge_age(j, out->proof.proven) > j->conf.stale_after + every)
        count->stale++;
}

/* Causes that another try will not mend; contract section 3, blind_after. */
static bool certain(enum cause cause)
{
    static const bool sure[CAUSE_COUNT] = {
        [CAUSE_NOT_SERVED] = true, [CAUSE_EXPIRED] = true, [CAUSE_NO_KEY] = true};
    return cause < CAUSE_COUNT && sure[cause];
}

static enum level blindness(enum severity severity)
{
    return severity == SEV_CRITICAL ? LEVEL_CRITICAL : LEVEL_WARNING;
}

static struct change *say(struct list_judgement *out, const struct column *health,
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

/* blind_whole is left to judge_all_lists(), which still has to know. */
static void end_blindness(struct list_belief *b)
{
    b->blind_said = b->opened = b->ack_until = 0;
    b->blind_cause = CAUSE_NEVER_ASKED;
    b->ack_note = NULL;
}

/* The credential of the list: told once before it expires, once when it has, once when mended. */
static void judge_credential(const struct judge *j, const struct judge_list_in *in,
                             struct list_judgement *out)
{
    struct list_belief *b = &out->belief;
    if (in->expires == 0 || j->in_doubt)
        return;
    if (in->expires <= j->now) {
        if (b->expired_said)
            return;
        struct change *c = say(out, in->health, CHANGE_EXPIRED, LEVEL_OK, LEVEL_CRITICAL);
        c->cause = CAUSE_EXPIRED;
        c->since = in->expires;
        b->expired_said = j->now;
        return;
    }
    if (b->expired_said) {
        b->expired_said = 0;
        if (!b->blind_said)
            say(out, in->health, CHANGE_SIGHTED, LEVEL_CRITICAL, LEVEL_OK)->since = j->now;
    }
    if (in->expires - j->now <= in->expires_soon && b->expiring_said != in->expires) {
        say(out, in->health, CHANGE_EXPIRING, LEVEL_OK, LEVEL_WARNING)->since = in->expires;
        b->expiring_said = in->expires;
    }
}

static void see_nothing(const struct judge *j, const struct judge_list_in *in, bool nothing,
                        struct list_judgement *out)
{
    struct list_belief *b = &out->belief;
    enum cause cause = judge_list_cause(in->health, &in->count);
    if (b->bad_runs < UINT32_MAX)
        b->bad_runs++;
    if (!b->bad_since)
        b->bad_since = j->now;
    bool sure = certain(cause);
    bool news = b->blind_said ? sure && cause != b->blind_cause
                              : sure || nothing || b->bad_runs >= j->conf.blind_after;
    if (!out->matters || !news)
        return;
    bool told = b->expired_said && cause == CAUSE_EXPIRED; /* "expired" says it already */
    if (!b->blind_said)
        b->blind_said = b->opened = j->now;
    b->blind_cause = cause;
    if (told)
        return;
    struct change *c =
        say(out, in->health, CHANGE_BLIND, LEVEL_OK, blindness(in->health->severity));
    c->cause = cause;
    c->since = b->bad_since;
    c->count = in->count.due - in->count.proved;
}

static void see_again(const struct judge *j, const struct judge_list_in *in,
                      struct list_judgement *out)
{
    struct list_belief *b = &out->belief;
    if (b->blind_said) {
        struct change *c =
            say(out, in->health, CHANGE_SIGHTED, blindness(in->health->severity), LEVEL_OK);
        c->since = b->bad_since ? b->bad_since : b->blind_said;
        end_blindness(b);
    }
    b->bad_runs = 0;
    b->bad_since = 0;
    b->good = j->now;
}

static void judge_staleness(const struct judge *j, const struct judge_list_in *in,
                            struct list_judgement *out)
{
    struct list_belief *b = &out->belief;
    if (j->in_doubt || in->health->health == HEALTH_OFF)
        return;
    if (in->count.stale == 0) {
        b->stale_said = 0;
    } else if (!b->stale_said) {
        struct change *c =
            say(out, in->health, CHANGE_STALE, LEVEL_OK, out->matters ? LEVEL_WARNING : LEVEL_INFO);
        c->count = in->count.stale;
        c->since = b->good ? b->good : j->now;
        c->cause = judge_list_cause(in->health, &in->count);
        b->stale_said = j->now;
    }
}

/* As with findings: an acknowledgement whose time is up is said, unless something else is. */
static void end_ack(const struct judge_list_in *in, struct list_judgement *out)
{
    struct list_belief *b = &out->belief;
    if (!out->matters || !b->blind_said || b->blind_whole || out->change_count > 0)
        return;
    enum level level = blindness(in->health->severity);
    struct change *c = say(out, in->health, CHANGE_REMINDER, level, level);
    c->cause = b->blind_cause;
    c->since = b->bad_since ? b->bad_since : b->blind_said;
    c->detail = "the acknowledgement has ended";
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
    out->severity = in->health->severity;
    out->matters = in->health->severity >= j->conf.blind_severity;
    out->judged = in->health->health != HEALTH_OFF && in->health->due && n->due > 0;
    out->bad = out->judged && n->proved < n->due - n->proved;

    judge_credential(j, in, out);
    if (n->proved > 0 && !b->baseline)
        b->baseline = j->now;
    bool ack_over = b->ack_until && b->ack_until <= j->now && !j->in_doubt;
    if (ack_over) {
        b->ack_until = 0;
        b->ack_note = NULL;
    }
    if (out->bad)
        see_nothing(j, in, nothing, out);
    else if (out->judged || (n->due == 0 && n->empty > 0))
        see_again(j, in, out);
    judge_staleness(j, in, out);
    if (ack_over)
        end_ack(in, out);
    out->write = in->belief || out->judged || out->change_count > 0;
}
