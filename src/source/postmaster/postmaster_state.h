/* SPDX-License-Identifier: ISC */
/*
 * The state of a run, shared by postmaster*.c only: one queue per account, two questions per
 * domain (its compliance, its numbers). The replies are kept here and judged at the end of the
 * run.
 */
#ifndef POSTMASTER_STATE_H
#define POSTMASTER_STATE_H

#include "postmaster_days.h"
#include "postmaster_read.h"
#include "postmaster_words.h"

#include "repmon/numbers_view.h"
#include "repmon/oauth_session.h"
#include "repmon/source.h"

#define POSTMASTER_NOTE 512
#define POSTMASTER_DAYS 64 /* of a query: look_back and a margin */

/* An account as it is configured, with its client read. */
struct postmaster_setup {
    const struct conf *conf;      /* borrowed */
    struct oauth_client *clients; /* owned, one per account; zero where its file can't be read */
};

/* How a question fared. Zero is "not asked". */
struct postmaster_fetch {
    bool ok;
    enum cause cause; /* CAUSE_NEVER_ASKED: no reply yet; CAUSE_NONE: read to its end */
    char note[POSTMASTER_NOTE];
};

/* A domain of an account that is a target of this run. */
struct postmaster_job {
    size_t row;
    const char *domain; /* borrowed */
    bool due;
    struct postmaster_fetch compliance, stats;
    struct postmaster_compliance found;
    struct postmaster_day days[POSTMASTER_DAYS]; /* as the query said, in its order */
    size_t day_count;
    struct postmaster_days judged; /* with those of earlier runs */
};

enum postmaster_step {
    POSTMASTER_BEGIN = 0,
    POSTMASTER_LOGIN,
    POSTMASTER_COMPLIANCE,
    POSTMASTER_STATS,
    POSTMASTER_END
};

struct postmaster_account {
    const struct conf_postmaster *conf; /* borrowed */
    struct postmaster_state *state;     /* borrowed */
    size_t first;                       /* its columns, in the order of enum postmaster_list */
    struct postmaster_job *jobs;        /* owned */
    size_t job_count, at;
    bool due;
    uint64_t asked;
    enum postmaster_step step, after_login;
    struct oauth_session login;
    bool revived; /* a login that had ended works again */

    /* the request under way */
    struct http_request http;
    struct http_patience patience;
    struct buf url, authorization, body, page;
    unsigned pages;
    const char *headers[4];
    char notes[POSTMASTER_LISTS][POSTMASTER_NOTE]; /* of the columns */
    char expiry_note[POSTMASTER_NOTE];
};

struct postmaster_state {
    const struct postmaster_setup *setup; /* borrowed */
    struct source_env env;
    struct queue *queues;                /* owned */
    struct postmaster_account *accounts; /* owned */
    size_t count;
};

/* postmaster_client.c */
void *postmaster_setup_new(const struct conf *conf, const struct source_zones *zones,
                           struct error *err);
void postmaster_setup_free(void *setup);
/* False: the file holds no client. An unreadable file gives one without id and key. To be freed in
 * any case. */
bool postmaster_client_of(const struct conf *conf, const struct conf_postmaster *p,
                          struct oauth_client *out, struct error *err);
extern const struct source_accounts postmaster_accounts;
bool postmaster_show(const struct source_look *look, struct json_out *json, bool first);
void postmaster_examine(const struct source_look *look);
extern const struct numbers_view postmaster_numbers[]; /* postmaster_numbers.c */
const struct secret *postmaster_secret(const struct conf *conf, size_t number);
void postmaster_list_names(const struct conf *conf, source_name_fn *take, void *ctx);

/* postmaster_fetch.c */
enum next postmaster_next(struct postmaster_account *a, int64_t now_ms, struct request *r,
                          int64_t *wake_ms);
void postmaster_take_reply(struct postmaster_account *a, const struct reply *reply);

/* postmaster_trouble.c: what a reply without an answer means. True: for the whole account. */
bool postmaster_trouble(const struct postmaster_account *a, const char *domain,
                        const struct reply *reply, struct postmaster_fetch *f);
/* Why there is no access token, with what may be the cause of it. */
void postmaster_login_note(const struct postmaster_account *a, char *out, size_t size);

/* postmaster_finish.c: cells, numbers and facts */
void postmaster_finish(struct postmaster_account *a);

/* postmaster_facts.c: "postmaster.NAME.WHAT"; without hooks nothing is known, nothing kept. */
const char *postmaster_fact(const struct postmaster_account *a, const char *what);
time_t postmaster_fact_time(const struct postmaster_account *a, const char *what);
void postmaster_set_fact(const struct postmaster_account *a, const char *what, const char *value);
void postmaster_set_time(const struct postmaster_account *a, const char *what, time_t value);
/* When the login ends or has ended, and how long before that to say so; 0: not known. */
time_t postmaster_expires(struct postmaster_account *a, int64_t *soon_s);

#endif
