/* SPDX-License-Identifier: ISC */
#include "repmon/cross.h"

#include "words.h"

#include "repmon/answer_set.h"
#include "repmon/buf.h"

#include <string.h>

#define CROSS_MAX   (4u << 10) /* bytes of an answer with all who refuse because of it */
#define SENDERS_MAX 3          /* findings of domains that a reason names; status has all */

/* ---- words ---- */

static const char *cross_mark(const char *word, size_t len)
{
    return memmem(word, len, CROSS_BY, sizeof CROSS_BY - 1);
}

size_t cross_own_len(const char *answers)
{
    const char *at = answers, *word;
    size_t len, own = 0;
    while (answer_set_next(&at, &word, &len)) {
        if (cross_mark(word, len))
            break;
        own = (size_t)(word - answers) + len;
    }
    return own;
}

bool cross_next(const char **at, const char **state, size_t *state_len, const char **list,
                size_t *list_len)
{
    const char *word, *mark = NULL;
    size_t len;
    while (!mark && answer_set_next(at, &word, &len))
        mark = cross_mark(word, len);
    if (!mark)
        return false;
    *state = word;
    *state_len = (size_t)(mark - word);
    *list = mark + sizeof CROSS_BY - 1;
    *list_len = len - *state_len - (sizeof CROSS_BY - 1);
    return true;
}

/* ---- refusals because of a list ---- */

/* What cross_refusals() works with; all borrowed. */
struct crossing {
    const struct judge *j;
    const struct cross_ops *ops;
    struct results *results;
};

static const struct belief *cross_belief(const struct crossing *x, size_t row, size_t column)
{
    return x->ops->belief ? x->ops->belief(x->ops->belief_ctx, row, column) : NULL;
}

/* Answers of a finding that was proven in this run; else NULL. */
static const char *cross_finding(const struct crossing *x, size_t row, size_t column)
{
    if (!results_counts(x->results, row, column))
        return NULL;
    struct outcome o = results_effective(x->results, row, column);
    bool finding = o.cause == CAUSE_NONE && !judge_clean(x->j, column, o.answers) &&
                   judge_answers_level(x->j, column, o.answers) > LEVEL_OK;
    return finding ? o.answers : NULL;
}

/* Whether the address was on the list at the time of the refusal: it is on it now, is believed to
 * be, or left it later than that. */
static bool cross_is_explained(const struct crossing *x, size_t row, size_t list, time_t said)
{
    const struct belief *b = cross_belief(x, row, list);
    if (cross_finding(x, row, list) || judge_is_finding(x->j, list, b))
        return true;
    return b && b->flap_count && said <= b->flaps[b->flap_count - 1];
}

/* Adds "refused-by:gmail" to what the list answered. Those who refuse come in column order. */
static void cross_add(const struct crossing *x, size_t row, size_t list, const char *state,
                      size_t state_len, const char *who)
{
    const char *answers = cross_finding(x, row, list);
    struct buf words;
    if (!answers)
        return;
    struct outcome o = results_effective(x->results, row, list);
    buf_init(&words, CROSS_MAX);
    buf_fmt(&words, "%s %.*s%s%s", answers, (int)state_len, state, CROSS_BY, who);
    if (!words.failed)
        results_set(x->results, row, list,
                    results_intern(x->results, CAUSE_NONE, o.via, buf_text(&words)));
    buf_fini(&words);
}

static void cross_cell(const struct crossing *x, size_t row, size_t column)
{
    const char *answers = cross_finding(x, row, column);
    size_t list = answers ? x->ops->reason(x->ops->ctx, column, answers) : JUDGE_NO_COLUMN;
    if (list == JUDGE_NO_COLUMN)
        return;
    time_t said = results_times(x->results, row, column).proven;
    if (!cross_is_explained(x, row, list, said ? said : x->j->now))
        return;
    const char *who = results_column_const(x->results, column)->list;
    cross_add(x, row, list, answers, strcspn(answers, "/ "), who);
    if (!judge_is_finding(x->j, column, cross_belief(x, row, column)))
        results_set(x->results, row, column, results_intern(x->results, CAUSE_NO_DATA, 0, ""));
}

void cross_refusals(const struct judge *j, const struct cross_ops *ops, struct results *results,
                    size_t rows)
{
    const struct crossing x = {j, ops, results};
    for (size_t column = 0; column < results_columns(results); column++) {
        if (!ops->hears(ops->ctx, column))
            continue;
        for (size_t row = 0; row < rows; row++)
            cross_cell(&x, row, column);
    }
}

/* ---- refusals because of a sending domain ---- */

/* Findings of domains that matter, as many as a reason has room for. */
static size_t cross_add_senders(const struct crossing *x, size_t rows, struct buf *out)
{
    size_t found = 0;
    for (size_t column = 0; column < results_columns(x->results); column++) {
        if (!results_column_const(x->results, column)->of_domains)
            continue;
        for (size_t row = 0; row < rows && found < SENDERS_MAX; row++) {
            const char *answers = cross_finding(x, row, column);
            if (!answers || judge_answers_level(x->j, column, answers) < LEVEL_WARNING)
                continue;
            size_t before = out->len;
            buf_str(out, found ? ", " : "see ");
            if (x->ops->sender(x->ops->ctx, row, column, answers, out))
                found++;
            else
                buf_cut(out, before);
        }
    }
    return found;
}

static void cross_point(const struct crossing *x, size_t row, size_t column, const char *senders)
{
    const char *answers = cross_finding(x, row, column);
    if (!answers || !x->ops->about_senders(x->ops->ctx, column, answers))
        return;
    const char *detail = results_detail(x->results, row, column);
    struct buf text;
    buf_init(&text, CROSS_MAX);
    buf_fmt(&text, "%s%s%s", detail ? detail : "", detail && *detail ? "; " : "", senders);
    results_set_detail(x->results, row, column, buf_text(&text));
    buf_fini(&text);
}

void cross_senders(const struct judge *j, const struct cross_ops *ops, struct results *results,
                   size_t rows)
{
    const struct crossing x = {j, ops, results};
    struct buf senders;
    if (!ops->about_senders || !ops->sender)
        return;
    buf_init(&senders, CROSS_MAX);
    bool any = cross_add_senders(&x, rows, &senders) > 0;
    for (size_t column = 0; any && column < results_columns(results); column++)
        for (size_t row = 0; ops->hears(ops->ctx, column) && row < rows; row++)
            cross_point(&x, row, column, buf_text(&senders));
    buf_fini(&senders);
}

/* ---- the resolver ---- */

bool cross_resolver_proved(const struct results *results, unsigned via)
{
    bool testable = false;
    for (size_t j = 0; j < results_columns(results); j++) {
        const struct column *c = results_column_const(results, j);
        for (unsigned f = 0; f < 2; f++) {
            if (!c->testable[f])
                continue;
            testable = true;
            if (2 * via + f < RESULTS_VIAS && c->via[2 * via + f].empty == CAUSE_NONE)
                return true;
        }
    }
    return !testable; /* where no list could tell, the resolver's word is all there is */
}
