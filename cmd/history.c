/* SPDX-License-Identifier: ISC */
#include "args.h"
#include "command.h"
#include "history_numbers.h"
#include "output.h"
#include "registry.h"
#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/compose.h"
#include "repmon/history_view.h"
#include "repmon/json_out.h"
#include "table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_SINCE, OPT_LIST, OPT_FORMAT, OPT_COUNT };

static const struct option_row options[OPT_COUNT] = {
    [OPT_SINCE] = {'s', "since", "WHEN", "a duration such as 7d, or a date such as 2026-11-01"},
    [OPT_LIST] =
        {'l', "list", "LIST",
         "only this list or source; for SNDS, Postmaster, dmarc and complaints also the numbers"},
    [OPT_FORMAT] = {'f', "format", "FORMAT", "text or json (default: text)"},
};

struct history {
    time_t since;
    const char *list; /* borrowed from argv */
    bool json;
    struct json_out writer;
};

static bool history_set(void *data, size_t row, const char *value, struct error *err)
{
    struct history *h = data;
    switch (row) {
    case OPT_LIST: h->list = value; return true;
    case OPT_FORMAT: return args_json(value, &h->json, err);
    default:
        return args_since(value, clock_wall(), &h->since) ||
               error_set(err, ERR_USAGE,
                         "--since takes a duration such as 7d, or a past date such as 2026-11-01");
    }
}

/* ---- changes ---- */

static void history_add_codes(struct buf *b, const struct code *codes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_fmt(b, "%s%s", i ? ", " : "", codes[i].name);
}

/* "PBL -> SBL"; for a reminder "SBL"; where the names say nothing, as for scores, the answers. */
static void history_add_both(const struct history_view_row *row, struct buf *b)
{
    const struct entry *e = row->entry;
    const char *from = row->change->answers_from, *to = row->change->answers;
    struct buf then, now;
    buf_init(&then, 2048);
    buf_init(&now, 2048);
    history_add_codes(&then, e->codes_from, e->code_from_count);
    history_add_codes(&now, e->codes, e->code_count);
    bool alike = then.len && strcmp(buf_text(&then), buf_text(&now)) == 0;
    if (alike && strcmp(from, to) != 0)
        buf_fmt(b, "%s -> %s", from, to);
    else if (alike)
        buf_str(b, buf_text(&now));
    else
        buf_fmt(b, "%s%s%s", buf_text(&then), then.len && now.len ? " -> " : "", buf_text(&now));
    buf_fini(&then);
    buf_fini(&now);
}

/* "SBL, CSS", "PBL -> SBL", "(refused)", "for 12 addresses". */
static void history_add_detail(const struct history_view_row *row, struct buf *b)
{
    const struct entry *e = row->entry;
    if (e->of_list) {
        if (e->cause != CAUSE_NONE && e->cause != CAUSE_NEVER_ASKED)
            buf_fmt(b, "%s", cause_word(e->cause));
        else if (e->kind == CHANGE_BASELINE)
            buf_str(b, "first look at everything");
        return;
    }
    history_add_both(row, b);
    if (!b->len) /* of a list that is not configured any more */
        buf_str(b, row->change->answers[0] ? row->change->answers : row->change->answers_from);
    if (e->kind == CHANGE_DELISTED && e->since && e->since < row->time) {
        char age[32];
        clock_format_age(row->time - e->since, age, sizeof age);
        buf_fmt(b, ", after %s", age);
    }
}

static void history_add_list(const struct conf *conf, const struct entry *e, struct buf *out)
{
    if (e->list[0])
        registry_list_name(conf, e->source, e->list, out);
    else if (e->of_list && e->kind != CHANGE_BASELINE)
        buf_str(out, "all lists");
}

static void history_print_change(const struct context *ctx, struct table *t,
                                 const struct history_view_row *row)
{
    const struct entry *e = row->entry;
    char when[32];
    struct buf change, who, list, detail;
    buf_init(&change, 256);
    buf_init(&who, 512);
    buf_init(&list, 256);
    buf_init(&detail, 2048);
    clock_format_local(row->time, when, sizeof when);
    compose_change(e, &change);
    compose_who(e, &who);
    if (e->label && e->label[0])
        buf_fmt(&who, " %s", e->label);
    history_add_detail(row, &detail);
    if (ctx->verbose && e->reason && e->reason[0])
        buf_fmt(&detail, "%s%s", detail.len ? ": " : "", e->reason);
    history_add_list(&ctx->conf, e, &list);
    const char *cells[] = {when, buf_text(&change), buf_text(&who), buf_text(&list),
                           buf_text(&detail)};
    table_row(t, e->of_list && e->kind == CHANGE_RECOVERED ? LEVEL_OK : e->to, cells);
    buf_fini(&change);
    buf_fini(&who);
    buf_fini(&list);
    buf_fini(&detail);
}

