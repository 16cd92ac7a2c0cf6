/* SPDX-License-Identifier: ISC */
/*
 * A source: something that knows about addresses. It is asked for its next request whenever there
 * is room, gets exactly one reply for each, and writes what it learned into its results columns.
 * It never waits, never opens a socket, never prints (but for accounts.show).
 *
 * To add a source: a folder in src/source with one `const struct source`, declared in sources.h, a
 * row in cmd/registry.c; src/meson.build; its word in the help of `check --only` (cmd/check.c),
 * with accounts in those of cmd/login.c and cmd/accounts.c. Its section: the struct in conf.h; in
 * src/conf a file conf_WORD.c with its keys, checks and freeing, named in conf_sections.c. Advice
 * that is its own goes into src/data/advice.json. Then config.example and the two manuals. No
 * other room knows a source by name: everything in which sources differ is in this struct,
 * including accounts, doctor and completion. tests/unit/test_made_up_sources.c has three that no
 * other file knows.
 */
#ifndef REPMON_SOURCE_H
#define REPMON_SOURCE_H

#include "repmon/advice.h"
#include "repmon/buf.h"
#include "repmon/conf.h"
#include "repmon/dns.h"
#include "repmon/error.h"
#include "repmon/http.h"
#include "repmon/inventory.h"
#include "repmon/oauth_client.h"
#include "repmon/results.h"
#include "repmon/subprocess.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct report_messages; /* report.h */
struct mail_count;      /* mail_count.h */
struct source_look;     /* source_look.h */
struct json_out;        /* json_out.h */
struct numbers_view;    /* numbers_view.h */

/* All borrowed. */
typedef void source_doubt_fn(void *ctx, const char *source, const char *list, const char *text,
                             const char *cure);

enum request_kind { REQUEST_DNS = 0, REQUEST_HTTP, REQUEST_PROGRAM };

/*
 * Filled by source->next(). What `http` or `program` points to stays the source's until its reply.
 */
struct request {
    enum request_kind kind;
    uint32_t queue; /* the source's number of the queue; filled by the probe */
    uint64_t tag;   /* the source's own */
    char name[LIMIT_DNS_NAME +
              1];  /* DNS: absolute, without the root dot. May hold a key: never log */
    uint16_t type; /* DNS: DNS_A, DNS_TXT, … */
    uint8_t tries; /* DNS: sends in all; 0: the configured number */
    /* DNS: these name servers are asked instead of the resolver; borrowed from the source. What
     * they leave unanswered says nothing about the queue. */
    const struct conf_resolver *servers;
    size_t server_count;
    const struct http_request *http;          /* borrowed from the source */
    const struct subprocess_request *program; /* borrowed from the source */
};

/* Everything is borrowed until reply() returns. */
struct reply {
    enum reply_how how;
    const struct dns_answer *dns;            /* REPLY_ANSWERED of a DNS request */
    const struct http_response *http;        /* REPLY_ANSWERED of an HTTP request */
    const struct subprocess_result *program; /* REPLY_ANSWERED of a program */
    uint8_t via;                             /* number of the resolver that answered */
    unsigned sent;                           /* datagrams sent for this request, retries included */
};

/* A stream of requests with its own pace: a DNS list, an SNDS account, Talos, reverse DNS. */
struct queue {
    const char *name;       /* borrowed; for messages */
    double rate;            /* requests a second; 0: no limit */
    unsigned cap;           /* in flight; 0: no limit */
    uint64_t budget;        /* requests left today; UINT64_MAX: no limit */
    enum severity severity; /* what matters more goes first when there is no room for all */
    bool news; /* set by the source: a reply of another queue gave it something to ask; whoever asks
                  takes it back */
    bool leave; /* set by the source: nothing that came through this resolver counts, and another
                   may know better; taken back, too */
};

enum next {
    NEXT_REQUEST = 0, /* *request is filled */
    NEXT_WAIT,        /* nothing now: ask again after a reply of this queue, at *wake, or on news */
    NEXT_DONE         /* nothing more unless a reply changes that; with *wake set: ask again then if
                         the run still goes on, but don't keep it going for that */
};

