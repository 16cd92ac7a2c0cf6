/* SPDX-License-Identifier: ISC */
#include "repmon/log_replay.h"

#include "log_own.h"
#include "log_setup.h"

#include "repmon/judge.h"
#include "repmon/sources.h"
#include "repmon/stored.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is believed of a cell, as the real state would hold it. */
struct replay_cell {
    char *list; /* owned: a receiver, or the log itself */
    struct ip ip;
    bool own;             /* the log itself, which may share a receiver's name */
    bool has;             /* there is a row */
    struct belief belief; /* its strings are the replay's */
    struct cell_proof proof;
};

struct log_replay {
    struct conf conf; /* a copy with one section; what it points to is borrowed */
    struct conf_log log;
    const struct inventory *inventory; /* borrowed */
    struct log_setup *setup;           /* owned */
    log_replay_fn *alert;
    void *ctx;     /* borrowed */
    int64_t clock; /* this machine's; stamps without a year are taken to be earlier */
    int64_t hour;  /* being read; 0: none yet */
    struct log_replay_totals totals;
    struct heard_lines lines;
    struct replay_cell *cells; /* owned */
    size_t cell_count;
    struct judge_conf rules;
    struct stored_text *texts; /* owned: of beliefs */
};

struct log_replay *log_replay_new(const struct conf *conf, const struct conf_log *log,
                                  const struct inventory *inventory, const struct judge_conf *rules,
                                  log_replay_fn *alert, void *ctx, struct error *err)
{
    struct log_replay *r = mem_alloc(sizeof *r);
    r->conf = *conf;
    r->log = *log;
    r->conf.logs = &r->log;
    r->conf.log_count = 1;
    r->inventory = inventory;
    r->rules = *rules;
    r->alert = alert;
    r->ctx = ctx;
    r->clock = (int64_t)clock_wall();
    r->setup = log_setup_new(&r->conf, NULL, err);
    if (!r->setup) {
        free(r);
        return NULL;
    }
    r->setup->heard.inventory = inventory;
    r->setup->logs[0].cause = CAUSE_NONE; /* all of it is read */
    return r;
}

void log_replay_free(struct log_replay *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->cell_count; i++)
        free(r->cells[i].list);
    free(r->cells);
    text_free(r->texts);
    log_setup_free(r->setup);
    free(r);
}

bool log_replay_time(struct log_replay *r, const char *line, size_t len, int64_t *time)
{
    const struct maillog_clock clock = {.now = r->clock, .near = (int64_t)r->totals.last};
    struct maillog_event e;
    if (!maillog_parse(line, len, &r->setup->heard.scratch, &e))
        return false;
    return maillog_time(e.stamp, &clock, time);
}

/* ---- one run ---- */

static struct replay_cell *log_replay_cell_of(struct log_replay *r, const char *list, bool own,
                                              const struct ip *ip)
{
    for (size_t i = 0; i < r->cell_count; i++) {
        struct replay_cell *c = &r->cells[i];
        if (c->own == own && strcmp(c->list, list) == 0 && ip_cmp(&c->ip, ip) == 0)
            return c;
    }
    r->cells = mem_grow(r->cells, r->cell_count + 1, sizeof *r->cells);
    struct replay_cell *c = &r->cells[r->cell_count++];
    *c = (struct replay_cell){.list = mem_dup(list), .own = own, .ip = *ip};
    return c;
}

static enum level log_replay_level(void *ctx, size_t column, const char *answers)
{
    struct verdict v = {.level = LEVEL_OK};
    source_log.explain(((struct log_replay *)ctx)->setup, column, answers, &v);
    return v.cause == CAUSE_NONE && v.level != LEVEL_UNKNOWN ? v.level : LEVEL_OK;
}

static bool log_replay_clean(void *ctx, size_t column, const char *answers)
{
    return strcmp(answers, source_log.clean_word(((struct log_replay *)ctx)->setup, column)) == 0;
}

static bool log_replay_dns_list(void *ctx, size_t column)
{
    (void)ctx, (void)column;
    return false;
}

