/* SPDX-License-Identifier: ISC */
/*
 * Microsoft SNDS as a source: one queue per account, which fetches the status report and the data
 * reports of recent days once, however many targets there are. Nothing is judged before the run
 * ends, because an empty status report is good news only where the data prove that the account sees
 * the address.
 */
#include "repmon/day.h"
#include "snds_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS 86400000

static bool snds_has_status(const struct conf_snds *s)
{
    return !s->links || s->status_url.wanted;
}

static bool snds_has_data(const struct conf_snds *s)
{
    return !s->links || s->data_url.wanted;
}

static size_t columns(const void *setup)
{
    const struct conf *c = setup;
    size_t n = 0;
    for (size_t i = 0; i < c->snds_count; i++)
        n += (size_t)snds_has_status(&c->snds[i]) + (size_t)snds_has_data(&c->snds[i]);
    return n;
}

/* The account that a column belongs to; *status says whether it is that of the status report. */
static const struct conf_snds *snds_account_of(const struct conf *c, size_t column, bool *status)
{
    for (size_t i = 0; i < c->snds_count; i++) {
        const struct conf_snds *s = &c->snds[i];
        *status = snds_has_status(s);
        if (*status && column-- == 0)
            return s;
        if (snds_has_data(s) && column-- == 0) {
            *status = false;
            return s;
        }
    }
    return NULL;
}

static void snds_describe(const void *setup, size_t column, struct column *out)
{
    bool status;
    const struct conf_snds *s = snds_account_of(setup, column, &status);
    out->source = "snds";
    out->list = status ? s->status_list : s->data_list;
    out->severity = status ? SEV_CRITICAL : SEV_MAJOR;
    out->confirms_itself = true; /* a report on a whole day, not a momentary answer */
    if (s->has_severity)
        out->severity = s->severity;
    /* For numbers only a change of band is news; for a status every word is. */
    out->kind = status ? LIST_BLOCK : LIST_SCORE;
    out->numbers = status ? NUMBERS_NONE : NUMBERS_FILTER;
}

static void snds_explain(const void *setup, size_t column, const char *answers, struct verdict *out)
{
    bool status;
    const struct conf_snds *s = snds_account_of(setup, column, &status);
    if (status)
        snds_explain_status(answers, out);
    else
        snds_explain_data(s, answers, out);
}

static void snds_url(const void *setup, size_t column, const struct ip *ip, bool finding,
                     struct buf *out)
{
    bool status;
    (void)ip;
    snds_account_of(setup, column, &status);
    if (finding && status)
        buf_str(out, "https://olcsupport.office.com/");
    else if (finding)
        buf_str(out, "https://sendersupport.olc.protection.outlook.com/snds/");
}

static const char *snds_clean_word(const void *setup, size_t column)
{
    bool status;
    snds_account_of(setup, column, &status);
    return status ? "normal" : "green";
}

static bool snds_headline(const void *setup, size_t column, const char *state, struct buf *out)
{
    static const struct {
        const char *state, *words;
    } rows[] = {
        {"blocked", "BLOCKED AT OUTLOOK"},  {"junked", "JUNKED AT OUTLOOK"},
        {"normal", "UNBLOCKED AT OUTLOOK"}, {"red", "OUTLOOK RED"},
        {"yellow", "OUTLOOK YELLOW"},       {"green", "OUTLOOK GREEN"},
    };
    (void)setup;
    (void)column;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].state, state) == 0)
            return buf_str(out, rows[i].words);
    return false;
}

/* One report covers all addresses. */
static void snds_estimate(const void *setup, size_t column, const struct inventory *inventory,
                          struct estimate *out)
{
    (void)setup;
    (void)column;
    *out = (struct estimate){
        .targets = inventory->count, .each = 1, .whole = true, .limit = ESTIMATE_NO_LIMIT};
}

static int64_t snds_valid_for_ms(const void *setup, size_t column)
{
    bool status;
    return snds_account_of(setup, column, &status)->valid_for_ms;
}

static int64_t snds_every_ms(const void *setup, size_t column)
{
    bool status;
    return snds_account_of(setup, column, &status)->every_ms;
}

/* ---- a run ---- */

/* Due when a cell of any address that SNDS could know is due. */
static bool snds_is_due(const struct snds_state *s, const struct snds_account *a)
{
    const struct inventory *inv = s->env.inventory;
    for (size_t row = 0; row < inv->count; row++) {
        if (inv->items[row].ip.family != 4)
            continue;
        if (!s->env.is_due)
            return true;
        if ((a->status.column != SNDS_NO_COLUMN &&
             s->env.is_due(s->env.ctx, row, a->status.column)) ||
            (a->data.column != SNDS_NO_COLUMN && s->env.is_due(s->env.ctx, row, a->data.column)))
            return true;
    }
    return false;
}

