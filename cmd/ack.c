/* SPDX-License-Identifier: ISC */
#include "repmon/acknowledge.h"

#include "args.h"
#include "command.h"
#include "output.h"
#include "registry.h"
#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/json_out.h"
#include "repmon/text_fit.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_FOR_MS (30 * INT64_C(86400000))
#define MAX_FOR_MS     (3660 * INT64_C(86400000))

enum { OPT_FOR, OPT_NOTE, OPT_BLIND, OPT_REMOVE, OPT_FORMAT, OPT_COUNT };

static const struct option_row options[OPT_COUNT] = {
    [OPT_FOR] = {0, "for", "DURATION", "for how long (default: 30d)"},
    [OPT_NOTE] = {0, "note", "TEXT", "why; shown with the finding"},
    [OPT_BLIND] = {0, "blind", "LIST",
                   "acknowledge that this list or source, or all of them, can't be queried, "
                   "instead of a finding"},
    [OPT_REMOVE] = {0, "remove", NULL, "remove acknowledgements"},
    [OPT_FORMAT] = {'f', "format", "FORMAT", "text or json (default: text)"},
};

struct ack {
    int64_t for_ms;
    const char *note, *blind; /* borrowed from argv */
    bool remove, json;
    bool given[OPT_COUNT];
};

static bool ack_set(void *data, size_t row, const char *value, struct error *err)
{
    struct ack *ack = data;
    ack->given[row] = true;
    switch (row) {
    case OPT_NOTE: ack->note = value; return true;
    case OPT_BLIND: ack->blind = value; return true;
    case OPT_REMOVE: ack->remove = true; return true;
    case OPT_FORMAT: return args_json(value, &ack->json, err);
    default:
        if (duration_parse(value, &ack->for_ms) && ack->for_ms > 0 && ack->for_ms <= MAX_FOR_MS)
            return true;
        return error_set(err, ERR_USAGE, "--for takes a duration up to ten years, such as 7d");
    }
}

/* ---- showing all ---- */

struct showing {
    struct table table;
    struct json_out writer;
    const struct conf *conf; /* borrowed */
    bool json;
    size_t count;
};

static void ack_who(const struct ack_row *row, char *out, size_t size)
{
    char text[CIDR_TEXT_MAX] = "";
    if (row->target) {
        struct cidr block = {row->target->ip, row->target->prefix};
        cidr_format(&block, text);
    }
    const char *who = row->target ? text : "no longer watched";
    snprintf(out, size, "%s", row->ack->of_list ? "the list is blind" : who);
}

static void ack_show_text(struct showing *s, const struct ack_row *row)
{
    char address[CIDR_TEXT_MAX + 8], until[32], state[64];
    struct buf list;
    buf_init(&list, 256);
    registry_list_name(s->conf, row->ack->source, row->ack->list, &list);
    ack_who(row, address, sizeof address);
    clock_format_local(row->ack->until, until, sizeof until);
    text_fit(state, sizeof state, "%s%s",
             row->in_force ? "in force" : "ended: ", row->in_force ? "" : row->why);
    const char *cells[] = {address,         row->target ? row->target->label : "",
                           buf_text(&list), row->ack->answers,
                           until,           state,
                           row->ack->note};
    table_row(&s->table, row->in_force ? LEVEL_OK : LEVEL_WARNING, cells);
    buf_fini(&list);
}

static void ack_show_json(struct json_out *w, const struct ack_row *row)
{
    json_out_newline(w);
    json_out_open(w, NULL, '{');
    json_out_text(w, "source", row->ack->source);
    json_out_text(w, "list", row->ack->list);
    json_out_bool(w, "blind", row->ack->of_list);
    if (row->target) {
        json_out_target(w, &row->target->ip, row->target->prefix);
    } else {
        json_out_none(w, "ip");
        json_out_none(w, "domain");
    }
    json_out_given(w, "label", row->target ? row->target->label : NULL);
    json_out_text(w, "answers", row->ack->answers);
    json_out_time(w, "made", row->ack->made);
    json_out_time(w, "until", row->ack->until);
    json_out_bool(w, "in_force", row->in_force);
    json_out_text(w, "note", row->ack->note);
    json_out_close(w, '}');
}

static void ack_show(void *ctx, const struct ack_row *row)
{
    struct showing *s = ctx;
    if (s->json)
        ack_show_json(&s->writer, row);
    else
        ack_show_text(s, row);
    s->count++;
}

static bool ack_show_all(struct context *ctx, const struct ack *ack, struct error *err)
{
    static const char *const heads[] = {"address", "label", "list", "answers",
                                        "until",   "state", "note"};
    struct render_options how = {0};
    output_terminal(&how);
    struct showing *s = mem_alloc(sizeof *s);
    s->json = ack->json;
    s->conf = &ctx->conf;
    s->table = (struct table){.out = stdout,
                              .color = how.color,
                              .width = output_table_width(),
                              .columns = 7,
                              .colored = 5,
                              .heads = heads};
    json_out_begin(&s->writer, stdout, ctx->conf.instance, clock_wall());
    json_out_open(&s->writer, "acks", '[');
    bool ok = acknowledge_each(&ctx->conf, ctx->store, clock_wall(), ack_show, s, err);
    table_end(&s->table);
    if (ok && s->json) {
        json_out_close(&s->writer, ']');
        json_out_end(&s->writer);
    } else {
        json_out_drop(&s->writer);
    }
    if (ok && !s->json && !s->count)
        puts("nothing is acknowledged");
    free(s);
    return ok;
}

/* ---- making and taking back ---- */