/* The judgement's strings live as long as its run. */
static void log_replay_keep(struct log_replay *r, struct replay_cell *cell,
                            const struct judgement *out)
{
    struct belief *b = &cell->belief;
    cell->proof = out->proof;
    if (!out->write)
        return;
    cell->has = out->keep;
    *b = out->belief;
    b->source = source_log.word;
    b->list = cell->list;
    b->answers = text_keep_maybe(&r->texts, b->answers);
    b->detail = text_keep(&r->texts, b->detail ? b->detail : "");
    b->pending = text_keep_maybe(&r->texts, b->pending);
    b->said = text_keep_maybe(&r->texts, b->said);
    b->told.digest = NULL;
}

static bool log_replay_is_own(const struct log_replay *r, size_t column)
{
    return column < r->conf.log_count;
}

/* For a refusal the reply's code; for a log's own warning what it is about: "gmail". */
static const char *log_replay_code(const struct log_replay *r, const struct change *c,
                                   size_t column, const struct verdict *v)
{
    if (v->code_count == 0)
        return "";
    if (log_replay_is_own(r, column))
        return v->codes[0].answer;
    return c->to > LEVEL_OK ? v->codes[0].name : "";
}

static const char *log_replay_headline(struct log_replay *r, const struct change *c, size_t column,
                                       const struct verdict *v, struct buf *out)
{
    buf_clear(out);
    if (c->kind == CHANGE_FLAPPING)
        buf_str(out, "FLAPPING, ");
    if (c->kind == CHANGE_LAPSED)
        buf_str(out, "NOT HEARD SINCE, WAS ");
    if (!source_log.change_headline(r->setup, column, c->answers_from, c->answers, out))
        source_log.headline(r->setup, column, v->state, out);
    return buf_text(out);
}

static void log_replay_say(struct log_replay *r, const struct replay_cell *cell, size_t column,
                           const struct change *c)
{
    struct verdict v;
    struct buf headline;
    bool was = c->kind == CHANGE_LAPSED || (log_replay_is_own(r, column) && c->to <= LEVEL_OK);
    const char *answers = was ? c->answers_from : c->answers;
    source_log.explain(r->setup, column, answers, &v);
    buf_init(&headline, 256);
    const struct log_replay_alert alert = {.time = (time_t)r->setup->heard.now,
                                           .headline =
                                               log_replay_headline(r, c, column, &v, &headline),
                                           .ip = &cell->ip,
                                           .code = log_replay_code(r, c, column, &v),
                                           .evidence = c->to > LEVEL_OK ? c->detail : "",
                                           .level = c->to};
    r->alert(r->ctx, &alert);
    buf_fini(&headline);
}

/* Uses the same judge as a run, so that confirmation, flapping and lapse are what they would have
 * been. */
static void log_replay_cell(struct log_replay *r, struct judge *judge, const struct results *g,
                            size_t row, size_t column)
{
    const struct column *c = results_column_const(g, column);
    const struct target *t = &r->inventory->items[row];
    struct replay_cell *known =
        log_replay_cell_of(r, c->list, log_replay_is_own(r, column), &t->ip);
    const struct judge_cell cell = {.column = column,
                                    .health = c,
                                    .holds = source_log.valid_for_ms(r->setup, column) / 1000,
                                    .ip = t->ip,
                                    .prefix = t->prefix,
                                    .label = "",
                                    .belief = known->has ? &known->belief : NULL,
                                    .proof = known->proof,
                                    .asked = true,
                                    .outcome = results_effective(g, row, column),
                                    .detail = results_detail(g, row, column),
                                    .times = results_times(g, row, column)};
    struct judgement out;
    judge_cell(judge, &cell, &out);
    if (out.said)
        log_replay_say(r, known, column, &out.change);
    log_replay_keep(r, known, &out);
}

