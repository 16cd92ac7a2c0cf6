/* SPDX-License-Identifier: ISC */
/*
 * The only thing renderers see: inventory, list health, answers and beliefs behind one iterator.
 * check and run fill it from the results, status from the store; a renderer can't tell them apart.
 */
#ifndef REPMON_REPORT_H
#define REPMON_REPORT_H

#include "repmon/buf.h"
#include "repmon/change.h"
#include "repmon/limits.h"
#include "repmon/mail_count.h"
#include "repmon/report_past.h"
#include "repmon/shard.h"
#include "repmon/types.h"

/* One (target, list). Borrowed strings live until the next call on the same report. */
struct result {
    size_t column; /* index into report.lists */
    enum level level;
    const char *state; /* "listed", "not-listed", …; "" when nothing was ever proven */
    enum cause cause;  /* why the last attempt proved nothing; CAUSE_NONE */
    struct code codes[LIMIT_CODES];
    size_t code_count;
    const char *reason;   /* cleaned; "" */
    time_t since;         /* 0: unknown */
    time_t proven, asked; /* 0: never */
    /* The last answer, where it is another one than what is believed and not confirmed yet: its
     * words, which of how many it is, and from when on the next one counts. */
    const char *pending;  /* NULL: none */
    bool pending_finding; /* it would be a finding */
    uint32_t pending_count, pending_needed;
    time_t pending_after;
    time_t acked_until;   /* 0: not acknowledged */
    const char *ack_note; /* "" */
    const char *url;      /* page to look it up, with the address filled in; "" */
    const char *delist;   /* page to ask for removal, perhaps the same; NULL or "" */
    const char *advice;   /* "" */
    bool counts;          /* false: acknowledged or a normal cause: not in levels or exit codes */
};

struct report_list {
    const char *source;
    const char *list;
    enum severity severity;
    enum list_kind kind;
    bool dns_list; /* its answers are codes */
    enum health health;
    enum cause cause;
    const char *note;     /* what would cure it; "" */
    time_t proven, since; /* 0: never */
    bool names_culprit;   /* the note says who is at fault, and what to do */
    const char *title;    /* what people call it: "Gmail"; NULL: `list` */
    const char *heading;  /* what they call its source: "DNS lists"; NULL: the source's word */
    bool of_domains;      /* it is about sending domains, not about addresses */
    /* It can't be asked or trusted, and that is acknowledged until then; 0: not. */
    time_t acked_until;
    const char *ack_note; /* NULL: none */
};

struct report_target {
    struct ip ip;
    uint8_t prefix;
    const char *label;   /* "" */
    const char *special; /* why it has no meaning in public, or NULL (ip_special) */
    enum level level;
};

struct report_summary {
    enum level level;
    size_t targets;
    size_t by_level[LEVEL_COUNT];
};

/* Messages of one channel that wait or failed, and the end of a credential: for metrics. */
/* Messages that a receiver answered, by outcome, since counting began. */
struct report_messages {
    struct ip ip;         /* the own address; family 0: not known which */
    const char *receiver; /* borrowed: "gmail"; "others": all that are not in the table */
    uint64_t accepted, refused, throttled, other;
};
#define REPORT_MESSAGES_MAX 1000 /* in metrics */

struct report_outbox {
    const char *channel, *state; /* borrowed */
    size_t messages;
};

struct report_credential {
    const char *account, *kind; /* borrowed */
    time_t expiry;
};

struct report {
    const char *instance;
    struct shard shard; /* of the monitor that keeps the state; none in `check` */
    time_t time;
    double elapsed_s;
    enum severity blind_severity;
    size_t target_count;
    const struct report_list *lists;
    size_t list_count;
    const char *heard; /* which receivers answered lately, in a sentence; NULL: none is heard */
    bool sparse;       /* status without -v: what is plainly ok is left out */
    bool stale;        /* the saved state is too old: everything is unknown for that */
    bool ahead;        /* `stale` because the last run ended in the future */
    bool own_resolver; /* on this host: to name one there is no advice */
    bool interrupted;  /* a signal ended it: that is why something was not asked */
    const char *const *notes; /* warnings about the whole: "resolver 8.8.8.8 is public …" */
    size_t note_count;
    /* Why the whole is at that level although no address is: a name that resolves to nothing. It is
     * in the notes, too. NULL: nothing.
     */
    const char *trouble;
    enum level trouble_level;

