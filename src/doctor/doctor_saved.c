/* SPDX-License-Identifier: ISC */
/* What the state tells: its own health, the clock, the outbox, and how often the job runs. */
#include "doctor_state.h"

#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/clock_check.h"
#include "repmon/day.h"
#include "repmon/query_estimate.h"

#include "repmon/source.h"
#include <inttypes.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

#define DAY_S      86400
#define YEAR_MIN   1767225600 /* 2026-01-01: this program is not older */
#define YEAR_MAX   4102444800 /* 2100-01-01 */
#define LARGE      ((int64_t)4 << 30)
#define HISTORY_S  (7 * DAY_S)
#define ASSUMED    24
#define OLD_MONTHS 12

static void doctor_age_of(const struct doctor *d, time_t t, char *out, size_t size)
{
    clock_format_age((int64_t)(d->now - t), out, size);
}

/* ---- state ---- */

static void doctor_last_run(struct doctor *d)
{
    struct stored_run run;
    bool found = false;
    char age[32], limit[32];
    struct error err = {0};
    if (!store_last_run(d->store, true, &run, &found, &err)) {
        doctor_say(d, DOCTOR_RED, "last run", "", "see the line about the state", "%s", err.text);
        return;
    }
    if (!found) {
        doctor_say(d, DOCTOR_WARN, "last run", "", "run `repmon run -v` and read what it prints",
                   "no run has proven anything yet");
        return;
    }
    doctor_age_of(d, run.ended, age, sizeof age);
    duration_format(d->conf->max_age_ms, limit, sizeof limit);
    if ((d->now - run.ended) * 1000 > d->conf->max_age_ms)
        doctor_say(d, DOCTOR_RED, "last run", "",
                   "see cron's mail or the journal of the timer, and try `repmon run -v`",
                   "the last completed run ended %s ago, more than max_age (%s)", age, limit);
    else
        doctor_say(d, DOCTOR_OK, "last run", "", "",
                   "%s ago: %" PRIu32 " target%s, %" PRIu32 " list%s, %" PRId64 ".%" PRId64 " s",
                   age, run.targets, run.targets == 1 ? "" : "s", run.lists,
                   run.lists == 1 ? "" : "s", run.elapsed_ms / 1000, run.elapsed_ms % 1000 / 100);
}

static void doctor_size_text(int64_t bytes, char *out, size_t size)
{
    if (bytes < 10 << 20)
        snprintf(out, size, "%" PRId64 " kB", (bytes + 1023) / 1024);
    else
        snprintf(out, size, "%" PRId64 " MB", bytes >> 20);
}

void doctor_state(struct doctor *d)
{
    struct error err = {0};
    struct store *again = NULL;
    char size[32];
    if (!d->store) {
        /* Opened before; this is only for the error text. A missing file was reported already. */
        if (!store_open(d->conf->state, STORE_READ, d->conf->group, &again, &err) &&
            err.class != ERR_INPUT)
            doctor_say(d, DOCTOR_RED, "state", "", "see the message; the file was not changed",
                       "%s: %s", d->conf->state, err.text);
        store_close(again);
        return;
    }
    doctor_size_text(store_size(d->store), size, sizeof size);
    if (!store_check(d->store, &err))
        doctor_say(
            d, DOCTOR_RED, "state", "",
            "restore it from a backup, or move it away: the next run starts afresh and says so",
            "%s", err.text);
    else if (store_size(d->store) > LARGE)
        doctor_say(d, DOCTOR_WARN, "state", "", "shorten [repmon] keep", "sound, but %s large",
                   size);
    else
        doctor_say(d, DOCTOR_OK, "state", "", "", "sound, %s", size);
    doctor_last_run(d);
}

/* ---- clock ---- */

static bool doctor_is_synchronised(void)
{
    struct timex now = {0};
    return adjtimex(&now) != TIME_ERROR && !(now.status & STA_UNSYNC);
}