/* The log's own words repeat at each of its addresses: once is enough. */
static void log_replay_own(struct log_replay *r, struct judge *judge, const struct results *g)
{
    for (size_t log = 0; log < r->conf.log_count; log++) {
        size_t row = 0;
        while (row < r->inventory->count &&
               !log_own_is_of(r->setup, log, &r->inventory->items[row]))
            row++;
        if (row < r->inventory->count)
            log_replay_cell(r, judge, g, row, log);
    }
}

/* What a run at this time would have found. */
static void log_replay_judge(struct log_replay *r, int64_t now)
{
    struct log_setup *s = r->setup;
    s->heard.now = now;
    heard_judge(&s->heard, &r->conf, true);
    log_list_receivers(s);
    size_t columns = source_log.columns(s);
    struct results *g = results_new(r->inventory->count, columns);
    for (size_t i = 0; i < columns; i++)
        source_log.describe(s, i, results_column(g, i));
    struct source_env env = {.conf = &r->conf,
                             .inventory = r->inventory,
                             .results = g,
                             .columns = columns,
                             .now = (time_t)now};
    void *state = source_log.open(s, &env, NULL);
    source_log.finish(state);
    source_log.close(state);
    const struct judge_ops ops = {.level = log_replay_level,
                                  .clean = log_replay_clean,
                                  .dns_list = log_replay_dns_list,
                                  .ctx = r};
    struct judge judge;
    judge_init(&judge, &r->rules, &ops, (time_t)now, false);
    log_replay_own(r, &judge, g);
    for (size_t column = r->conf.log_count; column < columns; column++)
        for (size_t row = 0; row < r->inventory->count; row++)
            log_replay_cell(r, &judge, g, row, column);
    judge_fini(&judge);
    results_free(g);
}

/* ---- lines ---- */

/* Hours without a line are judged too, because silence can end a finding. */
static void log_replay_move(struct log_replay *r, int64_t time)
{
    int64_t hour = time / HOUR_S;
    if (r->hour == 0)
        r->hour = hour;
    for (; r->hour < hour; r->hour++)
        log_replay_judge(r, (r->hour + 1) * HOUR_S);
}

/* A stamp in the future, or older than the last one, does not move the time. */
static bool log_replay_moves(const struct log_replay *r, int64_t time)
{
    return time > r->totals.last && time <= r->clock + DAY_S;
}

void log_replay_line(struct log_replay *r, const char *line, size_t len)
{
    int64_t time;
    bool has_time = log_replay_time(r, line, len, &time);
    if (has_time && log_replay_moves(r, time)) {
        log_replay_move(r, time);
        r->totals.last = (time_t)time;
        if (r->totals.first == 0)
            r->totals.first = (time_t)time;
    }
    r->setup->heard.now = (int64_t)r->totals.last;
    heard_line(&r->setup->heard, &r->log, &r->lines, line, len);
}

void log_replay_end(struct log_replay *r)
{
    if (r->hour > 0)
        log_replay_judge(r, (r->hour + 1) * HOUR_S);
}

struct log_replay_totals log_replay_totals(const struct log_replay *r)
{
    struct log_replay_totals t = r->totals;
    t.lines = r->lines.lines;
    t.known = r->lines.known;
    t.odd = r->lines.odd;
    t.timeless = r->lines.timeless;
    t.attempts = r->lines.attempts;
    t.nameless = r->lines.nameless;
    return t;
}

void log_replay_otherwise(const struct log_replay *r, struct buf *out)
{
    log_answered_otherwise(r->setup, r->totals.last, out);
}

void log_replay_sums(struct log_replay *r, log_replay_sum_fn *each, void *ctx)
{
    for (size_t i = 0; i < r->setup->receiver_count; i++) {
        const struct log_receiver *receiver = &r->setup->receivers[i];
        for (size_t row = 0; row < r->inventory->count; row++) {
            const struct pair *p =
                log_pair_of(r->setup, receiver->name, &r->inventory->items[row].ip);
            if (!p)
                continue;
            struct log_replay_sum sum = {.receiver = receiver->title,
                                         .ip = r->inventory->items[row].ip,
                                         .state = pair_state_word(p->state)};
            each(ctx, &sum);
        }
    }
}
