/* SPDX-License-Identifier: ISC */
#include "cell.h"

#include <string.h>

static const char *const flap_over = "quiet for 48 hours after flapping";
static const char *const edited = "the configuration no longer counts it as a finding";

/* A wrong clock must not leave times in the future: they would hold forever. */
bool cell_not_after(time_t *t, time_t now)
{
    if (*t <= now)
        return false;
    *t = now;
    return true;
}

void cell_mend_times(struct cell *w)
{
    struct belief *b = w->b;
    time_t *const times[] = {&b->since,         &b->opened,       &b->lapsed,
                             &b->pending_first, &b->pending_last, &b->last_listed,
                             &b->flapping_since};
    if (w->j->in_doubt)
        return;
    cell_not_after(&w->out->proof.proven, w->j->now);
    cell_not_after(&w->out->proof.asked, w->j->now);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        w->out->write |= cell_not_after(times[i], w->j->now);
    for (uint32_t i = b->flap_count; i-- > 0;) /* oldest first, whatever the clock did */
        w->out->write |=
            cell_not_after(&b->flaps[i], i + 1 < b->flap_count ? b->flaps[i + 1] : w->j->now);
}

void cell_drop_pending(struct cell *w)
{
    if (!w->b->pending && !w->b->last_listed)
        return;
    w->b->pending = NULL;
    w->b->pending_count = 0;
    w->b->pending_first = w->b->pending_last = 0;
    w->b->last_listed = 0;
    w->out->write = true;
}

/* The fields of a change that follow from the cell and its belief. */
struct change cell_change_of(const struct cell *w, enum change_kind kind)
{
    const struct belief *b = w->b;
    return (struct change){
        .kind = kind,
        .source = w->in->health->source,
        .list = w->in->health->list,
        .target = w->in->target,
        .ip = w->in->ip,
        .prefix = w->in->prefix,
        .label = w->in->label,
        .from = w->from,
        .to = w->to,
        .answers_from = w->from_answers,
        .answers = b->answers ? b->answers : "",
        .cause = w->cause,
        .detail = b->detail ? b->detail : "",
        .since = b->since,
        .opened = b->opened,
        .acked = judge_is_acked(w->j, w->in->column, b),
    };
}

void cell_say(struct cell *w, struct change c)
{
    bool open = c.to > LEVEL_OK || w->b->flapping_since || w->b->lapsed;
    if (open)
        told_say(&w->b->told, &c, INCIDENT_FINDING);
    else
        told_end(&w->b->told, &c);
    w->out->change = c;
    w->out->said = true;
    w->out->write = true;
}

void cell_drop_ack(struct cell *w)
{
    if (!w->b->ack_until && !w->b->ack_answers)
        return;
    w->b->ack_until = 0;
    w->b->ack_note = w->b->ack_answers = NULL;
    w->out->write = true;
}

static void cell_forget_flaps(struct cell *w)
{
    if (!w->b->flap_count && !w->b->flapping_since && !w->b->said)
        return;
    w->b->flap_count = 0;
    w->b->flapping_since = 0;
    w->b->said = NULL;
    w->out->write = true;
}

/* Changes older than the window no longer count; once none is left, nothing was told lately. */
void cell_age_flaps(struct cell *w)
{
    struct belief *b = w->b;
    if (b->flapping_since || !flap_age(w->j, b->flaps, &b->flap_count))
        return;
    w->out->write = true;
    if (b->flap_count == 0)
        cell_forget_flaps(w);
}

/*
 * The kind under which a confirmed change may be reported: itself, flapping, or NONE when it is
 * held. Worse levels, and codes that were not told in this history, always pass.
 */
enum change_kind cell_through_flapping(struct cell *w, enum change_kind kind)
{
    struct belief *b = w->b;
    const struct judge *j = w->j;
    if (j->conf.flap_changes == 0)
        return kind;
    const char *told = b->said ? b->said : w->from_answers;
    bool codes = w->in->health->kind == LIST_BLOCK;
    bool passes = w->to > judge_worst_word(j, w->in->column, told) ||
                  (codes && w->to > LEVEL_OK && words_has_new(w->in->outcome.answers, told));
    b->said = words_union(w->j, told, w->in->outcome.answers);
    flap_note(b->flaps, &b->flap_count, j->now);
    if (passes)
        return kind;
    if (b->flapping_since)
        return CHANGE_NONE;
    if (b->flap_count < j->conf.flap_changes)
        return kind;
    b->flapping_since = j->now;
    return CHANGE_FLAPPING;
}