static void ack_tell_json(const struct context *ctx, const struct ack *ack, size_t n, time_t until)
{
    struct json_out w;
    json_out_begin(&w, stdout, ctx->conf.instance, clock_wall());
    json_out_number(&w, ack->remove ? "removed" : "acknowledged", (int64_t)n);
    if (!ack->remove)
        json_out_time(&w, "until", until);
    json_out_end(&w);
}

static void ack_tell(const struct ack *ack, size_t n, time_t until)
{
    char when[32];
    const char *what = ack->blind ? "blind list" : "finding";
    clock_format_local(until, when, sizeof when);
    if (ack->remove)
        printf("removed %zu acknowledgement%s\n", n, n == 1 ? "" : "s");
    else if (n)
        printf("acknowledged %zu %s%s until %s\n", n, what, n == 1 ? "" : "s", when);
    else
        printf("acknowledged 0 %ss: there are none now; `repmon status` shows what is open\n",
               what);
}

static bool ack_acknowledge_words(struct context *ctx, const struct ack *ack,
                                  const struct ack_choice *choice, struct error *err)
{
    time_t now = clock_wall();
    time_t until = now + (time_t)((ack->for_ms ? ack->for_ms : DEFAULT_FOR_MS) / 1000);
    const struct ack_terms terms = {.now = now, .until = until, .note = ack->note};
    size_t n;
    bool ok;
    if (ack->remove)
        ok = acknowledge_end(ctx->store, choice, &n, err);
    else
        ok = acknowledge(&ctx->conf, ctx->store, choice, &terms, &n, err);
    if (ok && ack->json)
        ack_tell_json(ctx, ack, n, until);
    else if (ok && !ctx->quiet)
        ack_tell(ack, n, until);
    return ok;
}

static bool ack_is_address(const char *word)
{
    struct cidr block;
    return cidr_parse(word, &block, NULL);
}

/* "ack zen.spamhaus.org 203.0.113.5", and words that leave the list out. */
static bool ack_in_order(char **words, size_t count, struct error *err)
{
    if (!ack_is_address(words[count - 1]))
        return true;
    if (count == 2 && !ack_is_address(words[0]))
        return error_set(err, ERR_USAGE, "the list comes last: repmon ack %s LIST", words[1]);
    return error_set(err, ERR_USAGE,
                     "on which list? It comes last, and `all` means all of them: repmon ack %s all",
                     words[count - 1]);
}

/* "all" leaves the field empty, which means all. */
static const char *ack_list_of(const char *word)
{
    return strcmp(word, "all") == 0 ? NULL : word;
}

/* A word that is no label may be the list, written first. */
static bool ack_resolve_labels(struct targets_arg *targets, struct store *store, struct error *err)
{
    struct error why = {0};
    return args_resolve_labels(targets, store, &why) ||
           error_set(err, why.class, "%s%s", why.text,
                     why.class == ERR_USAGE ? "; the list comes last: repmon ack TARGET LIST" : "");
}

static bool ack_run_words(struct context *ctx, const struct ack *ack, char **words, size_t count,
                          struct error *err)
{
    struct targets_arg targets = {.labels = true};
    struct ack_choice choice = {.blind = ack->blind != NULL};
    choice.list = ack_list_of(ack->blind ? ack->blind : words[count - 1]);
    bool ok = true;
    for (size_t i = 0; i + 1 < count && ok; i++) {
        bool all = strcmp(words[i], "all") == 0;
        if (!all)
            ok = targets_arg_add(&targets, words[i], err);
        else if (count != 2)
            ok = error_set(err, ERR_USAGE, "`all` can't be combined with other targets");
    }
    if (ok)
        ok = ack_resolve_labels(&targets, ctx->store, err);
    choice.targets = targets.blocks;
    choice.target_count = targets.block_count;
    if (ok)
        ok = ack_acknowledge_words(ctx, ack, &choice, err);
    targets_arg_fini(&targets);
    return ok;
}

static bool ack_does_something(const struct ack *ack, size_t count)
{
    return count || ack->given[OPT_FOR] || ack->note || ack->blind || ack->remove;
}

static bool ack_begin(struct context *ctx, const void *data, char **words, size_t count,
                      struct error *err)
{
    const struct ack *ack = data;
    ctx->only_reads = !ack_does_something(ack, count); /* shows all */
    if (count && !ack->blind && !ack_in_order(words, count, err))
        return false;
    if (ack->remove && (ack->given[OPT_FOR] || ack->note))
        return error_set(err, ERR_USAGE, "--remove goes with neither --for nor --note");
    if (ack->blind ? count == 0 : count >= 2 || !ack_does_something(ack, count))
        return true;
    return error_set(err, ERR_USAGE,
                     ack->blind ? "--blind LIST takes no other arguments"
                                : "acknowledge what? TARGET LIST, and `all` for either of them; "
                                  "or --blind LIST");
}

static int ack_run(struct context *ctx, void *data, char **words, size_t count, struct error *err)
{
    const struct ack *ack = data;
    if (ack_does_something(ack, count))
        ack_run_words(ctx, ack, words, count, err);
    else
        ack_show_all(ctx, ack, err);
    return 0;
}

const struct command command_ack = {
    .name = "ack",
    .arguments = "[TARGET... LIST]",
    .summary = "acknowledge findings: no reminders, not counted in exit codes",
    .help =
        "Acknowledges the current findings for each TARGET (an address, a block, a label, or "
        "`all`) on LIST (a list, a source, or `all`). They are still shown, but no longer affect "
        "exit codes or cause reminders. An acknowledgement ends when the finding ends, gets worse "
        "or gains a code, or when its time is up. Without arguments, lists all acknowledgements.",
    .options = options,
    .option_count = OPT_COUNT,
    .data_size = sizeof(struct ack),
    .set = ack_set,
    .needs = NEED_CONFIG | NEED_STATE_WRITE,
    .begin = ack_begin,
    .run = ack_run,
};