    /* Of the last run that completed; all 0 in `check`, which is its own run. */
    time_t last_run, last_success;
    double last_run_s;
    const struct report_messages *messages;
    size_t message_count;
    const struct mail_count *mails;
    size_t mail_count;
    const struct report_outbox *outbox;
    size_t outbox_count;
    const struct report_credential *credentials;
    size_t credential_count;

    const struct report_past *past; /* NULL: not asked for */

    /* Fill *out for target i (level not yet computed), and for (target i, list j); result() returns
     * false when this pair is no part of the report. What is plainly ok is given in a sparse report
     * too: levels need it, and the renderers leave it out. */
    void (*target)(const struct report *, size_t i, struct report_target *out);
    bool (*result)(const struct report *, size_t i, size_t j, struct result *out);
    /* A number that is equal for results of one list that are equal in everything but the address
     * and have no reason, and 0 when there is none: lets a renderer reuse what it wrote. Results
     * with a url are rendered one by one all the same; keep it "" for what is not listed. */
    uint32_t (*result_class)(const struct report *, size_t i, size_t j);
    /* The same for a whole target: a small number (an index), equal for targets that have the same
     * `special` and whose results all have the same class; 0: compare them one by one. NULL: none
     * is known. */
    uint32_t (*target_class)(const struct report *, size_t i);
    /* Appends a finding of list j in plain words, with its end ("Gmail is refusing mail from
     * 203.0.113.5."); nothing where the source has no such sentence. NULL: none has. */
    void (*sentence)(const struct report *, size_t j, const char *state, const char *who,
                     struct buf *out);
    void *ctx;
};

/*
 * Level of a target: the worst of its results in the order critical, warning, unknown, info, ok;
 * an unknown one counts only if its list is of blind_severity or above and its cause is not a
 * normal one; a target for which nothing at all was proven is unknown (repmon-alerts(7), LEVELS).
 */
enum level report_target_level(const struct report *r, size_t i);

/* Over all targets; no targets gives LEVEL_UNKNOWN. */
struct report_summary report_summarize(const struct report *r);
void report_summary_add(struct report_summary *summary, enum level level);
void report_summary_end(struct report_summary *summary, const struct report *r);

/* What one result contributes to its target. Zero: nothing. */
struct share {
    bool proven;      /* something was proven, whether it counts or not */
    bool counts;      /* level takes part */
    enum level level; /* of the result */
    time_t newest;    /* when it was proven */
};
struct share report_share(const struct report *r, const struct result *result);

/* Adds up shares; zero is the start. */
struct tally {
    bool proven, any;
    enum level worst;
    time_t newest; /* the last proof of any of them; 0: none */
};
void tally_add(struct tally *tally, struct share share);
enum level tally_level(const struct tally *tally);

/* "203.0.113.5" or "2001:db8:1:2::/64". */
void report_target_format(const struct report_target *target, char out[static CIDR_TEXT_MAX]);

/*
 * A list's name for people: "gmail"; "dmarc (domain)" where another source has a list of that name.
 */
void report_list_name(const struct report *r, const struct report_list *list, struct buf *out);

/* A receiver that is heard in the log: that it takes mail proves nothing of any list. */
bool report_list_is_receiver(const struct report_list *list);

/* What `count` of its targets are, as ip_noun(). */
const char *report_noun(const struct report *r, size_t count);

/* Above ok and proven: what people call a listing, or its like in another source. */
bool result_is_finding(const struct result *result);

/* 0 ok or info, 1 warning, 2 critical, 3 unknown. */
int report_exit_code(enum level level);

#endif
