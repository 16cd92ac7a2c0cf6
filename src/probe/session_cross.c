/* SPDX-License-Identifier: ISC */
/* Findings because of a DNS list, for the judge and as codes of that list. */
#include "repmon/session.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

/* ---- for the judge ---- */

static bool session_op_hears(void *ctx, size_t column)
{
    size_t local;
    return session_part_of(ctx, column, &local)->source->reason != NULL;
}

static bool session_covers(const struct session *a, size_t column, const char *zone)
{
    size_t local;
    const struct session_part *part = session_part_of(a, column, &local);
    return part->source->covers && part->source->covers(part->setup, local, zone);
}

static size_t session_op_reason(void *ctx, size_t column, const char *answers)
{
    size_t local;
    const struct session_part *part = session_part_of(ctx, column, &local);
    const char *zone = part->source->reason(part->setup, local, answers);
    for (size_t j = 0; zone && j < ((struct session *)ctx)->column_count; j++)
        if (session_covers(ctx, j, zone))
            return j;
    return JUDGE_NO_COLUMN;
}

static bool session_op_about_senders(void *ctx, size_t column, const char *answers)
{
    size_t local;
    const struct session_part *part = session_part_of(ctx, column, &local);
    return part->source->about_senders && part->source->about_senders(part->setup, local, answers);
}

/* "example.org: SPF no longer covers 203.0.113.5", "example.org: listed on dbl.spamhaus.org" */
static bool session_op_sender(void *ctx, size_t row, size_t column, const char *answers,
                              struct buf *out)
{
    const struct session *a = ctx;
    const char *domain = ip_name(&a->inventory->items[row].ip);
    struct verdict v;
    if (!domain)
        return false;
    session_explain(a, column, answers, &v);
    buf_fmt(out, "%s: ", domain);
    if (!session_change_headline(a, column, "", answers, out) &&
        !session_headline(a, column, v.state, out))
        buf_fmt(out, "%s on %s", v.state, session_list(a, column));
    return true;
}

struct cross_ops session_cross_ops(struct session *a)
{
    return (struct cross_ops){.hears = session_op_hears,
                              .reason = session_op_reason,
                              .about_senders = session_op_about_senders,
                              .sender = session_op_sender,
                              .ctx = a};
}

/* ---- as codes ---- */

static bool session_as_code(const struct session *a, const char *state, const char *list,
                            struct code *out)
{
    for (size_t i = 0; i < a->part_count; i++) {
        const struct session_part *part = &a->parts[i];
        if (part->source->as_code && part->source->as_code(part->setup, state, list, out))
            return true;
    }
    return false;
}

/* A refusal because of a list is as severe as that list, but never more than its receiver. */
static void session_add_code(const struct session *a, size_t column, const char *state,
                             const char *list, struct verdict *out)
{
    struct code code = {.name = "", .meaning = "it refuses mail because of this listing"};
    if (out->code_count == LIMIT_CODES || !session_as_code(a, state, list, &code))
        return;
    enum severity of_list = session_severity(a, column);
    if (of_list < code.severity)
        code.severity = of_list;
    enum level level = severity_level(code.severity);
    if (level > out->level)
        out->level = level;
    out->codes[out->code_count++] = code;
    out->crossed++;
}

void session_explain_crossed(const struct session *a, size_t column, const char *answers,
                             struct verdict *out)
{
    const char *state, *list;
    size_t state_len, list_len;
    while (out->cause == CAUSE_NONE && cross_next(&answers, &state, &state_len, &list, &list_len)) {
        char *state_word = mem_ndup(state, state_len);
        char *list_name = mem_ndup(list, list_len);
        session_add_code(a, column, state_word, list_name, out);
        free(list_name);
        free(state_word);
    }
}