/* The numbers of one address and report day. Negative: not reported. Strings borrowed. */
struct source_number {
    struct ip ip;
    int32_t day; /* the operator's own date as YYYYMMDD, never converted */
    int64_t recipients, data, messages, traps;
    double complaint;           /* upper bound of the band in percent */
    const char *complaint_text; /* as reported: "< 0.1%" */
    const char *colour;         /* "green", "yellow", "red"; "" */
    const char *raw;            /* the row, cleaned */
};

/* What is known from earlier runs of one address and report day. */
struct source_known {
    int32_t day;
    char colour[8];
    double complaint; /* percent; negative: not reported */
};

/* What a source may use; all borrowed for the life of the source. A missing hook (NULL) means: all
 * is news, start at row 0, all is due, no TTL is known. */
struct source_env {
    const struct conf *conf;
    const struct inventory *inventory;
    struct results *results;
    size_t first_column; /* its columns are [first_column, first_column + columns) */
    size_t columns;
    bool check;      /* `repmon check`: reasons for every finding, no state */
    bool tests_only; /* lists prove themselves, though nothing is due */
    time_t now;      /* wall clock at the start of the run */

    /*
     * True when these answers differ from what is believed (always in `check`): the source then
     * spends a follow-up on it.
     */
    bool (*is_news)(void *ctx, size_t row, size_t column, const char *answers);
    /* First row to ask of a column: the cell asked longest ago, so that nothing starves. */
    size_t (*start_row)(void *ctx, size_t column);
    /* Whether this cell is to be asked in this run. */
    bool (*is_due)(void *ctx, size_t row, size_t column);
    /* Whether this cell was ever proven, as the state remembers it; NULL: nothing is remembered. */
    bool (*is_known)(void *ctx, size_t row, size_t column);
    /* Whether a finding of this cell is believed, lapsed or waiting to be confirmed: only then has
     * a source that hears something to end. NULL: it may be. */
    bool (*is_believed)(void *ctx, size_t row, size_t column);
    /* Requests of a column that earlier runs of this UTC day made; NULL: none. */
    uint64_t (*used_today)(void *ctx, size_t column);
    /* Takes the TTL that a list's positive point (family 4 or 6) has now, and gives the highest of
     * the last two days, this one included. */
    uint32_t (*note_ttl)(void *ctx, size_t column, unsigned family, uint32_t ttl);
    /*
     * Small facts kept over runs, by key; never a secret. What is set is durable with the run, and
     * read back at once. `value` NULL removes. The text got is borrowed until the next call; NULL:
     * none. A missing hook: nothing is remembered.
     */
    const char *(*fact_get)(void *ctx, const char *key);
    void (*fact_set)(void *ctx, const char *key, const char *value);
    /* Keeps the numbers of a row, replacing those of the same address and day. */
    void (*number_add)(void *ctx, size_t column, const struct source_number *number);
    /* What earlier runs kept of an address, newest day first; returns how many of `max`. */
    size_t (*numbers_known)(void *ctx, size_t column, const struct ip *ip, struct source_known *out,
                            size_t max);
    void *ctx;
};

/* One answer as people and the judge read it, with today's configuration. */
struct verdict {
    enum level level; /* unknown when cause is set */
    enum cause cause; /* CAUSE_NONE, or why these answers prove nothing */
    char state[48];   /* "listed", "not-listed", "score 87", "blocked", …; "" when cause is set */
    struct code codes[LIMIT_CODES];
    size_t code_count;
    size_t crossed;     /* the last so many codes are findings of others because of this one */
    bool says_nothing;  /* of the target, which has no data: something is over, or of no weight */
    int trust;          /* of an allow list: higher is better, 0 for not on it */
    const char *advice; /* borrowed from catalogue or configuration; "" */
};

/* DNS lists that a person named; none: as configured. */
struct source_zones {
    const char *const *names; /* borrowed */
    size_t count;
};

