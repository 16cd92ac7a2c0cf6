/* SPDX-License-Identifier: ISC */
/*
 * The mails in which receivers report, as a source: it listens instead of asking. Its lists are the
 * sections (whether they can be read), `dmarc` and `complaints`. What the sums mean is decided in
 * dmarc_day.c and complaint_day.c; this file passes the words for it to the run.
 */
#include "reports_accounts.h"
#include "reports_setup.h"

#include "repmon/mail_count.h"
#include "repmon/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reports_state {
    const struct reports_setup *setup; /* borrowed */
    struct source_env env;
    int64_t today;
};

static void reports_url(const void *setup, size_t column, const struct ip *ip, bool finding,
                        struct buf *out)
{
    (void)setup, (void)column, (void)ip, (void)finding;
    (void)out; /* there is no page to look at besides the reports */
}

static int64_t reports_valid_for_ms(const void *setup, size_t column)
{
    const struct reports_setup *s = setup;
    return s->conf->reports[column < s->conf->reports_count ? column : 0].valid_for_ms;
}

static int64_t reports_every_ms(const void *setup, size_t column)
{
    (void)setup, (void)column;
    return 0;
}

static void reports_estimate(const void *setup, size_t column, const struct inventory *inventory,
                             struct estimate *out)
{
    (void)setup, (void)column;
    *out = (struct estimate){.targets = inventory->count, .limit = ESTIMATE_NO_LIMIT};
}

/* ---- what came, for metrics ---- */

static size_t reports_mails(const void *setup, struct mail_count *out, size_t max)
{
    const struct reports_memory *m = &((const struct reports_setup *)setup)->memory;
    size_t count = 0;
    for (size_t i = 0; i < m->section_count; i++) {
        const struct reports_tally *t = &m->sections[i].tally;
        uint64_t unproven = 0;
        for (size_t k = 0; k < REPORT_PROVEN; k++)
            unproven += t->proofs[k];
        for (size_t k = 0; k < REPORTS_KINDS && count < max; k++)
            out[count++] = (struct mail_count){m->sections[i].name,
                                               report_kind_word((enum report_kind)k), t->kinds[k]};
        if (count < max)
            out[count++] = (struct mail_count){m->sections[i].name, "unproven", unproven};
    }
    return count;
}

/* ---- what was heard, into the results ---- */

/* Selectors in use, for the code that checks the keys: "s2026 mail" for each domain. */
static void reports_give_selectors(const struct reports_setup *s, const struct source_env *env)
{
    const struct dmarc_senders *k = &s->memory.senders;
    for (size_t i = 0; i < s->domain_count && env->fact_set; i++) {
        char key[DMARC_NAME_MAX + 32];
        struct buf names;
        buf_init(&names, 4096);
        for (size_t n = 0; n < k->selector_count; n++)
            if (strcmp(k->selectors[n].domain, s->domains[i]) == 0)
                buf_fmt(&names, "%s%s", names.len ? " " : "", k->selectors[n].name);
        snprintf(key, sizeof key, SOURCE_SELECTORS_FACT "%s", s->domains[i]);
        env->fact_set(env->ctx, key, names.len ? buf_text(&names) : NULL);
        buf_fini(&names);
    }
}

static void *reports_open(const void *setup, const struct source_env *env, struct error *err)
{
    struct reports_state *s = mem_alloc(sizeof *s);
    (void)err;
    s->setup = setup;
    s->env = *env;
    s->today = reports_day((int64_t)env->now);
    reports_give_selectors(setup, env);
    return s;
}

static struct queue *reports_queues(void *state, size_t *count)
{
    (void)state;
    *count = 0;
    return NULL;
}

static enum next reports_next(void *state, size_t queue, int64_t now_ms, struct request *request,
                              int64_t *wake_ms)
{
    (void)state, (void)queue, (void)now_ms, (void)request, (void)wake_ms;
    return NEXT_DONE;
}

static void reports_reply(void *state, const struct request *request, const struct reply *reply)
{
    (void)state, (void)request, (void)reply;
}

static void reports_set(struct reports_state *s, size_t row, size_t column, enum cause cause,
                        const char *answers)
{
    results_set(s->env.results, row, s->env.first_column + column,
                results_intern(s->env.results, cause, 0, answers));
}

