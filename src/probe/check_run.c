/* SPDX-License-Identifier: ISC */
#include "repmon/check_run.h"

#include "repmon/ask.h"
#include "repmon/clock.h"
#include "repmon/lookup.h"
#include "repmon/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The report and everything it borrows from. */
struct check {
    struct report report;
    struct ask ask;
    struct inventory inventory;
    struct report_list *lists; /* owned, parallel to the columns */
    struct buf url;            /* of the last result */
    struct verdict verdict;    /* of the last result */
    struct advice advice;      /* of the last result */
    time_t now;
};

/* ---- host names ---- */

struct host {
    char name[LIMIT_DNS_NAME + 1];
    bool asked[2]; /* A, AAAA */
    unsigned found;
    bool failed; /* no answer, or none that says anything */
};

struct hosts {
    const struct check_options *options; /* borrowed */
    struct inventory *inventory;         /* borrowed */
    struct host *items;                  /* owned */
    size_t count;
    struct error *err; /* borrowed */
    bool ok;
};

static bool next_question(void *ctx, struct lookup_question *out)
{
    static const uint16_t types[2] = {DNS_A, DNS_AAAA};
    struct hosts *h = ctx;
    for (size_t i = 0; i < h->count; i++) {
        for (size_t t = 0; t < 2; t++) {
            if (h->items[i].asked[t])
                continue;
            h->items[i].asked[t] = true;
            *out = (struct lookup_question){h->items[i].name, types[t], &h->items[i]};
            return true;
        }
    }
    return false;
}

static void take_addresses(void *ctx, const struct lookup_question *q, enum dns_how how,
                           const struct dns_answer *answer)
{
    struct hosts *h = ctx;
    struct host *host = q->user;
    if (how != DNS_ANSWERED || answer->malformed ||
        (answer->rcode != DNS_NOERROR && answer->rcode != DNS_NXDOMAIN)) {
        host->failed = true;
        return;
    }
    for (size_t i = 0; i < answer->count; i++) {
        struct cidr one = {answer->records[i].ip, (uint8_t)ip_bits(&answer->records[i].ip)};
        host->found++;
        h->ok &= inventory_add(h->inventory, &one, host->name, TARGET_SINGLY,
                               (struct conf_place){0}, h->options->conf->max_targets, h->err);
    }
}

/* A name whose look-up failed in part could hide an address, so it is an error, not a guess. */
static bool check_hosts(const struct hosts *h)
{
    for (size_t i = 0; i < h->count; i++) {
        const struct host *host = &h->items[i];
        if (host->failed)
            return error_set(
                h->err, ERR_INPUT,
                "%s could not be looked up: the resolver gave no answer; try again, or "
                "give the addresses themselves",
                host->name);
        if (host->found == 0)
            return error_set(h->err, ERR_INPUT,
                             "%s has no address: check the spelling, or give the addresses "
                             "themselves",
                             host->name);
    }
    return h->ok;
}

static bool add_hosts(const struct check_options *o, struct check *c, struct loop *loop,
                      int64_t deadline_ms, struct error *err)
{
    struct hosts h = {.options = o, .inventory = &c->inventory, .err = err, .ok = true};
    struct dns_options dns = ask_dns_options(&c->ask);
    h.items = mem_array(o->host_count, sizeof *h.items);
    h.count = o->host_count;
    bool ok = true;
    for (size_t i = 0; ok && i < o->host_count; i++) {
        if (!lookup_host_name(o->hosts[i], h.items[i].name)) {
            struct buf clean;
            buf_init(&clean, 256);
            buf_clean(&clean, o->hosts[i], strlen(o->hosts[i]), 80);
            ok = error_set(err, ERR_USAGE,
                           "\"%s\" is neither an address, nor a block, nor a host name",
                           buf_text(&clean));
            buf_fini(&clean);
        }
    }
    const struct lookup_ops ops = {.next = next_question, .done = take_addresses, .ctx = &h};
    ok = ok && lookup_run(loop, &dns, &ops, deadline_ms, err) && check_hosts(&h);
    free(h.items);
    return ok;
}

static bool fill_inventory(const struct check_options *o, struct check *c, struct loop *loop,
                           int64_t deadline_ms, struct error *err)
{
    for (size_t i = 0; i < o->block_count; i++) {
        bool single = o->blocks[i].len == ip_bits(&o->blocks[i].base);
        if (!inventory_add(&c->inventory, &o->blocks[i], "", single ? TARGET_SINGLY : 0,
                           (struct conf_place){0}, o->conf->max_targets, err))
            return false;
    }
    if (o->host_count && !add_hosts(o, c, loop, deadline_ms, err))
        return false;
    inventory_finish(&c->inventory, NULL, 0);
    return true;
}

/* ---- the report ---- */

static void report_target(const struct report *r, size_t i, struct report_target *out)
{
    const struct check *c = r->ctx;
    const struct target *t = &c->inventory.items[i];
    *out = (struct report_target){.ip = t->ip,
                                  .prefix = t->prefix,
                                  .label = inventory_label(&c->inventory, t),
                                  .special = ip_special(&t->ip)};
}

