/* SPDX-License-Identifier: ISC */
/*
 * The records of sending domains as a source: one queue. Each domain is judged as a whole, as if
 * all answers had come; any that are missing are asked for, and the domain is judged again once
 * they arrive. So each name is asked once, and the judging reads as if there were no waiting.
 */
#include "domain_state.h"

#include "repmon/sources.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IN_FLIGHT 256 /* records of domains are on many servers */
#define AT_ONCE   64  /* domains started before the first answers arrive */

static const struct {
    void (*judge)(struct domain_state *, struct domain_job *, struct domain_finding *);
} judges[DOMAIN_LISTS] = {[DOMAIN_SPF] = {domain_judge_spf},
                          [DOMAIN_DKIM] = {domain_judge_dkim},
                          [DOMAIN_DMARC] = {domain_judge_dmarc},
                          [DOMAIN_MAIL] = {domain_judge_mail}};

/* ---- findings ---- */

void finding_add(struct domain_finding *f, enum domain_say say, const char *what)
{
    if (f->count == DOMAIN_WORDS) {
        f->dropped++;
        return;
    }
    struct domain_word *w = &f->words[f->count++];
    w->say = say;
    snprintf(w->what, sizeof w->what, "%s", what);
}

void finding_say(struct domain_finding *f, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = mem_vfmt(4096, fmt, args);
    va_end(args);
    buf_str(f->detail, f->detail->len ? "; " : "");
    buf_clean(f->detail, text, strlen(text), 4096);
    free(text);
}

enum spf_found domain_ask(struct domain_state *s, struct domain_job *j, struct domain_finding *f,
                          const char *name, uint16_t type, struct dns_answer *out)
{
    enum cause cause;
    enum spf_found found =
        answers_get(s->answers, (size_t)(j - s->jobs), name, type, ANSWERS_FIRST, out, &cause);
    f->pending |= found == SPF_NOT_YET;
    if (found == SPF_NO_ANSWER && f->cause == CAUSE_NONE)
        f->cause = cause;
    return found;
}

