/* SPDX-License-Identifier: ISC */
#include "repmon/judge.h"

#include "cell.h"

#include <string.h>

#define LONG_CACHED_S 3600

enum transition_need { AT_ONCE, CONFIRM_LISTED, CONFIRM_CLEARED };

static const char *const lapse_over = "the last proof has become too old";

/*
 * THE TABLE. What is not in it moves nothing: SAME renews the proof, UNKNOWN leaves everything as
 * it is until it lapses. CHANGE_CHANGED becomes worsened or improved when the level differs;
 * CHANGE_NONE is believed without a word.
 */
static const struct rule {
    enum believed believed;
    enum seen seen;
    enum transition_need need;
    enum change_kind kind;
} rules[] = {
    {NOTHING, GOOD, AT_ONCE, CHANGE_NONE},
    {NOTHING, GAIN, AT_ONCE, CHANGE_NONE},
    {NOTHING, MORE, CONFIRM_LISTED, CHANGE_BASELINE},
    {FINE, GOOD, AT_ONCE, CHANGE_NONE},
    {FINE, MORE, CONFIRM_LISTED, CHANGE_LISTED},
    {FINE, GAIN, CONFIRM_LISTED, CHANGE_IMPROVED},
    {FINE, LOSS, CONFIRM_CLEARED, CHANGE_WORSENED},
    {FINDING, MORE, CONFIRM_LISTED, CHANGE_CHANGED},
    {FINDING, LESS, CONFIRM_CLEARED, CHANGE_CHANGED},
    {FINDING, GOOD, CONFIRM_CLEARED, CHANGE_DELISTED},
    {LAPSED, MORE, CONFIRM_LISTED, CHANGE_LISTED},
    {LAPSED, GOOD, CONFIRM_CLEARED, CHANGE_DELISTED},
};

static enum believed transition_what_is_believed(struct cell *w)
{
    const struct belief *b = w->b;
    if (!w->in->belief)
        return w->out->proof.proven ? FINE : NOTHING;
    if (!b->answers)
        return NOTHING;
    if (b->lapsed)
        return LAPSED;
    /* What was told as a finding stays one, though today's configuration may think it harmless. */
    return w->from > LEVEL_OK || (b->opened && !b->flapping_since) ? FINDING : FINE;
}

static enum seen transition_compare(const struct cell *w, const char *answers)
{
    const struct judge *j = w->j;
    enum list_kind kind = w->in->health->kind;
    const char *believed = w->b->answers;
    bool clean = judge_clean(j, w->in->column, answers);
    if (kind == LIST_ALLOW) {
        int now = judge_trust(j, w->in->column, answers);
        int then = judge_trust(j, w->in->column, believed);
        if (w->believed == NOTHING)
            return now > 0 ? GAIN : GOOD;
        if (now == then)
            return SAME;
        return now > then ? GAIN : LOSS;
    }
    enum level level = judge_answers_level(j, w->in->column, answers);
    if (w->believed == NOTHING || w->believed == LAPSED)
        return level > LEVEL_OK ? MORE : GOOD;
    if (w->believed == FINE && clean && judge_clean(j, w->in->column, believed))
        return SAME;
    if (kind == LIST_SCORE && level == w->from && !clean)
        return SAME;
    if (strcmp(answers, believed) == 0)
        return SAME;
    if (w->believed == FINE || level <= LEVEL_OK)
        return level > LEVEL_OK ? MORE : GOOD;
    if (level != w->from)
        return level > w->from ? MORE : LESS;
    return words_has_new(answers, believed) ? MORE : LESS;
}

/* Whether the list's proof was obtained after the cell was last seen listed. With the clock in
 * doubt it is unknown which of two times is the later. */
static bool transition_is_younger(const struct cell *w)
{
    const struct column *health = w->in->health;
    if (w->j->in_doubt)
        return false;
    return health->proven > w->listed || (health->fresh && health->proven == w->listed);
}

/* Whether this answer counts at all; the table in dnsbl_proof.h. */
static enum cause transition_discount(const struct cell *w)
{
    const struct outcome *o = &w->in->outcome;
    const struct column *health = w->in->health;
    if (o->cause != CAUSE_NONE)
        return o->cause;
    if (o->answers[0] || !health->dns_list || !w->listed || transition_is_younger(w))
        return CAUSE_NONE;
    /* Shorter caching is normal; with a longer one the list is not heard at all. */
    bool long_cached = health->proven && judge_age(w->j, health->proven) > LONG_CACHED_S;
    return long_cached ? CAUSE_UNTRUSTED : CAUSE_UNPROVEN;
}