static bool reports_is_young(const struct reports_state *s, size_t column, int64_t day)
{
    return day && s->today - day <= reports_valid_for_ms(s->setup, column) / 1000 / DAY_S;
}

/* A day is proven at its end, or `wait_s` later if others may still report on it. */
static void reports_set_times(struct reports_state *s, size_t row, size_t column, int64_t last,
                              int64_t since, int64_t wait_s)
{
    const struct cell_times times = {.proven = (time_t)((last + 1) * DAY_S - 1 + wait_s),
                                     .since = (time_t)(since * DAY_S)};
    results_set_times(s->env.results, row, s->env.first_column + column, times);
}

static void reports_set_address(struct reports_state *s, size_t row, const struct ip *ip)
{
    const struct reports_setup *setup = s->setup;
    size_t column = reports_column_dmarc(setup);
    const struct dmarc_address *a = dmarc_address_find(&setup->memory.days, ip);
    struct buf detail;
    if (!a || !reports_is_young(s, column, a->last)) {
        reports_set(s, row, column, CAUSE_NO_DATA, "");
        return;
    }
    reports_set(s, row, column, CAUSE_NONE, dmarc_state_word(a->state));
    reports_set_times(s, row, column, a->last, a->since, DMARC_WAIT_S);
    if (a->state <= DMARC_ALIGNED)
        return;
    buf_init(&detail, LIMIT_REASON * 2);
    reports_tell_dmarc(setup, a, &detail);
    results_set_detail(s->env.results, row, s->env.first_column + column, buf_text(&detail));
    buf_fini(&detail);
}

/* The row of the domain itself: which strangers pass as it. */
static void reports_set_domain(struct reports_state *s, size_t row, const char *domain)
{
    const struct reports_setup *setup = s->setup;
    size_t column = reports_column_dmarc(setup);
    const struct dmarc_reported *reported = dmarc_domain_find(&setup->memory.senders, domain);
    struct buf detail;
    if (!reported || !reports_is_young(s, column, reported->last)) {
        reports_set(s, row, column, CAUSE_NO_DATA, "");
        return;
    }
    buf_init(&detail, LIMIT_REASON * 2);
    reports_tell_strangers(setup, domain, &detail);
    reports_set(s, row, column, CAUSE_NONE,
                detail.len ? REPORTS_STRANGERS : dmarc_state_word(DMARC_ALIGNED));
    if (detail.len)
        results_set_detail(s->env.results, row, s->env.first_column + column, buf_text(&detail));
    buf_fini(&detail);
}

