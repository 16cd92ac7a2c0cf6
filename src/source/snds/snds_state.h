/* SPDX-License-Identifier: ISC */
/*
 * The state of SNDS within one run, shared by snds*.c only: one queue and one fetch per account,
 * however many targets there are. What comes in is kept here and judged at the end of the run.
 */
#ifndef REPMON_SOURCE_SNDS_STATE_H
#define REPMON_SOURCE_SNDS_STATE_H

#include "snds_judge.h"

#include "repmon/numbers_view.h"
#include "repmon/oauth_session.h"
#include "repmon/source.h"

#define SNDS_NOTE      400
#define SNDS_NO_COLUMN ((size_t)-1)
#define SNDS_REPORTS   90 /* look_back at most */
#define SNDS_RATE_TEXT 25
#define SNDS_KEY       400

enum snds_step {
    SNDS_STEP_BEGIN = 0,
    SNDS_STEP_LOGIN,
    SNDS_STEP_STATUS,
    SNDS_STEP_DATA,
    SNDS_STEP_END
};

/* One of the two reports. Zero is "not asked". */
struct snds_fetch {
    size_t column;    /* of the results; SNDS_NO_COLUMN: this account has none */
    bool ok;          /* read to its end at least once */
    bool absent;      /* 404 of the REST API */
    enum cause cause; /* CAUSE_NEVER_ASKED: no reply yet; CAUSE_NONE: nothing went wrong */
    uint64_t asked;
    time_t died;          /* the link expired in this run; 0 */
    bool revived;         /* an expired link or login works again */
    char note[SNDS_NOTE]; /* in words; "" */
};

/* What a day's report says about one target; rows are added up, and the worst colour counts. */
struct snds_seen {
    uint32_t row;
    uint32_t older; /* index + 1 of another day of this row; 0: none */
    int32_t day;
    int64_t rcpt, data, recipients, traps;
    enum snds_colour colour;
    struct snds_rate rate;
    char rate_text[SNDS_RATE_TEXT];
    char *raw; /* owned */
};

struct snds_listed {
    uint32_t first, last;
    char word[SNDS_WORD];
    char *details; /* owned */
};

struct snds_account {
    const struct conf_snds *conf; /* borrowed */
    struct snds_state *state;
    bool due;
    enum snds_step step;
    struct snds_fetch status, data;

    /* the request under way */
    struct http_request http;
    struct buf url, authorization;
    const char *headers[4];
    const char *redirect_to[6]; /* borrowed */
    struct http_patience patience;

    /* the login; zero with method links */
    struct oauth_client client;
    struct oauth_session login;
    enum snds_step after_login;
    bool login_good;

    /* data, day by day */
    int32_t today;
    int32_t days[SNDS_REPORTS];
    size_t day_count, day_at;
    struct snds_seen *seen; /* owned */
    size_t seen_count, seen_cap;
    uint32_t *newest_of;                        /* owned: index + 1 into seen, by row */
    struct snds_days account_days, *block_days; /* of this run; owned, one a cover */

    enum snds_cover *covers; /* owned: the state of each block; filled at the end */
    char expiry_note[SNDS_NOTE];

    struct snds_listed *listed; /* owned */
    size_t listed_count, listed_cap;
};

struct snds_state {
    const struct conf *conf; /* borrowed */
    struct source_env env;
    struct queue *queues;          /* owned */
    struct snds_account *accounts; /* owned */
    size_t count;
};

/* snds_fetch.c */
enum next snds_next(struct snds_account *a, int64_t now_ms, struct request *r, int64_t *wake_ms);
void snds_take_reply(struct snds_account *a, const struct reply *reply);

/* snds_login.c: the token of an account. NEXT_DONE: the step moved on. */
enum next snds_login(struct snds_account *a, int64_t now_ms, struct request *r, int64_t *wake_ms);
void snds_login_reply(struct snds_account *a, const struct reply *reply);
void snds_login_denied(struct snds_account *a); /* 401: once again with a new token, or give up */

/* snds_client.c */
bool snds_client(const struct conf *conf, size_t number, struct oauth_client *out,
                 struct error *err);
extern const struct source_accounts snds_accounts;
bool snds_show(const struct source_look *look, struct json_out *json, bool first);
void snds_examine(const struct source_look *look);
extern const struct numbers_view snds_numbers[]; /* snds_numbers.c */
const struct secret *snds_secret(const struct conf *conf, size_t number);

/* Gives up on everything still to be asked for this account. */
void snds_give_up(struct snds_account *a, enum cause cause, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void snds_fail(struct snds_fetch *f, enum cause cause, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Whether this reply is worth another try soon. */
bool snds_try_again(struct snds_account *a, struct http_patience *patience,
                    const struct reply *reply);
/* Why a reply that is not a report proves nothing. */
void snds_fail_reply(struct snds_account *a, struct snds_fetch *f, const struct reply *reply);

/* snds_cover.c: days and covers, from facts and this run. */
void snds_cover_update(struct snds_account *a);
/* How the account sees an address, by the best of its blocks; only after the update. */
enum snds_cover snds_cover_of(const struct snds_account *a, const struct ip *ip);
/* An address of another account is none of this one's business. */
bool snds_cover_is_of_another(const struct snds_account *a, const struct ip *ip);

/* snds_finish.c: verdicts, facts and numbers. */
void snds_finish(struct snds_account *a);

/* snds_expiry.c */
void snds_update_links(struct snds_account *a);
void snds_link_facts(struct snds_account *a, bool status, time_t *seen, time_t *died);
time_t snds_expires(struct snds_account *a, bool status, int64_t *soon_s);

/* Facts of the account: "snds.NAME.WHAT". Without hooks nothing is known or kept. */
const char *snds_fact(struct snds_account *a, const char *what);
time_t snds_fact_time(struct snds_account *a, const char *what);
void snds_set_fact(struct snds_account *a, const char *what, const char *value);
void snds_set_time(struct snds_account *a, const char *what, time_t value); /* 0 removes */

#endif