/* When the answer was given: an event that was heard about has its own time. */
static time_t transition_answered(const struct judge *j, const struct judge_cell *in)
{
    time_t proven = in->times.proven;
    return proven > 0 && proven < j->now ? proven : j->now;
}

static void transition_look(struct cell *w)
{
    const struct belief *b = w->b;
    struct cell_proof *proof = &w->out->proof;
    w->from_answers = b->answers ? b->answers : "";
    w->from = judge_answers_level(w->j, w->in->column, b->answers);
    w->believed = transition_what_is_believed(w);
    bool stood = b->answers && !judge_clean(w->j, w->in->column, b->answers);
    w->listed = b->last_listed;
    if (!w->listed && stood)
        w->listed = proof->proven ? proof->proven : b->since;
    w->cause = w->in->asked ? transition_discount(w) : proof->cause;
    w->seen = UNKNOWN;
    w->to = w->from;
    if (!w->in->asked)
        return;
    proof->cause = w->cause;
    if (w->cause != CAUSE_NOT_ASKED && w->cause != CAUSE_NEVER_ASKED)
        proof->asked = w->j->now;
    if (w->cause != CAUSE_NONE)
        return;
    w->seen = transition_compare(w, w->in->outcome.answers);
    w->to = judge_answers_level(w->j, w->in->column, w->in->outcome.answers);
    proof->proven = transition_answered(w->j, w->in);
}

/* Counts this answer; true when it is confirmed. Answers that differ but relate to the belief in
 * the same way count together: codes that alternate must not put off an alert forever. */
static bool transition_confirmed(struct cell *w, enum transition_need need)
{
    struct belief *b = w->b;
    const struct judge *j = w->j;
    const char *answers = w->in->outcome.answers;
    uint32_t wanted = 1;
    if (!w->in->health->confirms_itself && need == CONFIRM_LISTED)
        wanted = j->conf.confirm_listed;
    else if (!w->in->health->confirms_itself && need == CONFIRM_CLEARED)
        wanted = j->conf.confirm_cleared;
    bool long_ago = need == CONFIRM_CLEARED && !j->in_doubt && judge_age(j, w->listed) > LONG_AGO;
    bool goes_on = b->pending && transition_compare(w, b->pending) == w->seen;
    if (!goes_on) {
        b->pending_count = 1;
        b->pending_first = b->pending_last = j->now;
    } else if (!j->in_doubt && judge_age(j, b->pending_last) >= j->conf.confirm_gap) {
        b->pending_count++;
        b->pending_last = j->now;
    }
    b->pending = answers;
    b->last_listed = w->seen == GOOD || w->seen == LOSS ? w->listed : j->now;
    w->out->write = true;
    return long_ago || b->pending_count >= wanted;
}

/* The confirmed answer becomes the belief. */
static void transition_believe(struct cell *w, enum change_kind kind)
{
    struct belief *b = w->b;
    bool clean = judge_clean(w->j, w->in->column, w->in->outcome.answers);
    bool finding = w->to > LEVEL_OK;
    time_t begun = b->pending ? b->pending_first : w->j->now, ended = b->since;
    if (w->in->times.since > 0 && w->in->times.since < begun)
        begun = w->in->times.since;
    bool news = w->in->detail && w->in->detail[0];
    enum seen seen = w->seen;
    bool allow = w->in->health->kind == LIST_ALLOW;
    bool over = w->believed == LAPSED;

    cell_drop_pending(w);
    w->out->first = w->believed == NOTHING;
    w->out->write |= w->in->belief || !clean;
    b->answers = clean ? "" : w->in->outcome.answers;
    if (news || seen == MORE || clean)
        b->detail = news && !clean ? w->in->detail : "";
    if (w->believed == FINDING && finding)
        begun = b->since ? b->since : begun;
    b->since = finding || (allow && !clean) ? begun : 0;
    b->lapsed = 0;
    if (!finding || seen == MORE)
        cell_drop_ack(w);

    if (w->believed == NOTHING || over)
        w->from = LEVEL_UNKNOWN;
    if (over && !finding)
        w->from = judge_answers_level(w->j, w->in->column, w->from_answers);
    if (kind == CHANGE_CHANGED && w->to != w->from)
        kind = w->to > w->from ? CHANGE_WORSENED : CHANGE_IMPROVED;
    if (kind != CHANGE_NONE && kind != CHANGE_BASELINE)
        kind = cell_through_flapping(w, kind);
    if (kind == CHANGE_NONE)
        return;

    struct change c = cell_change_of(w, kind);
    if (allow) {
        c.from = seen == GAIN ? LEVEL_INFO : LEVEL_OK;
        c.to = seen == GAIN ? LEVEL_OK : LEVEL_INFO;
    }
    if (!finding)
        c.since = ended;
    if (over && finding)
        c.answers_from = "";
    else if (over)
        c.detail = lapse_over;
    if (finding && over)
        b->told = (struct told){0}; /* a new incident: the last one ended by lapsing */
    if (finding && (!b->opened || over))
        b->opened = c.opened = w->j->now;
    if (!finding && !b->flapping_since)
        b->opened = 0;
    cell_say(w, c);
}

