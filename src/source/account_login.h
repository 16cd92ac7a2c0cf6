/* SPDX-License-Identifier: ISC */
/* The state of an account's login, for `repmon accounts` and doctor, shared by all sources that
 * need a login. */
#ifndef ACCOUNT_LOGIN_H
#define ACCOUNT_LOGIN_H

#include "repmon/oauth_token.h"

#include <stdint.h>
#include <time.h>

struct json_out;

struct account_login {
    enum oauth_token_state token;
    char problem[512];               /* why it can't be used, and its cure; "" */
    time_t logged_in, used, rotated; /* 0: unknown, never */
    time_t ends;                     /* where the operator said so; 0 */
    time_t refused;                  /* since when the operator refuses it; 0 */
};

/* `refused`: since when the login is refused, as the last run found; a later login is a new one. */
void account_login_read(const char *path, const char *account, time_t refused,
                        struct account_login *out);

/* Prints the lines of a login to stdout; `whose` is "Microsoft", say. */
void account_login_print(const struct account_login *l, const char *account, const char *whose,
                         time_t now, unsigned width);
/* "login":{…} */
void account_login_json(struct json_out *w, const struct account_login *l);

#endif
