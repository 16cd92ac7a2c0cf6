/* SPDX-License-Identifier: ISC */
/* What the state tells: its own health, the clock, the outbox, and how often the job runs. */
#include "doctor_state.h"

#include "repmon/clock.h"
#include "repmon/doubt.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/timex.h>

#define DAY_S      86400
#define YEAR_MIN   1767225600 /* 2026-01-01: this program is not older */
#define YEAR_MAX   4102444800 /* 2100-01-01 */
#define LARGE      ((int64_t)4 << 30)
#define HISTORY_S  (7 * DAY_S)
#define ASSUMED    24
#define OLD_MONTHS 12

static void age_of(const struct doctor *d, time_t t, char *out, size_t size)
{
    clock_format_age((int64_t)(d->now - t), out, size);
}

/* ---- state ---- */

static void last_run(struct doctor *d)
{
    struct stored_run run;
    bool found = false;
    char age[32], limit[32];
    struct error err = {0};
    if (!store_last_run(d->store, true, &run, &found, &err)) {
        doctor_say(d, DOCTOR_RED, "last run", "", "see the line of the state", "%s", err.text);
        return;
    }
    if (!found) {
        doctor_say(d, DOCTOR_WARN, "last run", "", "run `repmon run -v` and see what it says",
                   "no run has proven anything yet");
        return;
    }
    age_of(d, run.ended, age, sizeof age);
    duration_format(d->conf->max_age_ms, limit, sizeof limit);
    if ((d->now - run.ended) * 1000 > d->conf->max_age_ms)
        doctor_say(d, DOCTOR_RED, "last run", "",
                   "see cron's mail or the journal of the timer, and try `repmon run -v`",
                   "the last completed run ended %s ago, more than max_age (%s)", age, limit);
    else
        doctor_say(d, DOCTOR_OK, "last run", "", "",
                   "%s ago: %" PRIu32 " targets, %" PRIu32 " lists, %" PRId64 ".%" PRId64 " s", age,
                   run.targets, run.lists, run.elapsed_ms / 1000, run.elapsed_ms % 1000 / 100);
}

static void size_text(int64_t bytes, char *out, size_t size)
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
        /* Opened before; this is only for its words. Missing was said of the file already. */
        if (!store_open(d->conf->state, STORE_READ, d->conf->group, &again, &err) &&
            err.class != ERR_INPUT)
            doctor_say(d, DOCTOR_RED, "state", "", "see the text; the file was left as it is",
                       "%s: %s", d->conf->state, err.text);
        store_close(again);
        return;
    }
    size_text(store_size(d->store), size, sizeof size);
    if (!store_check(d->store, &err))
        doctor_say(d, DOCTOR_RED, "state", "",
                   "restore it from a backup, or move it away: the next run begins anew and says "
                   "so",
                   "%s", err.text);
    else if (store_size(d->store) > LARGE)
        doctor_say(d, DOCTOR_WARN, "state", "", "shorten [repmon] keep", "sound, but %s large",
                   size);
    else
        doctor_say(d, DOCTOR_OK, "state", "", "", "sound, %s", size);
    last_run(d);
}

/* ---- clock ---- */

