/* SPDX-License-Identifier: ISC */
#include "repmon/login.h"
#include "command.h"
#include "repmon/log.h"
#include "repmon/snds_token.h"
#include "startup.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void login_show_address(void *ctx, const char *url, unsigned port)
{
    const struct conf_snds *account = ctx;
    printf("Open this address in a browser, on any computer, and log in with the Microsoft account "
           "that has SNDS:\n\n%s\n\n",
           url);
    if (port)
        printf(
            "If the browser runs on this computer, that is all. Otherwise it ends at an address "
            "that can't be\nopened: it starts with http://localhost:%u. Copy it from the browser's "
            "address bar and paste it here\nfor [snds \"%s\"]:\n",
            port, account->name);
    else
        printf("The browser ends at an address that can't be opened: it begins with "
               "http://localhost. Copy it from\nthe browser's address bar and paste it here for "
               "[snds \"%s\"]:\n",
               account->name);
    fflush(stdout);
}

static void login_complain(void *ctx, const char *text)
{
    (void)ctx;
    log_warn("%s", text);
}

static const struct conf_snds *login_find_account(const struct conf *conf, const char *name,
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
    const struct conf_snds *account = login_find_account(&ctx->conf, name, err);
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
                              .show = login_show_address,
                              .complain = login_complain,
                              .ctx = (void *)account};
    if (!login_run(&o, err))
        return error_exit_code(err->class);
    printf("\nLogged in. repmon renews this by itself from now on; `repmon check --only snds "
           "ADDRESS` shows\nwhat Microsoft says.\n");
    return 0;
}

static bool login_begin(struct context *ctx, const void *data, char **words, size_t count,
                        struct error *err)
{
    (void)ctx, (void)data, (void)words;
    return count == 1 || error_set(err, ERR_USAGE, "log in to which account? `repmon login NAME`");
}

static int run(struct context *ctx, void *data, char **words, size_t count, struct error *err)
{
    (void)data, (void)count;
    return login(ctx, words[0], err);
}

const struct command command_login = {
    .name = "login",
    .arguments = "NAME",
    .summary = "log in to a Microsoft SNDS account, once",
    .help = "Logs in to the account of [snds \"NAME\"]: prints an address to open in a browser, "
            "and waits for that browser, or for you to paste the address it ends at. The login is "
            "saved next to the state and renews itself.",
    .needs = NEED_CONFIG | NEED_FOLDER,
    .begin = login_begin,
    .run = run,
};