static void snds_choose_days(struct snds_account *a)
{
    a->today = day_of(a->state->env.now);
    size_t n = (size_t)((a->conf->look_back_ms + DAY_MS - 1) / DAY_MS);
    if (n < 1)
        n = 1;
    if (n > SNDS_REPORTS)
        n = SNDS_REPORTS;
    for (size_t i = 0; i < n; i++) /* today is never published */
        a->days[i] = day_add(a->today, -(int)(i + 1));
    a->day_count = a->conf->links ? 1 : n;
}

static void snds_open_account(struct snds_state *s, struct snds_account *a,
                              const struct conf_snds *conf, size_t *column)
{
    a->conf = conf;
    a->state = s;
    a->status.column = snds_has_status(conf) ? (*column)++ : SNDS_NO_COLUMN;
    a->data.column = snds_has_data(conf) ? (*column)++ : SNDS_NO_COLUMN;
    buf_init(&a->url, LIMIT_URL);
    buf_init(&a->authorization, 32u << 10);
    if (!conf->links)
        snds_client(s->conf, (size_t)(conf - s->conf->snds), &a->client, NULL);
    oauth_session_init(&a->login, &a->client);
    a->newest_of = mem_array(s->env.inventory->count + 1, sizeof *a->newest_of);
    a->block_days = mem_array(conf->cover_count + 1, sizeof *a->block_days);
    a->covers = mem_array(conf->cover_count + 1, sizeof *a->covers);
    a->due = snds_is_due(s, a);
    snds_choose_days(a);
}

static void *snds_open_source(const void *setup, const struct source_env *env, struct error *err)
{
    (void)err;
    struct snds_state *s = mem_alloc(sizeof *s);
    s->conf = setup;
    s->env = *env;
    s->count = s->conf->snds_count;
    s->queues = mem_array(s->count, sizeof *s->queues);
    s->accounts = mem_array(s->count, sizeof *s->accounts);
    size_t column = env->first_column;
    for (size_t i = 0; i < s->count; i++) {
        snds_open_account(s, &s->accounts[i], &s->conf->snds[i], &column);
        s->queues[i] = (struct queue){.name = s->conf->snds[i].name,
                                      .cap = 1,
                                      .budget = UINT64_MAX,
                                      .severity = SEV_CRITICAL};
    }
    return s;
}

static void snds_wipe(struct buf *b)
{
    if (b->data)
        explicit_bzero(b->data, b->cap);
    buf_fini(b);
}

static void snds_close_account(struct snds_account *a)
{
    oauth_session_fini(&a->login);
    oauth_client_fini(&a->client);
    snds_wipe(&a->url);
    snds_wipe(&a->authorization);
    for (size_t i = 0; i < a->seen_count; i++)
        free(a->seen[i].raw);
    for (size_t i = 0; i < a->listed_count; i++)
        free(a->listed[i].details);
    free(a->seen);
    free(a->listed);
    free(a->newest_of);
    free(a->block_days);
    free(a->covers);
}

static void snds_close_source(void *state)
{
    struct snds_state *s = state;
    for (size_t i = 0; i < s->count; i++)
        snds_close_account(&s->accounts[i]);
    free(s->accounts);
    free(s->queues);
    free(s);
}

static struct queue *snds_queues(void *state, size_t *count)
{
    struct snds_state *s = state;
    *count = s->count;
    return s->queues;
}

static enum next next(void *state, size_t queue, int64_t now_ms, struct request *r,
                      int64_t *wake_ms)
{
    return snds_next(&((struct snds_state *)state)->accounts[queue], now_ms, r, wake_ms);
}

static void snds_reply(void *state, const struct request *request, const struct reply *answer)
{
    snds_take_reply(&((struct snds_state *)state)->accounts[request->queue], answer);
}

static void finish(void *state)
{
    struct snds_state *s = state;
    for (size_t i = 0; i < s->count; i++)
        snds_finish(&s->accounts[i]);
}

static time_t expires(void *state, size_t column, int64_t *soon_s)
{
    struct snds_state *s = state;
    *soon_s = 0;
    for (size_t i = 0; i < s->count; i++) {
        struct snds_account *a = &s->accounts[i];
        size_t number = s->env.first_column + column;
        if (number == a->status.column || number == a->data.column)
            return snds_expires(a, number == a->status.column, soon_s);
    }
    return 0;
}

const struct source source_snds = {
    .word = "snds",
    .heading = "Outlook.com (SNDS)",
    .accounts = &snds_accounts,
    .examine = snds_examine,
    .numbers = snds_numbers,
    .secret = snds_secret,
    .receiver = "Outlook.com",
    .columns = columns,
    .describe = snds_describe,
    .explain = snds_explain,
    .url = snds_url,
    .clean_word = snds_clean_word,
    .headline = snds_headline,
    .valid_for_ms = snds_valid_for_ms,
    .every_ms = snds_every_ms,
    .estimate = snds_estimate,
    .open = snds_open_source,
    .queues = snds_queues,
    .next = next,
    .reply = snds_reply,
    .expires = expires,
    .finish = finish,
    .close = snds_close_source,
};