static bool is_synchronised(void)
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
    doubt_stamp(&now);
    if (d->store && !store_last_run(d->store, false, &last, &found, NULL))
        found = false;
    if (d->now < YEAR_MIN || d->now > YEAR_MAX)
        doctor_say(d, DOCTOR_RED, "clock", "", cure, "it says %s", text);
    else if (found && d->now < last.ended)
        doctor_say(d, DOCTOR_RED, "clock", "", cure,
                   "it says %s, which is before the end of the last run", text);
    else if (found && doubt_clock(&last, &now))
        doctor_say(d, DOCTOR_WARN, "clock", "", cure,
                   "in doubt: %s does not fit the time since the last run; in the next run nothing "
                   "lapses or expires",
                   text);
    else if (!is_synchronised())
        doctor_say(d, DOCTOR_WARN, "clock", "", cure, "%s, but nothing keeps it right", text);
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
            age_of(d, c->held_since, age, sizeof age);
            doctor_say(d, DOCTOR_RED, "outbox", c->channel,
                       "mend the channel, then `repmon deliver`", "held for %s: %s", age,
                       c->said && c->said[0] ? c->said : "no reason was given");
        } else if (c->oldest) {
            waiting++;
            age_of(d, c->oldest, age, sizeof age);
            doctor_say(d, d->now - c->oldest > DAY_S ? DOCTOR_RED : DOCTOR_WARN, "outbox",
                       c->channel, "wait for the next try, or `repmon deliver`",
                       "a message waits for %s: %s", age,
                       c->said && c->said[0] ? c->said : "not tried yet");
        }
    }
    if (waiting == 0)
        doctor_say(d, DOCTOR_OK, "outbox", "", "", "nothing waits");
    stored_channels_free(channels, count);
}

/* ---- catalogue ---- */

int doctor_months_since(const char *as_of, time_t now)
{
    int year = 0, month = 0;
    struct tm tm;
    if (sscanf(as_of, "%4d-%2d", &year, &month) != 2 || year < 2000 || month < 1 || month > 12 ||
        !gmtime_r(&now, &tm))
        return -1;
    int months = (tm.tm_year + 1900 - year) * 12 + tm.tm_mon + 1 - month;
    return months < 0 ? 0 : months;
}

void doctor_catalogue(struct doctor *d)
{
    const char *cure = d->conf->dnsbl_catalogue ? "get a newer catalogue file"
                                                : "install a newer version of repmon";
    if (!d->has_ask)
        return;
    int months = doctor_months_since(d->ask.catalogue.as_of, d->now);
    const char *of = d->conf->dnsbl_catalogue ? d->conf->dnsbl_catalogue : "built in";
    enum doctor_mark mark = months < 0 || months > OLD_MONTHS ? DOCTOR_WARN : DOCTOR_OK;
    doctor_say(d, mark, "catalogue", "", cure, "%s, as of %s: %zu lists%s", of,
               d->ask.catalogue.as_of, d->ask.catalogue.list_count,
               mark == DOCTOR_OK ? "" : "; lists close and move, and this may not know");
}

/* ---- budgets ---- */

double doctor_runs_a_day(uint32_t count, time_t first, time_t now)
{
    double days = (double)(now - first) / DAY_S;
    if (count < 2 || days < 2)
        return ASSUMED;
    return (double)count / days;
}

uint64_t doctor_questions(uint64_t targets, unsigned tests, double runs, int64_t every_ms)
{
    double times = runs;
    if (every_ms > 0 && 86400000.0 / (double)every_ms < times)
        times = 86400000.0 / (double)every_ms;
    return (uint64_t)((double)targets * times + (double)tests * runs + 0.5);
}

enum doctor_mark doctor_budget_mark(uint64_t questions, uint64_t daily, uint64_t budget)
{
    if (daily && questions > daily)
        return DOCTOR_RED;
    return questions > budget ? DOCTOR_WARN : DOCTOR_OK;
}

/* Cells of a list, and the questions of one round of its tests. */
static uint64_t cells_of(const struct doctor *d, const struct dnsbl_list *list, unsigned *tests)
{
    uint64_t n = 0;
    bool met[CATALOGUE_FAMILIES] = {false};
    *tests = 0;
    for (size_t i = 0; i < d->inventory.count; i++) {
        const struct target *t = &d->inventory.items[i];
        size_t f = family_index(t->ip.family);
        if (!list->family[f].on || (t->ip.family == 6 && t->prefix != 128 && list->unit6 != 64))
            continue;
        met[f] = true;
        n++;
    }
    for (size_t f = 0; f < CATALOGUE_FAMILIES; f++)
        *tests += met[f] ? 1u + list->family[f].has_listed + list->family[f].has_clean : 0;
    return n;
}

