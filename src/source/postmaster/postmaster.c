/* SPDX-License-Identifier: ISC */
/*
 * Google Postmaster Tools as a source: what Google says of the mail of sending domains that
 * reaches Gmail. One queue per account; its targets are domains.
 */
#include "postmaster_state.h"

#include "repmon/sources.h"

#include <stdlib.h>
#include <string.h>

static const struct conf_postmaster *postmaster_of(const void *setup, size_t column)
{
    const struct postmaster_setup *s = setup;
    return &s->conf->postmasters[column / POSTMASTER_LISTS];
}

static size_t postmaster_columns(const void *setup)
{
    return ((const struct postmaster_setup *)setup)->conf->postmaster_count * POSTMASTER_LISTS;
}

static void postmaster_describe(const void *setup, size_t column, struct column *out)
{
    const struct conf_postmaster *p = postmaster_of(setup, column);
    const char *const names[POSTMASTER_LISTS] = {
        [LIST_SPAM] = p->spam_list,
        [LIST_DELIVERY] = p->delivery_list,
        [LIST_COMPLIANCE] = p->compliance_list,
    };
    enum postmaster_list list = (enum postmaster_list)(column % POSTMASTER_LISTS);
    out->source = "postmaster";
    out->list = names[list];
    out->severity = p->severity;
    out->kind = list == LIST_SPAM ? LIST_SCORE : LIST_BLOCK; /* for a rate, only the band is news */
    out->of_domains = true;
    out->numbers = list == LIST_SPAM ? NUMBERS_COMPLAINTS : NUMBERS_NONE;
    out->confirms_itself = true;
}

static void postmaster_explain_column(const void *setup, size_t column, const char *answers,
                                      struct verdict *out)
{
    postmaster_explain(postmaster_of(setup, column),
                       (enum postmaster_list)(column % POSTMASTER_LISTS), answers, out);
}

static void postmaster_estimate(const void *setup, size_t column, const struct inventory *inventory,
                                struct estimate *out)
{
    (void)inventory;
    *out = (struct estimate){.targets = postmaster_of(setup, column)->domain_count,
                             .each = 1,
                             .limit = ESTIMATE_NO_LIMIT};
}

static int64_t postmaster_valid_for_ms(const void *setup, size_t column)
{
    return postmaster_of(setup, column)->valid_for_ms;
}

static int64_t postmaster_every_ms(const void *setup, size_t column)
{
    return postmaster_of(setup, column)->every_ms;
}

/* ---- a run ---- */

static bool postmaster_is_due(const struct postmaster_account *a, size_t row)
{
    const struct source_env *env = &a->state->env;
    for (size_t i = 0; i < POSTMASTER_LISTS; i++)
        if (!env->is_due || env->is_due(env->ctx, row, a->first + i))
            return true;
    return false;
}

static bool postmaster_asks(const struct conf_postmaster *conf, const char *domain)
{
    for (size_t i = 0; i < conf->domain_count; i++)
        if (strcmp(conf->domains[i], domain) == 0)
            return true;
    return false;
}

static void postmaster_add_row(struct postmaster_account *a, size_t row)
{
    const struct source_env *env = &a->state->env;
    const char *domain = ip_name(&env->inventory->items[row].ip);
    if (!domain || !postmaster_asks(a->conf, domain)) {
        uint16_t other = results_intern(env->results, CAUSE_NOT_APPLICABLE, 0, "");
        for (size_t i = 0; i < POSTMASTER_LISTS; i++)
            results_set(env->results, row, a->first + i, other);
        return;
    }
    struct postmaster_job *job = &a->jobs[a->job_count++];
    *job = (struct postmaster_job){.row = row, .domain = domain};
    postmaster_compliance_init(&job->found);
    job->due = !env->tests_only && postmaster_is_due(a, row);
    a->due |= job->due;
}

