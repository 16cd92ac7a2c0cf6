/* SPDX-License-Identifier: ISC */
#include "command.h"
#include "output.h"
#include "registry.h"
#include "repmon/log.h"
#include "repmon/loop.h"
#include "repmon/oauth_login.h"
#include "repmon/text_wrap.h"
#include "startup.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* An account of a source. */
struct login_found {
    const struct source *source; /* borrowed */
    size_t number;
    const char *name; /* borrowed from the configuration */
};

/* As wide as a terminal; the address alone on its line, to be copied. */
static void login_print(const char *text)
{
    struct buf lines;
    buf_init(&lines, 4096);
    text_wrap(&lines, text, 0, 0, output_table_width());
    printf("%s\n", buf_text(&lines));
    buf_fini(&lines);
}

static void login_show_address(void *ctx, const char *url, unsigned port)
{
    const struct login_found *f = ctx;
    char text[1024];
    snprintf(text, sizeof text,
             "Open this address in a browser, on any computer, and log in with %s:",
             f->source->accounts->person);
    login_print(text);
    printf("\n%s\n\n", url);
    if (port)
        snprintf(text, sizeof text,
                 "If the browser runs on this computer, that is all. Otherwise it ends at an "
                 "address that can't be opened: it starts with http://localhost:%u. Copy it from "
                 "the browser's address bar and paste it here for [%s \"%s\"]:",
                 port, f->source->word, f->name);
    else
        snprintf(text, sizeof text,
                 "The browser ends at an address that can't be opened: it begins with "
                 "http://localhost. Copy it from the browser's address bar and paste it here for "
                 "[%s \"%s\"]:",
                 f->source->word, f->name);
    login_print(text);
    fflush(stdout);
}

static void login_complain(void *ctx, const char *text)
{
    (void)ctx;
    log_warn("%s", text);
}

/* Calls `use` with every account, until it says to stop. */
static void login_each_account(const struct conf *conf,
                               bool (*use)(void *ctx, const struct login_found *f), void *ctx)
{
    for (size_t k = 0; k < registry_sources.count; k++) {
        const struct source *s = registry_sources.items[k];
        size_t count = s->accounts && s->accounts->client ? s->accounts->count(conf) : 0;
        for (size_t i = 0; i < count; i++) {
            const struct login_found f = {s, i, s->accounts->name(conf, i)};
            if (!use(ctx, &f))
                return;
        }
    }
}

struct login_search {
    const char *name;
    struct login_found found;
    struct buf names;
};

static bool login_compare(void *ctx, const struct login_found *f)
{
    struct login_search *s = ctx;
    buf_fmt(&s->names, "%s%s", s->names.len ? ", " : "", f->name);
    if (strcmp(f->name, s->name) != 0)
        return true;
    s->found = *f;
    return false;
}

static bool login_find_account(const struct conf *conf, const char *name, struct login_found *out,
                               struct error *err)
{
    struct login_search s = {.name = name};
    buf_init(&s.names, 512);
    login_each_account(conf, login_compare, &s);
    *out = s.found;
    if (s.names.len == 0)
        registry_sections(&s.names, REGISTRY_LOGINS);
    if (!s.found.source)
        error_set(err, ERR_USAGE, "no such account; the configuration has %s", buf_text(&s.names));
    buf_fini(&s.names);
    return out->source != NULL;
}

static bool login_log_in(struct context *ctx, const struct login_found *f, struct error *err)
{
    struct oauth_client client = {0};
    if (!f->source->accounts->client(&ctx->conf, f->number, &client, err))
        return false;
    loop_catch_signals(NULL);
    const struct oauth_login_options o = {.conf = &ctx->conf,
                                          .client = &client,
                                          .input = STDIN_FILENO,
                                          .show = login_show_address,
                                          .complain = login_complain,
                                          .ctx = (void *)f};
    bool ok = oauth_login_run(&o, err);
    oauth_client_fini(&client);
    return ok;
}

static bool login_begin(struct context *ctx, const void *data, char **words, size_t count,
                        struct error *err)
{
    (void)ctx, (void)data, (void)words;
    return count == 1 || error_set(err, ERR_USAGE, "log in to which account? `repmon login NAME`");
}

static int login_run(struct context *ctx, void *data, char **words, size_t count, struct error *err)
{
    struct login_found f;
    (void)data, (void)count;
    if (!login_find_account(&ctx->conf, words[0], &f, err) || !login_log_in(ctx, &f, err))
        return error_exit_code(err->class);
    printf("\nLogged in. repmon renews the login by itself from now on; %s\n",
           f.source->accounts->success);
    if (f.source->accounts->beware[0])
        printf("\n%s\n", f.source->accounts->beware);
    return 0;
}

const struct command command_login = {
    .name = "login",
    .arguments = "NAME",
    .summary = "log in once to a Microsoft SNDS or Google Postmaster account",
    .help = "Logs in to the account of [snds \"NAME\"] or [postmaster \"NAME\"]: prints an address "
            "to open in a browser, then waits for that browser, or for you to paste the address "
            "where it ends up. The login is saved next to the state and is renewed automatically.",
    .needs = NEED_CONFIG | NEED_FOLDER,
    .begin = login_begin,
    .run = login_run,
};