/* What a hearer may use; all borrowed. */
struct loop;
struct hear_env {
    struct loop *loop; /* children of it are waited for there; NULL: none are started */
    const struct inventory *inventory;
    bool all_targets; /* the inventory is all that the configuration names */
    bool in_doubt;    /* the clock looks wrong: clock_check.h */
    time_t now;
    int64_t deadline_ms; /* on clock_mono_ms(): what is left is left to the next run */
    /* Shown on a terminal: what is read, and the bytes that are ahead; or NULL. */
    void (*progress)(void *ctx, const char *what, uint64_t ahead);
    void *ctx;
    /* How many messages of this own address a receiver accepted in the last 7 days, by what the
     * sources before this one heard; false: not known. Given by session_hear(). */
    bool (*accepted)(void *accepted_ctx, const char *receiver, const struct ip *own,
                     uint64_t *messages);
    void *accepted_ctx;
};

/* The fact of a sending domain's selectors in use, separated by blanks: those that reports showed
 * passing in the last 7 days. Its name follows. */
#define SOURCE_SELECTORS_FACT "selectors."

/* Questions of a column, for people. */
#define ESTIMATE_NO_LIMIT UINT64_MAX
struct estimate {
    uint64_t targets; /* that it can say something about */
    uint64_t each;    /* questions for one of them; with `whole`: requests in all */
    bool whole;       /* one request tells of all targets */
    uint64_t tests;   /* questions of its self-test, in every run */
    uint64_t limit;   /* questions a day that are allowed */
    uint64_t daily;   /* those that the operator allows, whatever `limit` is; 0: not known */
};

/* What the self-test of a DNS list has to know of it. Borrowed from the setup. */
struct source_test {
    unsigned families;   /* bits of FAMILY_4, FAMILY_6 that it is asked about; or FAMILY_NAME */
    bool no_key;         /* chosen, but its key is missing: it is not asked */
    bool may_refuse;     /* nobody chose it by name: refusal and silence are no failure */
    const char *why_off; /* NULL: it is not, or nothing more is known */
    const char *cure;    /* what to do when it refuses; "" */
};

/* What was published of a source's lists, and comes with the program or from a file. */
struct source_catalogue {
    const char *file;  /* borrowed; NULL: built in */
    const char *as_of; /* borrowed: "2026-10" */
    size_t lists;
};

/* The note of a column about which a resolver denies things and proves none of it (RFC 2308). */
#define SOURCE_NO_SOA                                                                              \
    "the resolver leaves the SOA out of its negative answers: nothing can be proven missing "      \
    "through it; check [dns] resolver"

/* The accounts of a source that has any: sections [WORD "NAME"], in the configuration's order. */
struct source_accounts {
    size_t (*count)(const struct conf *conf);
    const char *(*name)(const struct conf *conf, size_t number); /* borrowed */
    /* Who logs in; false, with the reason, where no login is needed. NULL: never. */
    bool (*client)(const struct conf *conf, size_t number, struct oauth_client *out,
                   struct error *err);
    const char *person;  /* "the Microsoft account that has SNDS" */
    const char *success; /* a sentence after "repmon renews this by itself from now on;" */
    const char *beware;  /* what may end such a login early; "" */
    const char *absent;  /* doctor says so where there is none; NULL: nothing */
    /* `repmon accounts`: prints all of them to stdout, below an empty line unless `first`; or, with
     * `json`, an object for each. True: something of them has expired. */
    bool (*show)(const struct source_look *look, struct json_out *json, bool first);
    /* `repmon intake`: whether this one takes a mail, false with the reason; and takes that on
     * `fd`, durable on return. Both NULL: none does. */
    bool (*takes_mail)(const struct conf *conf, size_t number, struct error *err);
    bool (*take_mail)(const struct conf *conf, size_t number, int fd, struct error *err);
};

typedef void source_name_fn(void *ctx, const char *name);

/* Of several monitors that share the targets (shard.h), which one this source works on. */
enum source_reach {
    REACH_SHARD = 0, /* each asks about its own targets */
    REACH_ALL,       /* each hears something of its own, of whatever target: a mail log */
    REACH_FIRST      /* the first alone, about all targets: what is there once */
};

