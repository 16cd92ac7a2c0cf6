/* SPDX-License-Identifier: ISC */
#include "repmon/log_replay.h"

#include "log_setup.h"

#include "repmon/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was last said of a cell. */
struct replay_told {
    char *receiver; /* owned */
    struct ip ip;
    char answers[64];
    enum level level;
};

struct log_replay {
    struct conf conf; /* a copy with one section; what it points to is borrowed */
    struct conf_log log;
    const struct inventory *inventory; /* borrowed */
    struct log_setup *setup;           /* owned */
    log_replay_fn *alert;
    void *ctx;     /* borrowed */
    int64_t clock; /* of this machine: stamps without a year are before it */
    int64_t hour;  /* that is read; 0: none yet */
    struct log_replay_totals totals;
    struct heard_lines lines;
    struct replay_told *told; /* owned */
    size_t told_count;
};

struct log_replay *log_replay_new(const struct conf *conf, const struct conf_log *log,
                                  const struct inventory *inventory, log_replay_fn *alert,
                                  void *ctx, struct error *err)
{
    struct log_replay *r = mem_alloc(sizeof *r);
    r->conf = *conf;
    r->log = *log;
    r->conf.logs = &r->log;
    r->conf.log_count = 1;
    r->inventory = inventory;
    r->alert = alert;
    r->ctx = ctx;
    r->clock = (int64_t)clock_wall();
    r->setup = log_setup_new(&r->conf, NULL, err);
    if (!r->setup) {
        free(r);
        return NULL;
    }
    r->setup->heard.inventory = inventory;
    return r;
}

void log_replay_free(struct log_replay *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->told_count; i++)
        free(r->told[i].receiver);
    free(r->told);
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

static struct replay_told *log_replay_told_of(struct log_replay *r, const char *receiver,
                                              const struct ip *ip)
{
    for (size_t i = 0; i < r->told_count; i++)
        if (strcmp(r->told[i].receiver, receiver) == 0 && ip_cmp(&r->told[i].ip, ip) == 0)
            return &r->told[i];
    r->told = mem_grow(r->told, r->told_count + 1, sizeof *r->told);
    struct replay_told *t = &r->told[r->told_count++];
    *t = (struct replay_told){.receiver = mem_dup(receiver), .ip = *ip};
    return t;
}

/* An answer that proves nothing changes nothing; one that is good is news after a bad one. */
static void log_replay_cell(struct log_replay *r, struct results *g, size_t row, size_t column)
{
    struct outcome o = results_effective(g, row, column);
    const struct column *c = results_column_const(g, column);
    struct verdict v;
    struct buf headline;
    if (o.cause != CAUSE_NONE)
        return;
    source_log.explain(r->setup, column, o.answers, &v);
    struct replay_told *t = log_replay_told_of(r, c->list, &r->inventory->items[row].ip);
    bool same = strcmp(t->answers, o.answers) == 0;
    bool news = v.level > LEVEL_OK || t->level > LEVEL_OK;
    enum level before = t->level;
    snprintf(t->answers, sizeof t->answers, "%s", o.answers);
    t->level = v.level;
    if (same || !news)
        return;
    buf_init(&headline, 256);
    source_log.headline(r->setup, column, v.state, &headline);
    struct log_replay_alert alert = {.time = (time_t)r->setup->heard.now,
                                     .headline = buf_text(&headline),
                                     .ip = &t->ip,
                                     .code = v.code_count ? v.codes[0].name : "",
                                     .evidence =
                                         v.level > LEVEL_OK ? results_detail(g, row, column) : "",
                                     .level = v.level};
    if (v.level != before || v.level > LEVEL_OK)
        r->alert(r->ctx, &alert);
    buf_fini(&headline);
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
    for (size_t column = r->conf.log_count; column < columns; column++)
        for (size_t row = 0; row < r->inventory->count; row++)
            log_replay_cell(r, g, row, column);
    results_free(g);
}

/* ---- lines ---- */

/* Hours without a line are judged too: a silence ends things. */
static void log_replay_move(struct log_replay *r, int64_t time)
{
    int64_t hour = time / HOUR_S;
    if (r->hour == 0)
        r->hour = hour;
    for (; r->hour < hour; r->hour++)
        log_replay_judge(r, (r->hour + 1) * HOUR_S);
}

/* A stamp of the future, or of long ago, does not move the time. */
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
    t.attempts = r->lines.attempts;
    t.nameless = r->lines.nameless;
    return t;
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