void doctor_clock(struct doctor *d)
{
    static const char *const cure = "let systemd-timesyncd or chrony set it: timedatectl";
    char text[32];
    struct stored_run last, now = {.started = d->now};
    bool found = false;
    clock_format_local(d->now, text, sizeof text);
    clock_check_stamp(&now);
    if (d->store && !store_last_run(d->store, false, &last, &found, NULL))
        found = false;
    if (d->now < YEAR_MIN || d->now > YEAR_MAX)
        doctor_say(d, DOCTOR_RED, "clock", "", cure, "it says %s", text);
    else if (found && d->now < last.ended)
        doctor_say(d, DOCTOR_RED, "clock", "", cure,
                   "it says %s, which is before the end of the last run", text);
    else if (found && clock_check(&last, &now))
        doctor_say(d, DOCTOR_WARN, "clock", "", cure,
                   "looks wrong: %s does not fit the time since the last run; in the next run "
                   "nothing lapses or expires",
                   text);
    else if (!doctor_is_synchronised())
        doctor_say(d, DOCTOR_WARN, "clock", "", cure, "%s, but nothing keeps it synchronised",
                   text);
    else
        doctor_say(d, DOCTOR_OK, "clock", "", "", "%s, synchronised", text);
}

/* ---- outbox ---- */

void doctor_outbox(struct doctor *d)
{
    struct stored_channel *channels = NULL;
    size_t count = 0, waiting = 0;
    char age[32];
    if (!d->store || !store_channels(d->store, &channels, &count, NULL))
        return;
    for (size_t i = 0; i < count; i++) {
        const struct stored_channel *c = &channels[i];
        if (c->held_since) {
            waiting++;
            doctor_age_of(d, c->held_since, age, sizeof age);
            doctor_say(d, DOCTOR_RED, "outbox", c->channel,
                       "fix the channel, then run `repmon deliver`", "held for %s: %s", age,
                       c->reason && c->reason[0] ? c->reason : "no reason given");
        } else if (c->oldest) {
            waiting++;
            doctor_age_of(d, c->oldest, age, sizeof age);
            doctor_say(d, d->now - c->oldest > DAY_S ? DOCTOR_RED : DOCTOR_WARN, "outbox",
                       c->channel, "wait for the next attempt, or run `repmon deliver`",
                       "a message waits for %s: %s", age,
                       c->reason && c->reason[0] ? c->reason : "not tried yet");
        }
    }
    if (waiting == 0)
        doctor_say(d, DOCTOR_OK, "outbox", "", "", "nothing is waiting");
    stored_channels_free(channels, count);
}

/* ---- catalogue ---- */

int doctor_months_since(const char *as_of, time_t now)
{
    char day[16];
    struct tm then, tm;
    snprintf(day, sizeof day, "%s-01", as_of);
    if (!date_parse(day, DATE_DAY, &then) || then.tm_year < 100 || !gmtime_r(&now, &tm))
        return -1;
    int months = (tm.tm_year - then.tm_year) * 12 + tm.tm_mon - then.tm_mon;
    return months < 0 ? 0 : months;
}

static void doctor_say_catalogue(struct doctor *d, const struct source_catalogue *c)
{
    const char *cure = c->file ? "get a newer catalogue file" : "install a newer version of repmon";
    int months = doctor_months_since(c->as_of, d->now);
    enum doctor_mark mark = months < 0 || months > OLD_MONTHS ? DOCTOR_WARN : DOCTOR_OK;
    doctor_say(d, mark, "catalogue", "", cure, "%s, as of %s: %zu lists%s",
               c->file ? c->file : "built in", c->as_of, c->lists,
               mark == DOCTOR_OK ? ""
                                 : "; lists close and move, and this catalogue may be out of date");
}

void doctor_catalogue(struct doctor *d)
{
    for (size_t i = 0; d->has_ask && i < d->session.part_count; i++) {
        const struct session_part *part = &d->session.parts[i];
        if (!part->source->catalogue || !part->setup)
            continue;
        struct source_catalogue c = part->source->catalogue(d->conf, part->setup);
        doctor_say_catalogue(d, &c);
    }
}

/* ---- budgets ---- */

double doctor_runs_a_day(uint32_t count, time_t first, time_t now)
{
    double days = (double)(now - first) / DAY_S;
    if (count < 2 || days < 2)
        return ASSUMED;
    return (double)count / days;
}