/* Without proof for longer than the list's answers hold, a finding is no longer believed. */
void cell_lapse(struct cell *w)
{
    struct belief *b = w->b;
    time_t last = w->out->proof.proven > b->pending_last ? w->out->proof.proven : b->pending_last;
    last = last > b->last_listed ? last : b->last_listed;
    if (w->j->in_doubt || w->seen != UNKNOWN || w->in->holds <= 0 || !w->in->belief ||
        judge_age(w->j, last) <= w->in->holds)
        return;
    if (w->believed != FINDING) {
        if (w->believed != LAPSED)
            cell_drop_pending(w);
        return;
    }
    w->to = LEVEL_UNKNOWN;
    cell_drop_pending(w);
    struct change c = cell_change_of(w, CHANGE_LAPSED);
    b->lapsed = w->j->now;
    cell_say(w, c);
    b->last_listed = w->listed;
    cell_drop_ack(w);
    cell_forget_flaps(w);
}

/* After two quiet days the state of a flapping cell is reported, if this run proved it. */
void cell_release(struct cell *w)
{
    struct belief *b = w->b;
    if (!b->flapping_since || w->j->in_doubt || w->out->said || w->seen != SAME || b->pending)
        return;
    if (!flap_is_quiet(w->j, b->flaps, b->flap_count, b->flapping_since))
        return;
    bool clean = judge_clean(w->j, w->in->column, b->answers);
    bool finding = w->to > LEVEL_OK;
    if (!finding && !clean && w->in->health->kind != LIST_ALLOW) {
        cell_forget_flaps(w); /* still listed, but switched off: cell_reconsider() ends it */
        return;
    }
    struct change c = cell_change_of(w, finding ? CHANGE_LISTED : CHANGE_DELISTED);
    c.from = finding ? LEVEL_OK : judge_worst_word(w->j, w->in->column, b->said);
    c.answers_from = finding || !b->said ? "" : b->said;
    c.detail = flap_over;
    if (!finding)
        c.since = b->flapping_since;
    if (w->in->health->kind == LIST_ALLOW) {
        c.kind = clean ? CHANGE_WORSENED : CHANGE_IMPROVED;
        c.from = clean ? LEVEL_OK : LEVEL_INFO;
        c.to = clean ? LEVEL_INFO : LEVEL_OK;
    }
    cell_forget_flaps(w);
    cell_say(w, c);
    if (!finding)
        b->opened = 0;
}

/* A finding that was told but is none under today's configuration (its code or list is now off, or
 * the list became an allow or a score list) ends for those who were told. */
void cell_reconsider(struct cell *w)
{
    struct belief *b = w->b;
    bool allow = w->in->health->kind == LIST_ALLOW;
    if (w->out->said || !b->opened || !b->answers || b->lapsed || b->flapping_since)
        return;
    if (!allow && judge_answers_level(w->j, w->in->column, b->answers) > LEVEL_OK)
        return;
    struct change c = cell_change_of(w, CHANGE_RETIRED);
    c.from = b->told.worst != LEVEL_UNKNOWN ? b->told.worst : LEVEL_WARNING;
    c.to = LEVEL_UNKNOWN;
    c.answers_from = c.answers;
    c.answers = "";
    c.detail = edited;
    b->opened = 0;
    b->since = allow ? b->since : 0;
    cell_drop_ack(w);
    cell_say(w, c);
}

/* A finding that exists only through today's configuration is no change, but from now on it has an
 * age and gets reminders. */
void cell_date_finding(struct cell *w)
{
    struct belief *b = w->b;
    if (b->since || w->j->in_doubt || !judge_is_finding(w->j, w->in->column, b))
        return;
    b->since = w->j->now;
    w->out->write = true;
}

/* An acknowledgement that has ended is reported as a reminder, unless something else is. */
void cell_end_ack(struct cell *w)
{
    struct belief *b = w->b;
    if (!b->ack_until || judge_is_acked(w->j, w->in->column, b) || w->j->in_doubt)
        return;
    bool finding = judge_is_finding(w->j, w->in->column, b);
    cell_drop_ack(w);
    if (finding && !w->out->said && !b->flapping_since) {
        struct change c = cell_change_of(w, CHANGE_REMINDER);
        c.to = c.from = judge_answers_level(w->j, w->in->column, b->answers);
        c.detail = "the acknowledgement has ended";
        cell_say(w, c);
    }
}
