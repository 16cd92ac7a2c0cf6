/* SPDX-License-Identifier: ISC */
/*
 * How it stands with one Google Postmaster account, from its token file and from what earlier runs
 * kept: for `repmon accounts` and `doctor`. Asks nobody.
 */
#ifndef REPMON_POSTMASTER_OVERVIEW_H
#define REPMON_POSTMASTER_OVERVIEW_H

#include "repmon/conf.h"
#include "repmon/oauth_token.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct postmaster_domain_view {
    const char *domain; /* borrowed */
    int32_t newest;     /* newest day with data; 0: none yet */
};

struct postmaster_overview {
    const struct conf_postmaster *account;  /* borrowed */
    char problem[512];                      /* of client_file or token, and its cure; "" */
    bool signs;                             /* a service account: nobody logs in */
    enum oauth_token_state token;           /* of a login */
    time_t logged_in, used, rotated;        /* 0: unknown, never */
    time_t ends;                            /* of the login, where Google said so; 0 */
    time_t refused;                         /* since when Google refuses the login; 0 */
    time_t read;                            /* last success; 0: never */
    struct postmaster_domain_view *domains; /* owned */
    size_t domain_count;
    bool expired;
};

/* Logins of a consent screen in Testing live so long; nobody says so when they are made. */
#define POSTMASTER_TESTING_S ((int64_t)7 * 86400)

/*
 * `get` reads a fact (source.h), borrowed until the next call; NULL: there is no state yet. The
 * account is conf->postmasters[number].
 */
void postmaster_overview(const struct conf *conf, size_t number,
                         const char *(*get)(void *ctx, const char *key), void *ctx, time_t now,
                         struct postmaster_overview *out);
void postmaster_overview_fini(struct postmaster_overview *o);

#endif
