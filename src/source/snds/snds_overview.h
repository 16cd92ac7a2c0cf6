/* SPDX-License-Identifier: ISC */
/*
 * The state of one SNDS account, from its token file and from what earlier runs stored: for `repmon
 * accounts` and `doctor`. No network.
 */
#ifndef SNDS_OVERVIEW_H
#define SNDS_OVERVIEW_H

#include "../account_login.h"
#include "snds_judge.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct snds_link_view {
    bool wanted, readable;
    time_t seen; /* first seen, or the day of `issued`; 0: never used */
    time_t end;  /* thirty days later; 0: unknown */
    time_t died; /* when it was found expired; 0 */
};

struct snds_block_view {
    struct cidr block;
    enum snds_cover cover;
    size_t days;                      /* with rows, out of the last SNDS_DAYS remembered */
    int32_t newest;                   /* YYYYMMDD; 0: never had rows */
    time_t lapsed;                    /* since when it has been reported as vanished; 0 */
    time_t attested, attestation_end; /* 0: not given */
};

struct snds_overview {
    const struct conf_snds *account; /* borrowed */
    struct account_login login;      /* method oauth */
    time_t status_success, data_success;
    int32_t newest;                               /* newest day with any row; 0 */
    bool stale;                                   /* older than `stale` */
    struct snds_link_view status_link, data_link; /* method links */
    struct snds_block_view *blocks;               /* owned */
    size_t block_count;
    bool expired; /* anything about it has expired */
};

/*
 * `get` reads a fact (source.h), borrowed until the next call; NULL: there is no state yet. The
 * account is conf->snds[number].
 */
void snds_overview(const struct conf *conf, size_t number,
                   const char *(*get)(void *ctx, const char *key), void *ctx, time_t now,
                   struct snds_overview *out);
void snds_overview_fini(struct snds_overview *o);

#endif