static bool report_result(const struct report *r, size_t i, size_t j, struct result *out)
{
    struct check *c = r->ctx;
    const struct column *column = grid_column_const(c->ask.grid, j);
    if (!grid_counts(c->ask.grid, i, j))
        return false;
    struct outcome o = grid_effective(c->ask.grid, i, j);
    const char *detail = grid_detail(c->ask.grid, i, j);
    c->verdict = (struct verdict){.level = LEVEL_UNKNOWN, .cause = o.cause, .advice = ""};
    if (o.cause == CAUSE_NONE)
        ask_explain(&c->ask, j, o.answers, &c->verdict);
    const struct verdict *v = &c->verdict;
    bool proven = v->cause == CAUSE_NONE;
    if (column->health == HEALTH_OFF && v->level <= LEVEL_OK)
        return false;
    out->column = j;
    out->level = proven ? v->level : LEVEL_UNKNOWN;
    out->state = v->state;
    out->cause = v->cause;
    out->code_count = proven ? v->code_count : 0;
    memcpy(out->codes, v->codes, out->code_count * sizeof *v->codes);
    out->reason = detail && proven ? detail : "";
    out->since = 0;
    out->proven = proven ? (column->proven ? column->proven : c->now) : 0;
    out->asked = grid_get(c->ask.grid, i, j) && o.cause != CAUSE_NOT_APPLICABLE ? c->now : 0;
    out->acked_until = 0;
    out->ack_note = "";
    out->advice = out->level > LEVEL_OK ? v->advice : "";
    if (out->level > LEVEL_OK && !v->advice[0] &&
        ask_advise(&c->ask, j, v, CAUSE_NONE, CHANGE_NONE, &c->inventory.items[i].ip, &c->advice))
        out->advice = c->advice.text;
    out->counts = true;
    buf_clear(&c->url);
    if (out->level > LEVEL_OK)
        ask_url(&c->ask, j, &c->inventory.items[i].ip, true, &c->url);
    out->url = buf_text(&c->url);
    return true;
}

/* Equal outcomes of one list look alike unless a page or a reason names the address. */
static uint32_t result_class(const struct report *r, size_t i, size_t j)
{
    const struct check *c = r->ctx;
    uint16_t outcome = grid_get(c->ask.grid, i, j);
    if (grid_outcome(c->ask.grid, outcome).answers[0])
        return 0;
    return outcome + 1u;
}

static void fill_lists(struct check *c)
{
    c->lists = mem_array(c->ask.column_count, sizeof *c->lists);
    for (size_t j = 0; j < c->ask.column_count; j++) {
        const struct column *column = grid_column_const(c->ask.grid, j);
        c->lists[j] = (struct report_list){.source = column->source,
                                           .list = column->list,
                                           .severity = column->severity,
                                           .kind = column->kind,
                                           .health = column->health,
                                           .cause = column->cause,
                                           .note = column->note ? column->note : "",
                                           .proven = column->proven};
    }
}

static void fill_report(const struct check_options *o, struct check *c, int64_t started_ms)
{
    fill_lists(c);
    c->report = (struct report){.instance = o->conf->instance,
                                .generator = "repmon " REPMON_VERSION,
                                .time = c->now,
                                .elapsed_s = (double)(clock_mono_ms() - started_ms) / 1000,
                                .blind_severity = o->conf->blind_severity,
                                .target_count = c->inventory.count,
                                .lists = c->lists,
                                .list_count = c->ask.column_count,
                                .notes = (const char *const *)c->ask.notes,
                                .note_count = c->ask.note_count,
                                .target = report_target,
                                .result = report_result,
                                .result_class = result_class,
                                .ctx = c};
}

static bool ask_now(const struct check_options *o, struct check *c, struct error *err)
{
    int64_t started_ms = clock_mono_ms();
    int64_t limit_ms = o->deadline_ms ? o->deadline_ms : o->conf->deadline_ms;
    struct source_env hooks = {.check = true, .now = c->now};
    struct probe_stats stats;
    struct loop *loop = loop_new(err);
    if (!loop)
        return false;
    struct probe_options probe = {.loop = loop,
                                  .deadline_ms = started_ms + limit_ms,
                                  .stop = o->stop,
                                  .progress = o->progress,
                                  .ctx = o->ctx};
    loop_catch_signals(loop);
    bool ok = ask_init(&c->ask, o->conf, o->sources, o->lists, o->list_count, err) &&
              ask_is_possible(&c->ask, err) && fill_inventory(o, c, loop, probe.deadline_ms, err) &&
              ask_open(&c->ask, &c->inventory, &hooks, err) &&
              ask_run(&c->ask, &probe, &stats, err);
    loop_free(loop);
    if (ok && stats.cut)
        ask_note(&c->ask, "%s came first: what had not answered by then is unknown",
                 loop_interrupted() ? "a signal" : "the deadline");
    if (ok)
        fill_report(o, c, started_ms);
    return ok;
}

bool check_run(const struct check_options *options, struct report **out, struct error *err)
{
    struct check *c = mem_alloc(sizeof *c);
    *out = NULL;
    c->now = clock_wall();
    inventory_init(&c->inventory);
    buf_init(&c->url, LIMIT_URL);
    if (!ask_now(options, c, err)) {
        check_report_free(&c->report);
        return false;
    }
    *out = &c->report;
    return true;
}

void check_report_free(struct report *report)
{
    struct check *c = (struct check *)report; /* the report is its first member */
    if (!c)
        return;
    ask_fini(&c->ask);
    inventory_fini(&c->inventory);
    free(c->lists);
    buf_fini(&c->url);
    free(c);
}
