/* SPDX-License-Identifier: ISC */
#include "args.h"
#include "command.h"
#include "config.h"
#include "output.h"
#include "registry.h"
#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/json_out.h"
#include "repmon/log.h"
#include "repmon/loop.h"
#include "repmon/query_estimate.h"
#include "repmon/resolve.h"
#include "repmon/text_fit.h"
#include "table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_RUNS 24 /* hourly, like the cron line that is shipped */
#define MAX_RUNS     1440
#define TOO_MANY     "too many: the rest waits for the next day"

enum { OPT_RUNS, OPT_FORMAT, OPT_COUNT };

static const struct option_row options[OPT_COUNT] = {
    [OPT_RUNS] = {0, "runs", "N", "runs per day assumed for the cost (default: 24)"},
    [OPT_FORMAT] = {'f', "format", "FORMAT", "text or json (default: text)"},
};

struct targets {
    unsigned runs;
    bool json;
};

static bool targets_set(void *data, size_t row, const char *value, struct error *err)
{
    struct targets *t = data;
    if (row == OPT_FORMAT)
        return args_json(value, &t->json, err);
    size_t digits = strspn(value, "0123456789");
    unsigned long n = digits && digits < 6 && !value[digits] ? strtoul(value, NULL, 10) : 0;
    if (n < 1 || n > MAX_RUNS)
        return error_set(err, ERR_USAGE, "--runs takes a number from 1 to %d", MAX_RUNS);
    t->runs = (unsigned)n;
    return true;
}

/* What is known about the inventory when it is shown. */
struct targets_view {
    const char *instance; /* borrowed */
    struct session session;
    struct resolved watch;
    struct query_estimate *costs; /* owned */
    unsigned runs;
    struct shard shard;
};

static const struct conf_place *targets_place_of(const struct inventory *inv,
                                                 const struct target *t)
{
    return &inv->origins[t->origin];
}

/* ---- text ---- */

/* Neighbours with one label from one line are one row. */
static size_t targets_span_from(const struct inventory *inv, size_t first)
{
    size_t last = first;
    struct ip next = inv->items[first].ip;
    while (last + 1 < inv->count) {
        const struct target *a = &inv->items[first], *b = &inv->items[last + 1];
        if (!ip_step(&next, a->prefix) || ip_cmp(&next, &b->ip) != 0 || a->prefix != b->prefix ||
            a->origin != b->origin || a->label != b->label)
            break;
        last++;
    }
    return last;
}

static void targets_print(const struct targets_view *v, bool color)
{
    static const char *const heads[] = {"address", "count", "label", "from"};
    const struct inventory *inv = &v->watch.inventory;
    struct table *t = mem_alloc(sizeof *t);
    *t = (struct table){.out = stdout,
                        .color = color,
                        .width = output_table_width(),
                        .columns = 4,
                        .colored = 4,
                        .right = 2,
                        .heads = heads};
    for (size_t i = 0, last; i < inv->count; i = last + 1) {
        char first_text[CIDR_TEXT_MAX], last_text[CIDR_TEXT_MAX], count[24];
        char range[2 * CIDR_TEXT_MAX + 2], from[1024];
        const struct conf_place *at = targets_place_of(inv, &inv->items[i]);
        last = targets_span_from(inv, i);
        target_format(&inv->items[i], first_text);
        target_format(&inv->items[last], last_text);
        snprintf(range, sizeof range, "%s%s%s", first_text, last > i ? "-" : "",
                 last > i ? last_text : "");
        snprintf(count, sizeof count, "%zu", last - i + 1);
        text_fit(from, sizeof from, "%s:%d", at->file ? at->file : "", at->line);
        const char *cells[] = {range, count, inventory_label(inv, &inv->items[i]), from};
        table_row(t, LEVEL_OK, cells);
    }
    table_end(t);
    free(t);
    if (inv->count)
        printf("%zu %s %s watched\n", inv->count,
               ip_noun(&inv->items[0].ip, &inv->items[inv->count - 1].ip, inv->count),
               inv->count == 1 ? "is" : "are");
    else
        puts("no addresses are watched");
    if (v->shard.count) {
        char shard[SHARD_TEXT];
        shard_format(&v->shard, shard);
        printf("shard %s: %zu of %zu targets; the others are watched by other shards\n", shard,
               inv->count, inv->count + inv->elsewhere);
    }
}

