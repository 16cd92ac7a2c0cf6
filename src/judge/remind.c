/* SPDX-License-Identifier: ISC */
#include "repmon/judge.h"

#include "words.h"

#include <string.h>

/* `target` NULL: what it was is no longer known. */
static struct change remind_of_belief(const struct judge *j, enum change_kind kind,
                                      const struct belief *b, size_t column,
                                      const struct stored_target *target)
{
    enum level level = column == JUDGE_NO_COLUMN || b->lapsed
                           ? LEVEL_UNKNOWN
                           : judge_answers_level(j, column, b->answers);
    return (struct change){
        .kind = kind,
        .source = b->source,
        .list = b->list,
        .target = b->target,
        .ip = target ? target->ip : (struct ip){0},
        .prefix = target ? target->prefix : 0,
        .label = target ? target->label : "",
        .from = level,
        .to = level,
        .answers_from = b->answers,
        .answers = b->answers,
        .cause = CAUSE_NONE,
        .detail = b->detail ? b->detail : "",
        .since = b->since,
        .opened = b->opened,
        .acked = column != JUDGE_NO_COLUMN && judge_is_acked(j, column, b),
        .told = b->told,
    };
}

bool judge_retire(struct judge *j, const struct belief *b, size_t column,
                  const struct stored_target *target, struct change *out)
{
    bool finding = column != JUDGE_NO_COLUMN && judge_is_finding(j, column, b);
    if (!b->answers || b->lapsed || (!finding && !b->opened))
        return false;
    *out = remind_of_belief(j, CHANGE_RETIRED, b, column, target);
    if (column == JUDGE_NO_COLUMN) /* the severity of its answers is no longer known */
        out->from = b->told.worst;
    out->to = LEVEL_UNKNOWN;
    out->answers = "";
    return true;
}

bool judge_list_retire(const struct list_belief *b, struct change *out)
{
    struct told told = {0};
    if (!b->blind_whole)
        told_join(&told, &b->blind_told);
    told_join(&told, &b->expiry_told);
    told_join(&told, &b->stale_told);
    if (!told.kinds)
        return false;
    time_t began = b->blind_said ? b->blind_said : b->expired_said;
    if (!began)
        began = b->stale_said;
    *out = (struct change){
        .kind = CHANGE_RETIRED,
        .source = b->source,
        .list = b->list,
        .of_list = true,
        .label = "",
        .from = told.worst,
        .to = LEVEL_UNKNOWN,
        .answers_from = "",
        .answers = "",
        .cause = CAUSE_NONE,
        .detail = "",
        .since = began,
        .opened = b->opened ? b->opened : began,
    };
    told_end(&told, out);
    return true;
}

/* Open, critical and not acknowledged; a flapping cell is reported when it settles. */
static bool remind_wants_reminder(const struct judge *j, size_t column, const struct belief *b)
{
    return judge_is_finding(j, column, b) && !b->flapping_since && !judge_is_acked(j, column, b) &&
           judge_answers_level(j, column, b->answers) == LEVEL_CRITICAL;
}

static bool remind_blindness_open(const struct judge *j, const struct list_belief *b)
{
    bool told = b->blind_told.kinds || b->expiry_told.kinds || b->blind_whole;
    return b->blind_said && told && !b->flapping_since &&
           (b->ack_until == 0 || (!j->in_doubt && b->ack_until <= j->now));
}

static bool remind_long_open(const struct judge *j, time_t opened, time_t last_reminder)
{
    time_t last = last_reminder > opened ? last_reminder : opened;
    return j->conf.remind > 0 && !j->in_doubt && judge_age(j, last) >= j->conf.remind;
}

bool judge_remind_due(const struct judge *j, size_t column, const struct belief *b,
                      time_t last_reminder)
{
    return b && remind_long_open(j, b->opened ? b->opened : b->since, last_reminder) &&
           remind_wants_reminder(j, column, b);
}

bool judge_list_remind_due(const struct judge *j, const struct list_belief *b,
                           enum severity severity, time_t last_reminder)
{
    return severity >= j->conf.blind_severity && remind_blindness_open(j, b) &&
           remind_long_open(j, b->opened ? b->opened : b->blind_said, last_reminder);
}

bool judge_remind(const struct judge *j, const struct belief *b, size_t column,
                  const struct stored_target *target, struct change *out)
{
    if (j->in_doubt || j->conf.remind <= 0 || !remind_wants_reminder(j, column, b))
        return false;
    struct told told = b->told;
    *out = remind_of_belief(j, CHANGE_REMINDER, b, column, target);
    told_say(&told, out, INCIDENT_FINDING);
    return true;
}

bool judge_list_remind(const struct judge *j, const struct list_belief *b, enum severity severity,
                       struct change *out)
{
    if (j->in_doubt || j->conf.remind <= 0 || severity < j->conf.blind_severity ||
        !remind_blindness_open(j, b))
        return false;
    enum level level = severity == SEV_CRITICAL ? LEVEL_CRITICAL : LEVEL_WARNING;
    *out = (struct change){
        .kind = CHANGE_REMINDER,
        .source = b->source,
        .list = b->blind_whole ? "" : b->list, /* one incident for all, one reminder */
        .of_list = true,
        .label = "",
        .from = level,
        .to = level,
        .answers_from = "",
        .answers = "",
        .cause = b->blind_cause,
        .detail = "",
        .since = b->bad_since ? b->bad_since : b->blind_said,
        .opened = b->opened,
    };
    struct told told = b->blind_told;
    told_say(&told, out, INCIDENT_BLIND);
    return true;
}

void judge_remind_together(const struct judge *j, struct change *all, const struct change *one)
{
    if (one->to > all->to)
        all->from = all->to = one->to;
    if (one->since < all->since)
        all->since = one->since;
    if (strcmp(one->source, j->whole) == 0)
        all->source = one->source;
    told_join(&all->told, &one->told);
}

struct change judge_first_run(const struct judge *j, uint32_t targets, bool proven, enum cause why)
{
    return (struct change){
        .kind = CHANGE_BASELINE,
        .source = j->whole,
        .list = "",
        .of_list = true,
        .label = "",
        .from = LEVEL_UNKNOWN,
        .to = proven ? LEVEL_OK : LEVEL_UNKNOWN,
        .answers_from = "",
        .answers = "",
        .cause = why,
        .detail = "",
        .count = targets,
    };
}
