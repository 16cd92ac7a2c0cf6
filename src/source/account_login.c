/* SPDX-License-Identifier: ISC */
#include "account_login.h"

#include "account_print.h"

#include "repmon/json_out.h"
#include "repmon/text_fit.h"

#include <stdio.h>

void account_login_read(const char *path, const char *account, time_t refused,
                        struct account_login *out)
{
    struct oauth_token token;
    struct error err = {0};
    *out = (struct account_login){.token = oauth_token_load(path, &token, &err)};
    if (out->token == OAUTH_TOKEN_MISSING)
        text_fit(out->problem, sizeof out->problem, "not logged in: repmon login %s", account);
    else if (out->token == OAUTH_TOKEN_UNREADABLE)
        text_fit(out->problem, sizeof out->problem, "%s", err.text);
    out->logged_in = token.logged_in;
    out->used = token.used;
    out->rotated = token.rotated;
    out->ends = token.ends;
    if (token.logged_in <= refused)
        out->refused = refused;
    oauth_token_fini(&token);
}

void account_login_print(const struct account_login *l, const char *account, const char *whose,
                         time_t now, unsigned width)
{
    if (l->problem[0]) {
        account_print_words("login", l->problem, width);
        return;
    }
    if (l->refused) {
        account_print_time("login", l->refused, now);
        printf("            EXPIRED: %s has refused it since then\n            repmon login %s\n",
               whose, account);
    }
    if (l->logged_in)
        account_print_time("logged in", l->logged_in, now);
    if (l->used)
        account_print_time("renewed", l->used, now);
    if (l->rotated)
        account_print_time("rotated", l->rotated, now);
}

void account_login_json(struct json_out *w, const struct account_login *l)
{
    static const char *const tokens[] = {"read", "missing", "unreadable"};
    json_out_open(w, "login", '{');
    json_out_time(w, "logged_in", l->logged_in);
    json_out_time(w, "renewed", l->used);
    json_out_time(w, "rotated", l->rotated);
    json_out_time(w, "ends", l->ends);
    json_out_time(w, "refused", l->refused);
    json_out_text(w, "token", tokens[l->token]);
    json_out_close(w, '}');
}