static void targets_number(char *out, size_t size, uint64_t n)
{
    if (n == ESTIMATE_NO_LIMIT)
        snprintf(out, size, "-");
    else
        snprintf(out, size, "%" PRIu64, n);
}

static void targets_print_costs(const struct conf *conf, const struct targets_view *v, bool color)
{
    static const char *const heads[] = {"list",          "addresses", "a day",
                                        "allowed a day", "every",     "remark"};
    struct table *t = mem_alloc(sizeof *t);
    uint64_t all = 0;
    *t = (struct table){.out = stdout,
                        .color = color,
                        .width = output_table_width(),
                        .columns = 6,
                        .colored = 2,
                        .right = 0x1e,
                        .heads = heads};
    putchar('\n');
    for (size_t k = 0; k < v->session.column_count; k++) {
        const struct query_estimate *c = &v->costs[k];
        char targets[24], day[24], limit[24], every[32] = "each run";
        bool over = c->a_day > c->limit;
        targets_number(targets, sizeof targets, c->targets);
        targets_number(day, sizeof day, c->a_day);
        targets_number(limit, sizeof limit, c->limit);
        if (c->every_ms > 0)
            duration_format(c->every_ms, every, sizeof every);
        struct buf list;
        buf_init(&list, 256);
        registry_list_name(conf, c->source, c->list, &list);
        const char *cells[] = {buf_text(&list), targets, day, limit, every, over ? TOO_MANY : ""};
        table_row(t, over ? LEVEL_WARNING : LEVEL_OK, cells);
        buf_fini(&list);
        all += c->a_day;
    }
    table_end(t);
    free(t);
    printf("%" PRIu64 " queries a day with %u run%s\n", all, v->runs, v->runs == 1 ? "" : "s");
}

/* ---- JSON ---- */

static void targets_json_watched(struct json_out *w, const struct inventory *inv,
                                 const struct target *t)
{
    const struct conf_place *at = targets_place_of(inv, t);
    json_out_newline(w);
    json_out_open(w, NULL, '{');
    json_out_target(w, &t->ip, t->prefix);
    json_out_given(w, "label", inventory_label(inv, t));
    json_out_text(w, "file", at->file ? at->file : "");
    json_out_number(w, "line", at->line);
    json_out_close(w, '}');
}

static void targets_json_cost(struct json_out *w, const struct query_estimate *c)
{
    json_out_newline(w);
    json_out_open(w, NULL, '{');
    json_out_text(w, "source", c->source);
    json_out_text(w, "list", c->list);
    json_out_number(w, "targets", (int64_t)c->targets);
    json_out_number(w, "every", c->every_ms / 1000);
    json_out_number(w, "a_day", (int64_t)c->a_day);
    if (c->limit == ESTIMATE_NO_LIMIT)
        json_out_none(w, "limit");
    else
        json_out_number(w, "limit", (int64_t)c->limit);
    json_out_close(w, '}');
}

