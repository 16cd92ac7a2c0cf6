/* SPDX-License-Identifier: ISC */
/*
 * The state of one Google Postmaster account, from its token file and from what earlier runs
 * kept: for `repmon accounts` and `doctor`. No network.
 */
#ifndef POSTMASTER_OVERVIEW_H
#define POSTMASTER_OVERVIEW_H

#include "../account_login.h"

#include "repmon/conf.h"

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
    bool signs;                             /* a service account: no login */
    struct account_login login;             /* its problem may lie in client_file */
    time_t read;                            /* last success; 0: never */
    struct postmaster_domain_view *domains; /* owned */
    size_t domain_count;
    bool expired;
};

/* Lifetime of a login whose consent screen is in Testing; Google does not say so at login. */
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