struct source {
    const char *word;    /* "dnsbl": in --only, in the state, in messages */
    const char *heading; /* what people call it, above its lists: "DNS lists"; NULL: its word */
    enum source_reach reach;
    bool only_runs;   /* it is of days ago, and `check` asks now: that leaves it alone */
    bool dns_list;    /* answers are codes, and its lists have self-tests */
    bool counts_days; /* the run keeps what was asked on this UTC day: used_today() */
    bool wants_known; /* is_known() is used */
    const struct source_accounts *accounts; /* NULL: it has none */
    const char *receiver; /* whose own word it is: "Gmail"; NULL: no receiver's, or many */
    bool of_domains;      /* all it says is about sending domains */
    bool by_targets;      /* hear() finds out from the targets whether it is on; no key does */
    /* What open() and the pure functions below get as `setup`; NULL: the configuration itself. On
     * failure NULL with an error. `zones` names DNS lists to ask; none: as configured. */
    void *(*setup_new)(const struct conf *conf, const struct source_zones *zones,
                       struct error *err);
    void (*setup_free)(void *setup);
    /*
     * Hearers, all three NULL with askers. recall() gives back what remember() wrote in the last
     * run ("" before the first); hear() reads what was written since, before anything is asked; its
     * lists are known afterwards only. What is remembered is committed with the beliefs that it led
     * to, so that a kill neither loses nor repeats anything; a line "part NAME" begins a part, and
     * parts that did not change are not written again. hear() is false for troubles of this
     * program or its configuration only: what can't be heard is a cause in its columns.
     */
    void (*recall)(void *setup, const char *text);
    bool (*hear)(void *setup, const struct hear_env *env, struct error *err);
    void (*remember)(const void *setup, time_t now, struct buf *out);
    /* What was heard is durable: inputs of our own may be emptied now. NULL: there are none. */
    void (*committed)(void *setup);
    /* hear_env.accepted() of this source; NULL: it knows of none. */
    bool (*accepted)(const void *setup, const char *receiver, const struct ip *own, time_t now,
                     uint64_t *messages);
    /* The secrets that the configuration names for it, from 0; NULL: no more. A missing hook: it
     * needs none. */
    const struct secret *(*secret)(const struct conf *conf, size_t number);
    /* Its lists that have numbers by day (number_add), as `history` shows them; the last one has no
     * list. NULL: none. */
    const struct numbers_view *numbers;
    /* Names that `ack` and `history` take for its lists, for completion, where they are not all in
     * describe() of the configuration. NULL: they are, or the word does. */
    void (*list_names)(const struct conf *conf, source_name_fn *take, void *ctx);
    /* What doctor says of it, configured or not; of one with accounts only where there are any.
     * NULL: nothing. */
    void (*examine)(const struct source_look *look);
    /* What doctor should say of what is remembered, a sentence each and what cures it; after
     * recall(). NULL: nothing. */
    void (*doubts)(const void *setup, time_t now, source_doubt_fn *say, void *ctx);
    /* Sentences about the setup that a person should know; NULL: there are none. */
    const char *const *(*setup_notes)(const void *setup, size_t *count);
    /* How many columns this setup (the source's own struct) gives; 0: the source is off. */
    size_t (*columns)(const void *setup);
    /* Pure: source, list, severity and kind of a column (counted from the source's first). */
    void (*describe)(const void *setup, size_t column, struct column *out);
    /* Pure: what these answers of a column mean; "" is the plain good state of a source that has
     * one (clean). */
    void (*explain)(const void *setup, size_t column, const char *answers, struct verdict *out);
    /* Appends the page where a person looks this address up or gets it delisted; or nothing. */
    void (*url)(const void *setup, size_t column, const struct ip *ip, bool finding,
                struct buf *out);
    /* The word of the plain good state ("normal"), believed without a row; NULL: "" is. */
    const char *(*clean_word)(const void *setup, size_t column);
    /* Appends a state as news: "BLOCKED AT OUTLOOK"; false: the kind of change says it. NULL:
     * never.
     */
    bool (*headline)(const void *setup, size_t column, const char *state, struct buf *out);
    /* The same of a change from one answer set to another, where each word of a set is a finding of
     * its own: what is new, else what is over. NULL or false: headline() of the state. */
    bool (*change_headline)(const void *setup, size_t column, const char *from, const char *to,
                            struct buf *out);
    /* Appends the news in plain words, about an address or "3 addresses"; NULL: never. What has
     * such a sentence names its list in the headline. */
    void (*sentence)(const void *setup, size_t column, const char *state, const char *who,
                     struct buf *out);
    /* The DNS list because of which these answers were given, by its zone; NULL: none. A missing
     * hook: never. */
    const char *(*reason)(const void *setup, size_t column, const char *answers);
    /* Whether what these answers say may come from a sending domain, its records or its listing. A
     * missing hook: never. */
    bool (*about_senders)(const void *setup, size_t column, const char *answers);
    /* Of a DNS list: whether what is on that zone is on this one, too. NULL: no. */
    bool (*covers)(const void *setup, size_t column, const char *zone);
    /* Name and severity of a finding in `state` of its list `list`, as a code of the DNS list that
     * it is because of: "refused by Gmail". False: it is not this source's. NULL: never. */
    bool (*as_code)(const void *setup, const char *state, const char *list, struct code *out);
    /* Appends, in a sentence, which receivers answered lately and which of the large ones did not;
     * NULL: it hears none. */
    void (*heard)(const void *setup, time_t now, struct buf *out);
    /* What was counted of the messages that receivers answered; at most `max` rows, how many is
     * returned; NULL: nothing is. */
    size_t (*messages)(const void *setup, struct report_messages *out, size_t max);
    /* The same of mails that came as reports. */
    size_t (*mails)(const void *setup, struct mail_count *out, size_t max);
    /* What the source knows of a column that advice depends on; NULL: nothing. */
    void (*advise)(const void *setup, size_t column, struct advice_query *query);
    /* What watching these targets costs; zeroed. NULL: one question for each target. */
    void (*estimate)(const void *setup, size_t column, const struct inventory *inventory,
                     struct estimate *out);
    /* Of DNS lists; not NULL with dns_list where self-tests are made. */
    struct source_test (*test)(const void *setup, size_t column);
    /* The catalogue of its lists. NULL: it has none. */
    struct source_catalogue (*catalogue)(const struct conf *conf, const void *setup);
    /* Names of DNS lists for completion: of those that a run asks, or of all that are `known`.
     * NULL: none. */
    void (*zones)(const struct conf *conf, bool known, source_name_fn *take, void *ctx);
    /* How long a belief holds without proof, and the least time between two questions of a cell. */
    int64_t (*valid_for_ms)(const void *setup, size_t column);
    int64_t (*every_ms)(const void *setup, size_t column);
    /* Heap state of one run; its columns are described already. NULL: see err. */
    void *(*open)(const void *setup, const struct source_env *env, struct error *err);
    struct queue *(*queues)(void *state, size_t *count); /* owned by the source */
    enum next (*next)(void *state, size_t queue, int64_t now_ms, struct request *request,
                      int64_t *wake_ms);
    void (*reply)(void *state, const struct request *request, const struct reply *reply);
    /* The resolver changed: what was proven through the last one stays, the rest is tested again.
     * NULL: each answer proves itself. */
    void (*resolver_changed)(void *state, uint8_t via);
    /* A queue was cut off by its breaker, its cells left become `not-asked`; or it is asked again.
     * NULL: the source need not know. */
    void (*queue_asleep)(void *state, size_t queue, bool asleep);
    /* When the credential of a column expires and how long before that to say so; 0: not known. A
     * time to come that is never said before it: it was renewed, and its end is not known. NULL:
     * never. */
    time_t (*expires)(void *state, size_t column, int64_t *soon_s);
    /* All queues are done or the deadline came: write health and causes into the columns. */
    void (*finish)(void *state);
    void (*close)(void *state);
};

/* The sources of this program: an array that cmd/ hands in, and a test another one. */
struct source_set {
    const struct source *const *items; /* borrowed */
    size_t count;                      /* at most SOURCES_MAX */
};
#define SOURCES_MAX 16

/* The source of that word, or NULL. */
const struct source *source_find(const struct source_set *set, const char *word);

/* The source of the DNS lists (dns_list), or NULL. */
const struct source *source_of_lists(const struct source_set *set);

/* "dnsbl, snds, talos or ptr": those that `check` can ask, for help and errors. */
void source_words(const struct source_set *set, struct buf *out);

#endif
