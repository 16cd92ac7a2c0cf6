/* SPDX-License-Identifier: ISC */
#include "args.h"
#include "command.h"
#include "options.h"
#include "registry.h"
#include "repmon/clock.h"
#include "repmon/json_out.h"
#include "repmon/source_look.h"
#include "repmon/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FACT_MAX 4096

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
    const struct source *source; /* whose accounts are shown */
    struct store *store;         /* NULL: no state yet */
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

static void accounts_get_memory(void *ctx, struct buf *out)
{
    struct facts *f = ctx;
    char key[64];
    bool found = false;
    snprintf(key, sizeof key, "memory.%s", f->source->word);
    if (f->store)
        store_meta_parts(f->store, key, out, &found, &f->error);
}

/* Shows the sources whose accounts need a login, or the others. True: something expired. */
static bool accounts_show_some(struct facts *facts, struct source_look *look, struct json_out *json,
                               bool logins, bool *first)
{
    bool expired = false;
    for (size_t i = 0; i < registry_sources.count; i++) {
        const struct source *s = registry_sources.items[i];
        if (!s->accounts || (s->accounts->client != NULL) != logins)
            continue;
        if (s->accounts->count(look->conf) == 0)
            continue;
        facts->source = s;
        expired |= s->accounts->show(look, json, *first);
        *first = false;
    }
    return expired;
}

static bool accounts_are_there(const struct conf *conf, struct error *err)
{
    struct buf none;
    for (size_t i = 0; i < registry_sources.count; i++) {
        const struct source_accounts *a = registry_sources.items[i]->accounts;
        if (a && a->count(conf) > 0)
            return true;
    }
    buf_init(&none, 512);
    registry_sections(&none, REGISTRY_ACCOUNTS);
    error_set(err, ERR_CONFIG, "the configuration has %s", buf_text(&none));
    buf_fini(&none);
    return false;
}

static bool accounts_show_all(const struct conf *conf, struct facts *facts, bool json)
{
    struct json_out w;
    bool first = true;
    struct source_look look = {.conf = conf,
                               .now = clock_wall(),
                               .fact = accounts_get_fact,
                               .memory = accounts_get_memory,
                               .width = help_width(stdout),
                               .ctx = facts};
    json_out_begin(&w, stdout, conf->instance, look.now);
    json_out_open(&w, "accounts", '[');
    bool expired = accounts_show_some(facts, &look, json ? &w : NULL, true, &first);
    expired |= accounts_show_some(facts, &look, json ? &w : NULL, false, &first);
    json_out_close(&w, ']');
    if (json)
        json_out_end(&w);
    else
        json_out_drop(&w);
    return expired;
}

static int accounts_show(struct context *ctx, bool json, struct error *err)
{
    struct facts facts = {0};
    bool expired = false;
    if (accounts_are_there(&ctx->conf, err) && accounts_open_facts(&ctx->conf, &facts, err))
        expired = accounts_show_all(&ctx->conf, &facts, json);
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
    .help =
        "For each SNDS and Postmaster account, shows when it was last read, the newest day "
        "with data, what expires when, and which blocks Microsoft still shows; for each [reports] "
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