/* Each as in a webhook plus `time`. */
static void history_json_change(struct json_out *w, const struct history_view_row *row)
{
    json_out_newline(w);
    json_out_open(w, NULL, '{');
    json_out_time(w, "time", row->time);
    message_entry_write(w, row->entry);
    json_out_close(w, '}');
}

/* A target that no run has seen has no history: a mistyped address must not look quiet. */
static bool history_knows_targets(struct context *ctx, const struct history_query *query,
                                  struct error *err)
{
    struct stored_targets targets = {0};
    bool ok = store_targets_load(ctx->store, &targets, err);
    for (size_t i = 0; i < query->target_count && ok; i++) {
        const struct cidr *asked = &query->targets[i];
        bool known = false;
        for (size_t k = 0; k < targets.count && !known; k++) {
            const struct stored_target *t = &targets.items[k];
            known = cidr_contains(asked, &t->ip) ||
                    cidr_contains(&(struct cidr){t->ip, t->prefix}, &asked->base);
        }
        char text[CIDR_TEXT_MAX];
        cidr_format(asked, text);
        if (!known)
            ok = error_set(err, ERR_USAGE,
                           "%s is not watched; `repmon targets` shows what the configuration names",
                           text);
    }
    stored_targets_fini(&targets);
    return ok;
}

static bool history_show_changes(struct context *ctx, struct history *h,
                                 const struct history_query *query, struct table *t,
                                 struct error *err)
{
    struct history_view_row row;
    size_t count = 0;
    struct history_view *past = history_view_open(&ctx->conf, ctx->store, query, err);
    if (!past)
        return false;
    if (h->json)
        json_out_open(&h->writer, "changes", '[');
    while (history_view_next(past, &row, err)) {
        if (h->json)
            history_json_change(&h->writer, &row);
        else
            history_print_change(ctx, t, &row);
        count++;
    }
    history_view_free(past);
    if (h->json)
        json_out_close(&h->writer, ']');
    table_end(t);
    if (!count && !err->class && !history_knows_targets(ctx, query, err))
        return false;
    if (!h->json && !count && !err->class)
        puts("nothing changed in that time");
    return err->class == ERR_NONE;
}

/* ---- the command ---- */

static bool history_show(struct context *ctx, struct history *h, const struct targets_arg *targets,
                         struct error *err)
{
    struct history_query query = {.targets = targets->blocks,
                                  .target_count = targets->block_count,
                                  .since = h->since,
                                  .list = h->list};
    struct render_options how = {0};
    output_terminal(&how);
    struct table *t = mem_alloc(sizeof *t);
    *t = (struct table){.out = stdout,
                        .color = how.color,
                        .width = output_table_width(),
                        .columns = 5,
                        .colored = 1};
    const struct source *source = h->list ? source_find(&registry_sources, h->list) : NULL;
    if (source) {
        query.source = source->word;
        query.list = NULL;
    }
    if (h->json)
        json_out_begin(&h->writer, stdout, ctx->conf.instance, clock_wall());
    bool ok = history_show_changes(ctx, h, &query, t, err);
    if (ok && history_has_numbers(query.list))
        ok = history_show_numbers(ctx->store, &query, h->json ? &h->writer : NULL, err);
    if (h->json && ok)
        json_out_end(&h->writer);
    else if (h->json)
        json_out_drop(&h->writer);
    free(t);
    return ok;
}

static int history_run(struct context *ctx, void *data, char **words, size_t count,
                       struct error *err)
{
    struct targets_arg targets = {.labels = true};
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++)
        ok = targets_arg_add(&targets, words[i], err);
    if (ok && args_resolve_labels(&targets, ctx->store, err))
        history_show(ctx, data, &targets, err);
    targets_arg_fini(&targets);
    return 0;
}

const struct command command_history = {
    .name = "history",
    .arguments = "[TARGET...]",
    .summary = "what changed, newest first",
    .help = "Shows every change that runs have found, newest first, for everything or only for "
            "each TARGET (an address, a block, or a label). -v adds the list's own words. With "
            "--list NAME/data, the daily numbers of an SNDS account follow; with NAME/spam or "
            "NAME/delivery, those of a Postmaster account; with dmarc or complaints, what "
            "receivers reported for each day.",
    .options = options,
    .option_count = OPT_COUNT,
    .data_size = sizeof(struct history),
    .set = history_set,
    .needs = NEED_CONFIG_OR_NONE | NEED_STATE,
    .run = history_run,
};