static void postmaster_open_account(struct postmaster_state *s, size_t number)
{
    struct postmaster_account *a = &s->accounts[number];
    size_t rows = s->env.inventory->count;
    a->conf = &s->setup->conf->postmasters[number];
    a->state = s;
    a->first = s->env.first_column + number * POSTMASTER_LISTS;
    oauth_session_init(&a->login, &s->setup->clients[number]);
    buf_init(&a->url, LIMIT_URL);
    buf_init(&a->authorization, 32u << 10);
    buf_init(&a->body, 32u << 10);
    buf_init(&a->page, LIMIT_URL);
    a->jobs = mem_array(a->conf->domain_count + 1, sizeof *a->jobs);
    for (size_t row = 0; row < rows; row++)
        postmaster_add_row(a, row);
    while (a->at < a->job_count && !a->jobs[a->at].due)
        a->at++;
    s->queues[number] = (struct queue){
        .name = a->conf->name, .cap = 1, .budget = UINT64_MAX, .severity = a->conf->severity};
}

static void *postmaster_open(const void *setup, const struct source_env *env, struct error *err)
{
    struct postmaster_state *s = mem_alloc(sizeof *s);
    (void)err;
    s->setup = setup;
    s->env = *env;
    s->count = s->setup->conf->postmaster_count;
    s->queues = mem_array(s->count + 1, sizeof *s->queues);
    s->accounts = mem_array(s->count + 1, sizeof *s->accounts);
    for (size_t i = 0; i < s->count; i++)
        postmaster_open_account(s, i);
    return s;
}

static void postmaster_close_account(struct postmaster_account *a)
{
    oauth_session_fini(&a->login);
    if (a->authorization.data)
        explicit_bzero(a->authorization.data, a->authorization.cap);
    buf_fini(&a->authorization);
    buf_fini(&a->url);
    buf_fini(&a->body);
    buf_fini(&a->page);
    for (size_t i = 0; i < a->job_count; i++)
        postmaster_compliance_fini(&a->jobs[i].found);
    free(a->jobs);
}

static void postmaster_close(void *state)
{
    struct postmaster_state *s = state;
    for (size_t i = 0; i < s->count; i++)
        postmaster_close_account(&s->accounts[i]);
    free(s->accounts);
    free(s->queues);
    free(s);
}

static struct queue *postmaster_queues(void *state, size_t *count)
{
    struct postmaster_state *s = state;
    *count = s->count;
    return s->queues;
}

static enum next postmaster_next_of(void *state, size_t queue, int64_t now_ms,
                                    struct request *request, int64_t *wake_ms)
{
    struct postmaster_state *s = state;
    return postmaster_next(&s->accounts[queue], now_ms, request, wake_ms);
}

static void postmaster_reply(void *state, const struct request *request, const struct reply *reply)
{
    struct postmaster_state *s = state;
    postmaster_take_reply(&s->accounts[request->queue], reply);
}

static void postmaster_finish_all(void *state)
{
    struct postmaster_state *s = state;
    for (size_t i = 0; i < s->count; i++)
        postmaster_finish(&s->accounts[i]);
}

/* The login is the account's: told with its first list. */
static time_t postmaster_expires_column(void *state, size_t column, int64_t *soon_s)
{
    struct postmaster_state *s = state;
    *soon_s = 0;
    if (column % POSTMASTER_LISTS != LIST_SPAM)
        return 0;
    return postmaster_expires(&s->accounts[column / POSTMASTER_LISTS], soon_s);
}

const struct source source_postmaster = {
    .word = "postmaster",
    .heading = "Google Postmaster",
    .reach = REACH_FIRST,
    .of_domains = true,
    .accounts = &postmaster_accounts,
    .examine = postmaster_examine,
    .numbers = postmaster_numbers,
    .secret = postmaster_secret,
    .list_names = postmaster_list_names,
    .receiver = "Gmail",
    .setup_new = postmaster_setup_new,
    .setup_free = postmaster_setup_free,
    .columns = postmaster_columns,
    .describe = postmaster_describe,
    .explain = postmaster_explain_column,
    .url = postmaster_url,
    .clean_word = postmaster_clean_word,
    .headline = postmaster_headline,
    .estimate = postmaster_estimate,
    .valid_for_ms = postmaster_valid_for_ms,
    .every_ms = postmaster_every_ms,
    .open = postmaster_open,
    .queues = postmaster_queues,
    .next = postmaster_next_of,
    .reply = postmaster_reply,
    .expires = postmaster_expires_column,
    .finish = postmaster_finish_all,
    .close = postmaster_close,
};
