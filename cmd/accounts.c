/* SPDX-License-Identifier: ISC */
#include "args.h"
#include "command.h"
#include "postmaster_show.h"
#include "repmon/clock.h"
#include "repmon/oauth_token.h"
#include "repmon/store.h"
#include "reports_show.h"
#include "snds_show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FACT_MAX   4096
#define MEMORY_MAX (64u << 20)

enum { OPT_FORMAT, OPT_COUNT };

static const struct option_row options[OPT_COUNT] = {
    [OPT_FORMAT] = {'f', "format", "FORMAT", "text or json (default: text)"},
};

struct accounts_data {
    bool json;
};

static bool accounts_set(void *data, size_t row, const char *value, struct error *err)
{
    struct accounts_data *d = data;
    (void)row;
    return args_json(value, &d->json, err);
}

struct facts {
    struct store *store; /* NULL: no state yet */
    struct buf value;
    struct error error;
};

static const char *accounts_get_fact(void *ctx, const char *key)
{
    struct facts *f = ctx;
    bool found = false;
    if (!f->store || !store_meta_get(f->store, key, &f->value, &found, &f->error) || !found)
        return NULL;
    return buf_text(&f->value);
}

/* An account may be looked at before the first run made the state. */
static bool accounts_open_facts(const struct conf *conf, struct facts *f, struct error *err)
{
    struct error problem = {0};
    buf_init(&f->value, FACT_MAX);
    if (store_open(conf->state, STORE_READ, NULL, &f->store, &problem))
        return true;
    f->store = NULL;
    if (access(conf->state, F_OK) != 0 && errno == ENOENT)
        return true;
    *err = problem;
    return false;
}

/* True: something of it has expired. */
static bool accounts_show_snds(const struct conf *conf, struct facts *facts, size_t number,
                               struct json_out *w, bool json)
{
    struct snds_overview o;
    time_t now = clock_wall();
    snds_overview(conf, number, accounts_get_fact, facts, now, &o);
    if (json)
        snds_show_json(w, &o);
    else
        snds_show_text(&o, now, number == 0);
    bool expired = o.expired;
    snds_overview_fini(&o);
    return expired;
}

static bool accounts_show_postmaster(const struct conf *conf, struct facts *facts, size_t number,
                                     struct json_out *w, bool json)
{
    struct postmaster_overview o;
    time_t now = clock_wall();
    postmaster_overview(conf, number, accounts_get_fact, facts, now, &o);
    if (json)
        postmaster_show_json(w, &o);
    else
        postmaster_show_text(&o, now, conf->snds_count + number == 0);
    bool expired = o.expired;
    postmaster_overview_fini(&o);
    return expired;
}

/* What came by mail is not asked for: it can't expire. */
static void accounts_show_reports(const struct conf *conf, struct facts *facts, struct json_out *w,
                                  bool json, bool first)
{
    struct buf memory;
    bool found = false;
    struct reports_overview o;
    buf_init(&memory, MEMORY_MAX);
    if (facts->store)
        store_meta_parts(facts->store, REPORTS_MEMORY_FACT, &memory, &found, &facts->error);
    reports_overview(conf, buf_text(&memory), &o);
    for (size_t i = 0; i < conf->reports_count; i++) {
        if (json)
            reports_show_json(w, &conf->reports[i], &o.sections[i]);
        else
            reports_show_text(&conf->reports[i], &o.sections[i], clock_wall(), first && i == 0);
    }
    reports_overview_fini(&o);
    buf_fini(&memory);
}

static int accounts_show(struct context *ctx, bool json, struct error *err)
{
    struct facts facts = {0};
    bool expired = false;
    const struct conf *conf = &ctx->conf;
    size_t accounts = conf->snds_count + conf->postmaster_count;
    bool any = accounts + conf->reports_count > 0;
    if (!any)
        error_set(err, ERR_CONFIG,
                  "the configuration has no [snds \"NAME\"], [postmaster \"NAME\"] or [reports "
                  "\"NAME\"] section");
    bool ok = any && accounts_open_facts(conf, &facts, err);
    struct json_out w;
    json_out_begin(&w, stdout, conf->instance, clock_wall());
    json_out_open(&w, "accounts", '[');
    for (size_t i = 0; ok && i < conf->snds_count; i++)
        expired |= accounts_show_snds(conf, &facts, i, &w, json);
    for (size_t i = 0; ok && i < conf->postmaster_count; i++)
        expired |= accounts_show_postmaster(conf, &facts, i, &w, json);
    if (ok)
        accounts_show_reports(conf, &facts, &w, json, accounts == 0);
    json_out_close(&w, ']');
    if (ok && json)
        json_out_end(&w);
    else
        json_out_drop(&w);
    if (facts.error.class != ERR_NONE)
        *err = facts.error;
    store_close(facts.store);
    buf_fini(&facts.value);
    if (err->class != ERR_NONE)
        return error_exit_code(err->class);
    return expired ? 1 : 0;
}

static bool accounts_begin(struct context *ctx, const void *data, char **words, size_t count,
                           struct error *err)
{
    (void)data, (void)words;
    ctx->no_trace = true; /* it only looks */
    return count == 0 || error_set(err, ERR_USAGE, "accounts takes no arguments: it shows all");
}

static int accounts_run(struct context *ctx, void *data, char **words, size_t count,
                        struct error *err)
{
    (void)words, (void)count;
    return accounts_show(ctx, ((const struct accounts_data *)data)->json, err);
}

const struct command command_accounts = {
    .name = "accounts",
    .arguments = "",
    .summary = "show the state of accounts and of report mail",
    .help = "For each SNDS and Postmaster account, shows when it was last read, its newest day, "
            "what expires when, and which blocks Microsoft still shows; for each [reports] "
            "section, which mails arrived and which could not be read or proven. Sends no queries. "
            "Exits with 1 when something has expired.",
    .options = options,
    .option_count = OPT_COUNT,
    .data_size = sizeof(struct accounts_data),
    .set = accounts_set,
    .needs = NEED_CONFIG | NEED_FOLDER,
    .begin = accounts_begin,
    .run = accounts_run,
};
