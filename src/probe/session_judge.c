/* SPDX-License-Identifier: ISC */
#include "repmon/session.h"

#include <string.h>

static enum level session_op_level(void *ctx, size_t column, const char *answers)
{
    struct verdict v = {.level = LEVEL_UNKNOWN, .advice = ""};
    session_explain(ctx, column, answers, &v);
    return v.cause == CAUSE_NONE && v.level != LEVEL_UNKNOWN ? v.level : LEVEL_OK;
}

static bool session_op_clean(void *ctx, size_t column, const char *answers)
{
    return strcmp(answers, session_clean_word(ctx, column)) == 0;
}

static bool session_op_dns_list(void *ctx, size_t column)
{
    size_t local;
    return session_part_of(ctx, column, &local)->source->dns_list;
}

static bool session_op_by_level(void *ctx, size_t column)
{
    return session_kind(ctx, column) == LIST_SCORE;
}

static int session_op_trust(void *ctx, size_t column, const char *answers)
{
    struct verdict v = {.advice = ""};
    if (!answers[0])
        return 0;
    session_explain(ctx, column, answers, &v);
    return v.trust + 1; /* listed without trust still ranks above not listed */
}

struct judge_ops session_judge_ops(struct session *a)
{
    return (struct judge_ops){.level = session_op_level,
                              .clean = session_op_clean,
                              .dns_list = session_op_dns_list,
                              .by_level = session_op_by_level,
                              .trust = session_op_trust,
                              .ctx = a};
}

struct judge_conf session_judge_conf(const struct conf *c)
{
    return (struct judge_conf){.confirm_listed = c->confirm_listed,
                               .confirm_cleared = c->confirm_cleared,
                               .confirm_gap = c->confirm_gap_ms / 1000,
                               .blind_after = c->blind_after,
                               .blind_severity = c->blind_severity,
                               .stale_after = c->stale_after_ms / 1000,
                               .remind = c->remind_ms / 1000,
                               .flap_changes = c->flap_changes,
                               .flap_window = c->flap_window_ms / 1000};
}