static void targets_print_json(const struct targets_view *v)
{
    const struct inventory *inv = &v->watch.inventory;
    struct json_out w;
    json_out_begin(&w, stdout, v->instance, clock_wall());
    json_out_number(&w, "runs", v->runs);
    if (v->shard.count) {
        json_out_open(&w, "shard", '{');
        json_out_number(&w, "number", v->shard.number);
        json_out_number(&w, "count", v->shard.count);
        json_out_number(&w, "targets", (int64_t)(inv->count + inv->elsewhere));
        json_out_close(&w, '}');
    }
    json_out_open(&w, "notes", '[');
    for (size_t i = 0; i < v->watch.note_count; i++)
        json_out_text(&w, NULL, v->watch.notes[i].text);
    json_out_close(&w, ']');
    json_out_newline(&w);
    json_out_open(&w, "targets", '[');
    for (size_t i = 0; i < inv->count; i++)
        targets_json_watched(&w, inv, &inv->items[i]);
    json_out_close(&w, ']');
    json_out_newline(&w);
    json_out_open(&w, "lists", '[');
    for (size_t k = 0; k < v->session.column_count; k++)
        targets_json_cost(&w, &v->costs[k]);
    json_out_close(&w, ']');
    json_out_end(&w);
}

/* ---- the command ---- */

static bool targets_load(struct context *ctx, struct targets_view *v, struct loop *loop,
                         struct error *err)
{
    struct errors errors = {0};
    if (!session_init(&v->session, &ctx->conf, NULL, err))
        return false;
    struct dns_options dns = session_dns_options(&v->session);
    struct resolve_options how = {.conf = &ctx->conf,
                                  .loop = loop,
                                  .dns = &dns,
                                  .deadline_ms = clock_mono_ms() + ctx->conf.deadline_ms,
                                  .keep_all = session_wants_all(&v->session),
                                  .count_left_out = true,
                                  .now = clock_wall()};
    bool ok = resolve_load(&how, NULL, &v->watch, &errors) && config_tell_errors(&errors, err);
    config_tell_errors(&errors, err);
    errors_fini(&errors);
    for (size_t i = 0; !ok && i < v->watch.note_count; i++)
        log_warn("%s", v->watch.notes[i].text);
    if (!ok)
        return false;
    v->costs = mem_array(v->session.column_count, sizeof *v->costs);
    query_estimate_of(&v->session, &v->watch.inventory, v->runs, v->costs);
    return true;
}

static void targets_show(const struct conf *conf, const struct targets_view *v, bool json)
{
    struct render_options how = {0};
    output_terminal(&how);
    if (json) {
        targets_print_json(v);
        return;
    }
    targets_print(v, how.color);
    targets_print_costs(conf, v, how.color);
    for (size_t i = 0; i < v->watch.note_count; i++)
        printf("%snote: %s\n", i ? "" : "\n", v->watch.notes[i].text);
}

static bool targets_begin(struct context *ctx, const void *data, char **words, size_t count,
                          struct error *err)
{
    (void)ctx;
    (void)data;
    (void)words;
    return !count || error_set(err, ERR_USAGE,
                               "targets takes no arguments: it shows what the configuration names");
}

static int targets_run(struct context *ctx, void *data, char **words, size_t count,
                       struct error *err)
{
    const struct targets *t = data;
    struct targets_view v = {.instance = ctx->conf.instance,
                             .runs = t->runs ? t->runs : DEFAULT_RUNS,
                             .shard = ctx->conf.shard};
    (void)words;
    (void)count;
    struct loop *loop = loop_new(err);
    if (loop && targets_load(ctx, &v, loop, err))
        targets_show(&ctx->conf, &v, t->json);
    free(v.costs);
    resolve_fini(&v.watch);
    session_fini(&v.session);
    loop_free(loop);
    return 0;
}

const struct command command_targets = {
    .name = "targets",
    .arguments = "",
    .summary = "show what is watched, from which line, and what it costs",
    .help = "Shows every address that the configuration names, with the file and line it comes "
            "from, and how many queries a day that means for each list. Host names and SPF records "
            "are looked up; nothing else is queried and nothing is saved.",
    .options = options,
    .option_count = OPT_COUNT,
    .data_size = sizeof(struct targets),
    .set = targets_set,
    .needs = NEED_CONFIG,
    .begin = targets_begin,
    .run = targets_run,
};
