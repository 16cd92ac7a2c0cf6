/* SPDX-License-Identifier: ISC */
#include "command.h"
#include "repmon/clock.h"
#include "repmon/log.h"
#include "repmon/login.h"
#include "repmon/snds_token.h"
#include "repmon/store.h"
#include "snds_show.h"
#include "startup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FACT_MAX 4096

enum { OPT_FORMAT, OPT_COUNT };

static const struct option_row options[OPT_COUNT] = {
    [OPT_FORMAT] = {'f', "format", "FORMAT", "of `status`: text or json (default: text)"},
};

struct snds_data {
    bool json;
};

static bool set(void *data, size_t row, const char *value, struct error *err)
{
    struct snds_data *d = data;
    (void)row;
    d->json = strcmp(value, "json") == 0;
    return d->json || strcmp(value, "text") == 0 ||
           error_set(err, ERR_USAGE, "snds status writes text or json");
}

/* ---- login ---- */

static void show_address(void *ctx, const char *url, unsigned port)
{
    const struct conf_snds *account = ctx;
    printf("Open this address in a browser, on any computer, and log in with the Microsoft account "
           "that has SNDS:\n\n%s\n\n",
           url);
    if (port)
        printf("If the browser runs on this computer, that is all. Else it ends at an address that "
               "can't be\nopened: it begins with http://localhost:%u. Copy it from the browser's "
               "address bar and paste it here\nfor [snds \"%s\"]:\n",
               port, account->name);
    else
        printf("The browser ends at an address that can't be opened: it begins with "
               "http://localhost. Copy it from\nthe browser's address bar and paste it here for "
               "[snds \"%s\"]:\n",
               account->name);
    fflush(stdout);
}

static void complain(void *ctx, const char *text)
{
    (void)ctx;
    log_warn("%s", text);
}

static const struct conf_snds *find_account(const struct conf *conf, const char *name,
                                            struct error *err)
{
    for (size_t i = 0; i < conf->snds_count; i++) {
        if (strcmp(conf->snds[i].name, name) == 0)
            return &conf->snds[i];
    }
    struct buf names;
    buf_init(&names, 512);
    for (size_t i = 0; i < conf->snds_count; i++)
        buf_fmt(&names, "%s%s", i ? ", " : "", conf->snds[i].name);
    error_set(err, ERR_USAGE, "no such account; the configuration has %s",
              conf->snds_count ? buf_text(&names) : "no [snds \"NAME\"] section");
    buf_fini(&names);
    return NULL;
}

static int login(struct context *ctx, const char *name, struct error *err)
{
    const struct conf_snds *account = find_account(&ctx->conf, name, err);
    if (!account)
        return error_exit_code(err->class);
    if (account->links) {
        error_set(err, ERR_CONFIG,
                  "[snds \"%s\"] has method = links, which needs no login; set method = oauth",
                  account->name);
        return error_exit_code(err->class);
    }
    startup_catch_signals();
    struct login_options o = {.conf = &ctx->conf,
                              .account = account,
                              .input = STDIN_FILENO,
                              .stop = &startup_stop,
                              .show = show_address,
                              .complain = complain,
                              .ctx = (void *)account};
    if (!login_run(&o, err))
        return error_exit_code(err->class);
    printf("\nLogged in. repmon renews this by itself from now on; `repmon check --only snds "
           "ADDRESS` shows\nwhat Microsoft says.\n");
    return 0;
}

/* ---- status ---- */

struct facts {
    struct store *store; /* NULL: no state yet */
    struct buf value;
    struct error error;
};

static const char *get_fact(void *ctx, const char *key)
{
    struct facts *f = ctx;
    bool found = false;
    if (!f->store || !store_meta_get(f->store, key, &f->value, &found, &f->error) || !found)
        return NULL;
    return buf_text(&f->value);
}

/* An account may be looked at before the first run made the state. */
static bool open_facts(const struct conf *conf, struct facts *f, struct error *err)
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

static int status(struct context *ctx, bool json, struct error *err)
{
    struct facts facts = {0};
    bool expired = false;
    time_t now = clock_wall();
    if (ctx->conf.snds_count == 0)
        error_set(err, ERR_CONFIG, "the configuration has no [snds \"NAME\"] section");
    bool ok = ctx->conf.snds_count > 0 && open_facts(&ctx->conf, &facts, err);
    if (ok && json)
        snds_show_begin();
    for (size_t i = 0; ok && i < ctx->conf.snds_count; i++) {
        struct snds_overview o;
        snds_overview(&ctx->conf, i, get_fact, &facts, now, &o);
        if (json)
            snds_show_json(&o, i == 0);
        else
            snds_show_text(&o, now, i == 0);
        expired |= o.expired;
        snds_overview_fini(&o);
    }
    if (ok && json)
        snds_show_end();
    if (facts.error.class != ERR_NONE)
        *err = facts.error;
    store_close(facts.store);
    buf_fini(&facts.value);
    return err->class != ERR_NONE ? error_exit_code(err->class) : expired ? 1 : 0;
}

static bool is_login(char **words, size_t count)
{
    return count && strcmp(words[0], "login") == 0;
}

static bool begin(struct context *ctx, const void *data, char **words, size_t count,
                  struct error *err)
{
    (void)data;
    ctx->no_trace = !is_login(words, count); /* status only looks */
    if (is_login(words, count) ? count == 2 : count == 1 && strcmp(words[0], "status") == 0)
        return true;
    return error_set(err, ERR_USAGE,
                     is_login(words, count) && count == 1
                         ? "log in to which account? `repmon snds login NAME`"
                         : "`repmon snds login NAME` or `repmon snds status`");
}

static int run(struct context *ctx, void *data, char **words, size_t count, struct error *err)
{
    const struct snds_data *d = data;
    return is_login(words, count) ? login(ctx, words[1], err) : status(ctx, d->json, err);
}

const struct command command_snds = {
    .name = "snds",
    .arguments = "login NAME | status",
    .summary = "Microsoft SNDS: log in once; how the accounts are doing",
    .help =
        "`snds login NAME` logs the account of [snds \"NAME\"] in: it prints an address to open "
        "in a browser, and waits for that browser, or for the address it ends at to be pasted. "
        "The login is saved beside the state and renews itself.\n\n"
        "`snds status` tells of each account when it was last read, its newest day, what "
        "expires when, and which blocks Microsoft still shows. It asks nobody. Exits with 1 "
        "when something has expired.",
    .options = options,
    .option_count = OPT_COUNT,
    .data_size = sizeof(struct snds_data),
    .set = set,
    .needs = NEED_CONFIG | NEED_FOLDER,
    .begin = begin,
    .run = run,
};