/* Nothing is believed but the plain good state, and it stays so: no row, hence no work. Nearly
 * every cell of a large run ends here. */
static bool transition_plain(struct judge *j, const struct judge_cell *in, struct judgement *out)
{
    if (in->belief)
        return false;
    out->write = out->keep = out->said = out->first = false;
    out->proof = in->proof;
    if (!j->in_doubt) {
        cell_not_after(&out->proof.proven, j->now);
        cell_not_after(&out->proof.asked, j->now);
    }
    if (!in->asked)
        return true;
    enum cause cause = in->outcome.cause;
    if (cause == CAUSE_NONE && !judge_clean(j, in->column, in->outcome.answers))
        return false;
    out->proof.cause = cause;
    if (cause != CAUSE_NOT_ASKED && cause != CAUSE_NEVER_ASKED)
        out->proof.asked = j->now;
    if (cause == CAUSE_NONE) {
        out->first = in->proof.proven == 0;
        out->proof.proven = transition_answered(j, in);
    }
    return true;
}

/* Within a band another score is no change, but it is what is believed now. */
static void transition_renew_score(struct cell *w)
{
    const char *answers = w->in->outcome.answers;
    if (w->in->health->kind != LIST_SCORE || !w->b->answers || strcmp(answers, w->b->answers) == 0)
        return;
    w->b->answers = answers;
    if (w->in->detail && w->in->detail[0])
        w->b->detail = w->in->detail;
    w->out->write = true;
}

/* A belief older than its list's valid_for is unknown, even if it was never worth an alert. */
static void transition_forget_level(struct cell *w, time_t proven)
{
    if (w->believed == FINE && w->in->health->kind != LIST_ALLOW && w->in->holds > 0 &&
        !w->j->in_doubt && judge_age(w->j, proven) > w->in->holds)
        w->from = LEVEL_UNKNOWN;
}

static void transition_judge_belief(struct cell *w)
{
    struct cell_proof *proof = &w->out->proof;
    cell_mend_times(w);
    time_t proven = proof->proven;
    transition_look(w);
    cell_age_flaps(w);
    transition_forget_level(w, proven);
    if (w->seen == SAME) {
        cell_drop_pending(w);
        transition_renew_score(w);
    }
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (rules[i].believed != w->believed || rules[i].seen != w->seen)
            continue;
        if (rules[i].need == AT_ONCE || transition_confirmed(w, rules[i].need))
            transition_believe(w, rules[i].kind);
        break;
    }
    if (w->believed == NOTHING && !w->out->first)
        proof->proven = 0; /* seen, not yet believed: a missing row must never read as clean */
    cell_lapse(w);
    cell_release(w);
    cell_reconsider(w);
    cell_date_finding(w);
    cell_end_ack(w);
}

void judge_cell(struct judge *j, const struct judge_cell *in, struct judgement *out)
{
    if (transition_plain(j, in, out))
        return;
    memset(out, 0, sizeof *out);
    out->proof = in->proof;
    if (in->belief)
        out->belief = *in->belief;
    else
        out->belief = (struct belief){.target = in->target,
                                      .source = in->health->source,
                                      .list = in->health->list,
                                      .detail = ""};
    struct belief *b = &out->belief;
    if (!in->belief && in->proof.proven)
        b->answers = "";
    struct cell w = {.j = j, .in = in, .out = out, .b = b};
    transition_judge_belief(&w);
    out->keep = (b->answers && !judge_clean(j, in->column, b->answers)) || b->pending ||
                b->flap_count || b->flapping_since || b->told.kinds;
    out->write = out->write && (out->keep || in->belief);
}