static int reports_by_word(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* Joins words into an answer set, in order. */
static void reports_join(char **words, size_t count, struct buf *out)
{
    if (count > 0)
        qsort(words, count, sizeof *words, reports_by_word);
    for (size_t i = 0; i < count; i++)
        buf_fmt(out, "%s%s", i ? " " : "", words[i]);
}

/* Words for the receivers whose users complain too much; false: there was never a complaint. */
static bool reports_complaint_words(const struct reports_state *s, const struct ip *ip,
                                    int64_t *last, int64_t *since, struct buf *words)
{
    static const char *const by_state[] = {
        [COMPLAINTS_HIGH] = REPORTS_HIGH, [COMPLAINTS_VERY_HIGH] = REPORTS_VERY_HIGH};
    const struct complaint_pairs *c = &s->setup->memory.complaints;
    bool any = false;
    size_t count = 0;
    char *found[LIMIT_CODES];
    for (size_t i = 0; i < c->count; i++) {
        const struct complaint_pair *p = &c->items[i];
        if (ip_cmp(&p->ip, ip) != 0)
            continue;
        any = true;
        int64_t newest = p->day_count ? p->days[p->day_count - 1].day : p->last_bad;
        *last = newest > *last ? newest : *last;
        if (p->state < COMPLAINTS_HIGH || count == LIMIT_CODES)
            continue;
        *since = *since && *since < p->since ? *since : p->since;
        struct buf word;
        buf_init(&word, 128);
        buf_fmt(&word, "%s:%s", by_state[p->state], p->receiver);
        found[count++] = buf_take(&word);
    }
    reports_join(found, count, words);
    for (size_t i = 0; i < count; i++)
        free(found[i]);
    return any;
}

static void reports_set_complaints(struct reports_state *s, size_t row, const struct ip *ip)
{
    size_t column = reports_column_complaints(s->setup);
    int64_t last = 0, since = 0;
    struct buf words, detail;
    buf_init(&words, LIMIT_REASON * 2);
    bool any = reports_complaint_words(s, ip, &last, &since, &words);
    if (!any || !reports_is_young(s, column, last)) {
        reports_set(s, row, column, CAUSE_NO_DATA, "");
        buf_fini(&words);
        return;
    }
    reports_set(s, row, column, CAUSE_NONE, words.len ? buf_text(&words) : REPORTS_FEW);
    if (words.len) {
        buf_init(&detail, LIMIT_REASON * 2);
        reports_set_times(s, row, column, last, since, 0);
        reports_tell_complaints(s->setup, ip, s->today, &detail);
        results_set_detail(s->env.results, row, s->env.first_column + column, buf_text(&detail));
        buf_fini(&detail);
    }
    buf_fini(&words);
}

/* That a mailbox could be read is no proof about any address. */
static void reports_finish_section(struct reports_state *s, size_t section)
{
    struct column *c = results_column(s->env.results, s->env.first_column + section);
    const struct reports_inbox *inbox = &s->setup->inboxes[section];
    bool ok = inbox->cause == CAUSE_NONE;
    for (size_t row = 0; row < s->env.inventory->count; row++)
        reports_set(s, row, section, ok ? CAUSE_NO_DATA : inbox->cause, "");
    c->health = ok ? HEALTH_OK : HEALTH_BLIND;
    c->cause = inbox->cause;
    c->note = inbox->note;
    c->via[0] = (struct validity){CAUSE_NONE, CAUSE_NONE};
    c->proven = ok ? s->env.now : 0;
}

static void reports_finish_list(struct reports_state *s, size_t column)
{
    struct column *c = results_column(s->env.results, s->env.first_column + column);
    c->health = HEALTH_OK;
    c->cause = CAUSE_NONE;
    c->proven = s->env.now;
    c->via[0] = (struct validity){CAUSE_NONE, CAUSE_NONE};
}

static void reports_finish(void *state)
{
    struct reports_state *s = state;
    for (size_t i = 0; i < s->setup->conf->reports_count; i++)
        reports_finish_section(s, i);
    reports_finish_list(s, reports_column_dmarc(s->setup));
    reports_finish_list(s, reports_column_complaints(s->setup));
    for (size_t row = 0; row < s->env.inventory->count; row++) {
        const struct ip *ip = &s->env.inventory->items[row].ip;
        if (ip_name(ip)) {
            reports_set_domain(s, row, ip_name(ip));
            reports_set(s, row, reports_column_complaints(s->setup), CAUSE_NOT_APPLICABLE, "");
            continue;
        }
        reports_set_address(s, row, ip);
        reports_set_complaints(s, row, ip);
    }
    reports_give_numbers(s->setup, &s->env);
}

static void reports_close(void *state)
{
    free(state);
}

const struct source source_reports = {
    .word = "reports",
    .heading = "Reports by mail",
    .reach = REACH_FIRST,
    .only_runs = true,
    .accounts = &reports_accounts,
    .examine = reports_examine,
    .numbers = reports_numbers,
    .list_names = reports_list_names,
    .setup_new = reports_setup_new,
    .setup_free = reports_setup_free,
    .recall = reports_recall,
    .hear = reports_hear,
    .remember = reports_remember,
    .committed = reports_committed,
    .columns = reports_columns,
    .describe = reports_describe,
    .explain = reports_explain,
    .url = reports_url,
    .clean_word = reports_clean_word,
    .headline = reports_headline,
    .sentence = reports_sentence,
    .mails = reports_mails,
    .estimate = reports_estimate,
    .valid_for_ms = reports_valid_for_ms,
    .every_ms = reports_every_ms,
    .open = reports_open,
    .queues = reports_queues,
    .next = reports_next,
    .reply = reports_reply,
    .finish = reports_finish,
    .close = reports_close,
};