static int domain_by_word(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* An answer set: its words in order. */
static void domain_write_words(const struct domain_finding *f, struct buf *out)
{
    char *words[DOMAIN_WORDS];
    for (size_t i = 0; i < f->count; i++) {
        struct buf one;
        buf_init(&one, 2 * DOMAIN_WHAT);
        domain_word_add(&f->words[i], &one);
        words[i] = buf_take(&one);
    }
    qsort(words, f->count, sizeof *words, domain_by_word);
    for (size_t i = 0; i < f->count; i++) {
        buf_fmt(out, "%s%s", i ? " " : "", words[i]);
        free(words[i]);
    }
}

static void domain_set_cell(struct domain_state *s, struct domain_job *j, size_t list,
                            struct domain_finding *f)
{
    struct buf words;
    size_t column = s->env.first_column + list;
    buf_init(&words, 4096);
    if (f->cause == CAUSE_NONE && f->count)
        domain_write_words(f, &words);
    else if (f->cause == CAUSE_NONE)
        buf_str(&words, domain_clean_word(NULL, list));
    if (f->dropped)
        finding_say(f, "and %zu more", f->dropped);
    results_set(s->env.results, j->row, column,
                results_intern(s->env.results, f->cause, 0, buf_text(&words)));
    j->turned[list] =
        f->turned && f->cause == CAUSE_NONE &&
        (!s->env.is_news || s->env.is_news(s->env.ctx, j->row, column, buf_text(&words)));
    if (f->detail->len)
        results_set_detail(s->env.results, j->row, column, buf_text(f->detail));
    buf_fini(&words);
}

static void domain_judge(struct domain_state *s, struct domain_job *j)
{
    for (size_t list = 0; list < DOMAIN_LISTS; list++) {
        struct buf detail;
        if (j->done[list])
            continue;
        buf_init(&detail, 8192);
        struct domain_finding f = {.cause = CAUSE_NONE, .detail = &detail};
        judges[list].judge(s, j, &f);
        j->done[list] = !f.pending;
        if (!f.pending)
            domain_set_cell(s, j, list, &f);
        buf_fini(&detail);
    }
}

/* ---- a run ---- */

static bool domain_hear(void *setup, const struct hear_env *env, struct error *err)
{
    struct domain_setup *s = setup;
    (void)err;
    s->on = false;
    for (size_t i = 0; i < env->inventory->count; i++)
        s->on |= ip_name(&env->inventory->items[i].ip) != NULL;
    return true;
}

static const struct conf_domain *domain_section_of(const struct conf *conf, const char *name)
{
    static const struct conf_domain none;
    for (size_t i = 0; i < conf->domain_count; i++)
        if (strcmp(conf->domains[i].name, name) == 0)
            return &conf->domains[i];
    return &none;
}

static void *domain_open_source(const void *setup, const struct source_env *env, struct error *err)
{
    struct domain_state *s = mem_alloc(sizeof *s);
    (void)err, (void)setup;
    s->env = *env;
    s->answers = answers_new();
    s->jobs = mem_array(env->inventory->count ? env->inventory->count : 1, sizeof *s->jobs);
    s->queue = (struct queue){
        .name = "domain", .cap = IN_FLIGHT, .budget = UINT64_MAX, .severity = SEV_MINOR};
    uint16_t other = results_intern(env->results, CAUSE_NOT_APPLICABLE, 0, "");
    for (size_t row = 0; row < env->inventory->count; row++) {
        const char *name = ip_name(&env->inventory->items[row].ip);
        for (size_t list = 0; list < DOMAIN_LISTS && !name; list++)
            results_set(env->results, row, env->first_column + list, other);
        if (name && !env->tests_only)
            s->jobs[s->job_count++] = (struct domain_job){
                .row = row, .name = name, .conf = domain_section_of(env->conf, name)};
    }
    return s;
}

static struct queue *domain_queues(void *state, size_t *count)
{
    *count = 1;
    return &((struct domain_state *)state)->queue;
}

static enum next domain_next(void *state, size_t queue, int64_t now_ms, struct request *r,
                             int64_t *wake_ms)
{
    struct domain_state *s = state;
    size_t job;
    (void)queue, (void)now_ms, (void)wake_ms;
    while (answers_take_ready(s->answers, &job))
        domain_judge(s, &s->jobs[job]);
    bool found = answers_next(s->answers, r);
    for (size_t begun = 0; !found && begun < AT_ONCE && s->started < s->job_count; begun++) {
        domain_judge(s, &s->jobs[s->started++]);
        found = answers_next(s->answers, r);
    }
    if (!found)
        return s->in_flight ? NEXT_WAIT : NEXT_DONE;
    s->in_flight++;
    r->tag |= (uint64_t)s->past_count << 32;
    return NEXT_REQUEST;
}

static void domain_reply(void *state, const struct request *request, const struct reply *reply)
{
    struct domain_state *s = state;
    s->in_flight--;
    s->via = reply->via;
    results_column(s->env.results, s->env.first_column)->asked += reply->sent ? reply->sent : 1;
    if (request->tag >> 32 == s->past_count)
        answers_reply(s->answers, (uint32_t)request->tag, reply);
}

/* What is as it should be was not denied by anybody. */
static bool domain_is_clean(const struct domain_state *s, const struct domain_job *j, size_t list)
{
    uint16_t outcome = results_get(s->env.results, j->row, s->env.first_column + list);
    const char *words = results_outcome(s->env.results, outcome).answers;
    return j->done[list] && strcmp(words, domain_clean_word(NULL, list)) == 0;
}

/* A resolver that is left may have denied records that exist. */
static void domain_resolver_changed(void *state, uint8_t via)
{
    struct domain_state *s = state;
    s->via = via;
    if (s->past_count == LIMIT_RESOLVERS)
        return;
    s->past[s->past_count++] = s->answers;
    s->answers = answers_new();
    s->started = 0;
    for (size_t i = 0; i < s->job_count; i++) {
        struct domain_job *j = &s->jobs[i];
        for (size_t list = 0; list < DOMAIN_LISTS; list++) {
            j->done[list] = domain_is_clean(s, j, list);
            j->turned[list] = false;
        }
    }
}

static void domain_close_source(void *state)
{
    struct domain_state *s = state;
    answers_free(s->answers);
    for (size_t i = 0; i < s->past_count; i++)
        answers_free(s->past[i]);
    free(s->jobs);
    free(s);
}

const struct source source_domain = {
    .word = "domain",
    .heading = "Sending domains",
    .reach = REACH_FIRST,
    .of_domains = true,
    .by_targets = true,
    .list_names = domain_list_names,
    .setup_new = domain_setup_new,
    .setup_free = free,
    .hear = domain_hear,
    .columns = domain_columns,
    .describe = domain_describe,
    .explain = domain_explain,
    .url = domain_url,
    .clean_word = domain_clean_word,
    .headline = domain_headline,
    .change_headline = domain_change_headline,
    .advise = domain_advise,
    .estimate = domain_estimate,
    .valid_for_ms = domain_valid_for_ms,
    .every_ms = domain_every_ms,
    .open = domain_open_source,
    .queues = domain_queues,
    .next = domain_next,
    .reply = domain_reply,
    .resolver_changed = domain_resolver_changed,
    .finish = domain_finish,
    .close = domain_close_source,
};