enum doctor_mark doctor_budget_mark(uint64_t questions, uint64_t daily, uint64_t budget)
{
    if (daily && questions > daily)
        return DOCTOR_RED;
    return questions > budget ? DOCTOR_WARN : DOCTOR_OK;
}

static void doctor_find_runs(struct doctor *d)
{
    uint32_t count = 0;
    time_t first = 0;
    if (d->store)
        store_runs_since(d->store, d->now - HISTORY_S, &count, &first, NULL);
    d->runs_a_day = doctor_runs_a_day(count, first, d->now);
    d->runs_known = count >= 2 && d->now - first >= 2 * DAY_S;
}

#define BUDGET_WORTH_A_WORD 0.01 /* share of the limit; below it, being nearest says nothing */

struct budget_sum {
    uint64_t total;
    double nearest;                     /* share of its limit */
    const struct query_estimate *tight; /* the one nearest to its limit; NULL: none has one */
    size_t over;
};

static void doctor_tell_over(struct doctor *d, const struct query_estimate *c,
                             enum doctor_mark mark)
{
    char asked[32], limit[32];
    doctor_number(c->a_day, asked, sizeof asked);
    doctor_number(mark == DOCTOR_RED ? c->daily : c->limit, limit, sizeof limit);
    doctor_say(d, mark, "query budget", c->list,
               "query it less often (every = 6h in its section), run less often, or get a key from "
               "the operator",
               "%" PRIu64 " target%s × %.3g runs a day are %s queries; %s %s a day%s", c->targets,
               c->targets == 1 ? "" : "s", d->runs_a_day, asked,
               mark == DOCTOR_RED ? "the operator allows" : "repmon's own limit is", limit,
               mark == DOCTOR_RED ? "" : ": the rest waits for the next day");
}

static void doctor_budget_of(struct doctor *d, const struct query_estimate *c,
                             struct budget_sum *sum)
{
    enum doctor_mark mark = doctor_budget_mark(c->a_day, c->daily, c->limit);
    sum->total += c->a_day;
    if (c->limit != ESTIMATE_NO_LIMIT && c->limit &&
        (double)c->a_day / (double)c->limit >= sum->nearest) {
        sum->nearest = (double)c->a_day / (double)c->limit;
        sum->tight = c;
    }
    if (mark != DOCTOR_OK) {
        sum->over++;
        doctor_tell_over(d, c, mark);
    }
}

static void doctor_tell_sum(struct doctor *d, const struct budget_sum *sum)
{
    struct buf tight;
    char total[32], questions[32], limit[32], others[48] = "";
    size_t targets = d->inventory.count, lists = session_list_count(&d->session);
    size_t other = d->session.column_count - lists;
    buf_init(&tight, 512);
    if (sum->tight && sum->nearest >= BUDGET_WORTH_A_WORD) {
        doctor_number(sum->tight->a_day, questions, sizeof questions);
        doctor_number(sum->tight->limit, limit, sizeof limit);
        buf_fmt(&tight, "; closest to the limit that repmon keeps to: %s, %s of %s a day",
                sum->tight->list, questions, limit);
    }
    if (other)
        snprintf(others, sizeof others, " and %zu other source%s", other, other == 1 ? "" : "s");
    doctor_number(sum->total, total, sizeof total);
    doctor_say(d, DOCTOR_OK, "query budget", "", "",
               "%zu target%s, %zu list%s%s, %.3g runs a day (%s): %s queries a day%s", targets,
               targets == 1 ? "" : "s", lists, lists == 1 ? "" : "s", others, d->runs_a_day,
               d->runs_known ? "seen" : "assumed", total, buf_text(&tight));
    buf_fini(&tight);
}

void doctor_budget(struct doctor *d)
{
    struct budget_sum sum = {0};
    doctor_find_runs(d);
    if (!d->has_ask)
        return;
    struct query_estimate *costs = mem_array(d->session.column_count, sizeof *costs);
    query_estimate_of(&d->session, &d->inventory, d->runs_a_day, costs);
    for (size_t i = 0; i < d->session.column_count; i++)
        doctor_budget_of(d, &costs[i], &sum);
    if (!sum.over)
        doctor_tell_sum(d, &sum);
    free(costs);
}