static void find_runs(struct doctor *d)
{
    uint32_t count = 0;
    time_t first = 0;
    if (d->store)
        store_runs_since(d->store, d->now - HISTORY_S, &count, &first, NULL);
    d->runs_a_day = doctor_runs_a_day(count, first, d->now);
    d->runs_known = count >= 2 && d->now - first >= 2 * DAY_S;
}

struct budget_sum {
    uint64_t total;
    double nearest; /* share of its limit */
    const struct dnsbl_list *list;
    uint64_t questions, limit;
    size_t lists, over;
};

static void budget_of(struct doctor *d, const struct dnsbl_list *list, struct budget_sum *sum)
{
    unsigned tests;
    char asked[32], limit_text[32];
    uint64_t cells = cells_of(d, list, &tests);
    uint64_t questions = doctor_questions(cells, tests, d->runs_a_day, list->every_ms);
    uint64_t daily = list->catalogue ? list->catalogue->daily : 0;
    uint64_t limit = daily ? daily : list->budget;
    enum doctor_mark mark = doctor_budget_mark(questions, daily, list->budget);
    sum->total += questions;
    sum->lists++;
    if (limit != UINT64_MAX && limit && (double)questions / (double)limit >= sum->nearest) {
        sum->nearest = (double)questions / (double)limit;
        sum->list = list;
        sum->questions = questions;
        sum->limit = limit;
    }
    if (mark == DOCTOR_OK)
        return;
    sum->over++;
    doctor_number(questions, asked, sizeof asked);
    doctor_number(mark == DOCTOR_RED ? daily : list->budget, limit_text, sizeof limit_text);
    doctor_say(d, mark, "query budget", list->zone,
               "ask it less often (every = 6h in its section), run less often, or get a key of "
               "the operator",
               "%" PRIu64 " targets × %.3g runs a day are %s questions; %s %s a day%s", cells,
               d->runs_a_day, asked, mark == DOCTOR_RED ? "the operator allows" : "the budget is",
               limit_text, mark == DOCTOR_RED ? "" : ": what is left waits for the next day");
}

static void budget_of_talos(struct doctor *d)
{
    const struct conf_talos *t = &d->conf->talos;
    uint64_t questions = doctor_questions(d->inventory.count, 0, d->runs_a_day, t->every_ms);
    if (t->method == TALOS_OFF || questions <= t->budget)
        return;
    doctor_say(d, DOCTOR_WARN, "query budget", "talos", "raise every = in [talos]",
               "%zu targets need %" PRIu64 " requests a day, the budget is %" PRIu64
               ": the rest waits for the next day",
               d->inventory.count, questions, t->budget);
}

void doctor_budget(struct doctor *d)
{
    struct budget_sum sum = {0};
    char total[32], questions[32], limit[32];
    find_runs(d);
    if (!d->has_ask)
        return;
    for (size_t i = 0; i < d->ask.lists.count; i++)
        if (d->ask.lists.items[i].state == LIST_ON)
            budget_of(d, &d->ask.lists.items[i], &sum);
    budget_of_talos(d);
    if (sum.over)
        return;
    doctor_number(sum.total, total, sizeof total);
    doctor_number(sum.questions, questions, sizeof questions);
    doctor_number(sum.limit, limit, sizeof limit);
    doctor_say(d, DOCTOR_OK, "query budget", "", "",
               "%zu targets, %zu lists, %.3g runs a day (%s): %s questions a day%s%s%s%s%s%s%s",
               d->inventory.count, sum.lists, d->runs_a_day, d->runs_known ? "seen" : "assumed",
               total, sum.list ? "; nearest to its limit: " : "", sum.list ? sum.list->zone : "",
               sum.list ? ", " : "", sum.list ? questions : "", sum.list ? " of " : "",
               sum.list ? limit : "", sum.list ? " a day" : "");
}
