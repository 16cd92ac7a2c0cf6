/* SPDX-License-Identifier: ISC */
#include "repmon/judge.h"

#include "words.h"

#include "repmon/answer_set.h"
#include "repmon/cross.h"

#include <stdlib.h>
#include <string.h>

/* A set of words can't outgrow two answers of a list: 64 codes of 15 characters each. */
#define UNION_MAX (4u << 10)

struct judge_conf judge_conf_default(void)
{
    return (struct judge_conf){
        .confirm_listed = 1,
        .confirm_cleared = 2,
        .confirm_gap = 50 * 60,
        .blind_after = 2,
        .blind_severity = SEV_MAJOR,
        .stale_after = 3 * 86400,
        .remind = 7 * 86400,
        .flap_changes = 4,
        .flap_window = 7 * 86400,
    };
}

void judge_init(struct judge *j, const struct judge_conf *conf, const struct judge_ops *ops,
                time_t now, bool in_doubt)
{
    *j = (struct judge){.conf = *conf, .ops = *ops, .now = now, .in_doubt = in_doubt, .whole = ""};
    if (j->conf.flap_changes > LIMIT_FLAP)
        j->conf.flap_changes = LIMIT_FLAP;
}

void judge_fini(struct judge *j)
{
    for (size_t i = 0; i < j->pool_count; i++)
        free(j->pool[i]);
    free(j->pool);
    j->pool = NULL;
    j->pool_count = j->pool_cap = 0;
}

int64_t judge_age(const struct judge *j, time_t then)
{
    return then > 0 && j->now > then ? (int64_t)(j->now - then) : 0;
}

bool judge_clean(const struct judge *j, size_t column, const char *answers)
{
    if (!answers)
        return false;
    if (!answers[0])
        return true;
    return j->ops.clean && j->ops.clean(j->ops.ctx, column, answers);
}

enum level judge_answers_level(const struct judge *j, size_t column, const char *answers)
{
    if (!answers)
        return LEVEL_UNKNOWN;
    if (!answers[0])
        return LEVEL_OK;
    return j->ops.level(j->ops.ctx, column, answers);
}

int judge_trust(const struct judge *j, size_t column, const char *answers)
{
    if (!answers || !answers[0])
        return 0;
    return j->ops.trust ? j->ops.trust(j->ops.ctx, column, answers) : 1;
}

bool words_has_new(const char *answers, const char *known)
{
    const char *at = answers ? answers : "", *w;
    size_t n;
    while (answer_set_next(&at, &w, &n)) {
        if (!answer_set_has(known ? known : "", w, n))
            return true;
    }
    return false;
}

const char *words_union(struct judge *j, const char *a, const char *b)
{
    if (!a || !a[0])
        return b ? b : "";
    if (!words_has_new(b, a))
        return a;
    if (!words_has_new(a, b))
        return b;
    struct buf out;
    buf_init(&out, UNION_MAX);
    buf_str(&out, a);
    const char *at = b, *w;
    size_t n;
    while (answer_set_next(&at, &w, &n)) {
        if (answer_set_has(a, w, n) || out.len + 1 + n > UNION_MAX)
            continue;
        buf_char(&out, ' ');
        buf_add(&out, w, n);
    }
    if (j->pool_count == j->pool_cap) {
        j->pool_cap = j->pool_cap ? j->pool_cap * 2 : 16;
        j->pool = mem_grow(j->pool, j->pool_cap, sizeof *j->pool);
    }
    j->pool[j->pool_count] = buf_take(&out);
    return j->pool[j->pool_count++];
}

enum level judge_worst_word(const struct judge *j, size_t column, const char *answers)
{
    enum level worst = LEVEL_OK;
    const char *at = answers ? answers : "", *w;
    size_t n;
    while (answer_set_next(&at, &w, &n)) {
        char *word = mem_ndup(w, n);
        enum level level = judge_answers_level(j, column, word);
        free(word);
        if (level > worst)
            worst = level;
    }
    return worst;
}

enum level judge_level(const struct judge *j, size_t column, const struct belief *b,
                       const struct cell_proof *proof, int64_t holds)
{
    if (proof->proven == 0 || (holds > 0 && !j->in_doubt && judge_age(j, proof->proven) > holds))
        return LEVEL_UNKNOWN;
    if (!b)
        return LEVEL_OK;
    if (b->lapsed || !b->answers)
        return LEVEL_UNKNOWN;
    return judge_answers_level(j, column, b->answers);
}

bool judge_is_news(const struct judge *j, const struct column *health, size_t column,
                   const struct belief *b, const struct cell_proof *proof, const char *answers)
{
    bool nothing = b ? !b->answers || b->lapsed : proof->proven == 0;
    if (nothing)
        return true;
    const char *believed = b ? b->answers : "";
    if (judge_clean(j, column, believed) || judge_clean(j, column, answers))
        return judge_clean(j, column, believed) != judge_clean(j, column, answers);
    if (health->kind == LIST_SCORE)
        return judge_answers_level(j, column, believed) != judge_answers_level(j, column, answers);
    /* Who refuses because of a listing is not known yet while lists are asked. */
    size_t own = cross_own_len(believed);
    return cross_own_len(answers) != own || memcmp(believed, answers, own) != 0;
}

bool judge_is_dns_list(const struct judge *j, size_t column)
{
    return !j->ops.dns_list || j->ops.dns_list(j->ops.ctx, column);
}

bool judge_is_finding(const struct judge *j, size_t column, const struct belief *b)
{
    return b && b->answers && !b->lapsed && judge_answers_level(j, column, b->answers) > LEVEL_OK;
}

bool judge_is_open(const struct judge *j, size_t column, const struct belief *b)
{
    return judge_is_finding(j, column, b) || (b && b->answers && b->lapsed);
}

bool judge_is_unconfirmed(const struct judge *j, size_t column, const struct belief *b)
{
    return b && b->pending && !judge_is_finding(j, column, b) &&
           judge_answers_level(j, column, b->pending) > LEVEL_OK;
}

bool judge_is_acked(const struct judge *j, size_t column, const struct belief *b)
{
    if (!judge_is_open(j, column, b) || b->ack_until == 0 || !b->ack_answers)
        return false;
    if (!j->in_doubt && b->ack_until <= j->now)
        return false;
    enum level now = judge_answers_level(j, column, b->answers);
    enum level then = judge_answers_level(j, column, b->ack_answers);
    if (j->ops.by_level && j->ops.by_level(j->ops.ctx, column))
        return now <= then;
    /* Words of other sources replace each other: a milder one is no new finding. */
    bool gained =
        words_has_new(b->answers, b->ack_answers) && (judge_is_dns_list(j, column) || now == then);
    return now <= then && !gained;
}
