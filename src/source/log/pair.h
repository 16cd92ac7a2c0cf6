/* SPDX-License-Identifier: ISC */
/*
 * What one receiver answered to one own address: messages by hour and outcome, and the rules that
 * turn them into a state (repmon.conf(5), [log]). Pure, and independent of the order of reading:
 * only the times of the lines count, so that late and mixed-up lines change nothing.
 *
 * A message counts once, by its last outcome. The times of acceptance, refusal and deferral are
 * noted for every attempt, so that they are the same in whatever order attempts are read.
 *
 * Times are seconds since 1970.
 */
#ifndef SOURCE_LOG_PAIR_H
#define SOURCE_LOG_PAIR_H

#include "repmon/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The outcome of a message. Of several in one second, the last in this order counts: a message that
 * was taken is no refusal of the address, whatever was answered to another recipient.
 */
enum pair_outcome {
    PAIR_OTHER = 0, /* refused or deferred for a reason other than the address */
    PAIR_CONTENT,   /* refused for the message or its sender's domain */
    PAIR_TENANT,    /* the own account is blocked at its hoster */
    PAIR_THROTTLED, /* throttle */
    PAIR_RANGE,     /* refused as part of a network that the reply names: never above warning */
    PAIR_REFUSED,   /* ip-list, network, rdns */
    PAIR_DECISIVE,  /* the same, and one is enough: it names the list that the address is on */
    PAIR_TAKEN,     /* delivered: 2xx after DATA */
    PAIR_OUTCOMES
};

/* Zero: nothing was heard. */
enum pair_state {
    PAIR_NO_DATA = 0,
    PAIR_ACCEPTED,
    PAIR_IS_THROTTLED,
    PAIR_PARTLY_REFUSED,
    PAIR_IS_REFUSED,
    PAIR_STATES
};

#define PAIR_HOURS   50 /* two days and the hours at their ends */
#define PAIR_DAYS    9  /* today, the seven that it is compared with, one for time zones */
#define PAIR_RELAYS  8
#define PAIR_SAMPLE  300 /* bytes; repmon.conf(5), [log] */
#define HOUR_S       3600
#define DAY_S        86400
#define PAIR_LAPSE_S (7 * DAY_S)

/* One hour of a pair; sorted by hour. */
struct pair_hour {
    int64_t hour; /* time / 3600 */
    uint32_t messages[PAIR_OUTCOMES];
    uint64_t taken_minutes;          /* a bit for each minute in which something was taken */
    int64_t first_taken, last_taken; /* to the second; 0: nothing was */
    int64_t first_put_off;           /* throttled; 0 */
    uint32_t unread;                 /* replies, not messages, that no row explains */
};

/* One day (UTC) of a pair; sorted by day. */
struct pair_day {
    int64_t day; /* time / 86400 */
    uint32_t messages[PAIR_OUTCOMES];
};

/* A receiver's server, by a hash of its name, and when it last took, and refused, something. */
struct pair_relay {
    uint32_t relay;
    int64_t taken, refused; /* 0: never */
};

/* What is shown of an episode: the most telling answer, and of equals the first. */
struct pair_evidence {
    int64_t time;              /* 0: there is none */
    enum pair_outcome outcome; /* PAIR_DECISIVE tells more than PAIR_REFUSED than PAIR_THROTTLED */
    bool assumed;              /* the own address is not named, but is the only one */
    char log[64];              /* the section that heard it */
    char code[40];             /* "421-4.7.28", "S3140": as it can be searched for in the log */
    char row[64];              /* of the table of refusals */
    char list[80];             /* the DNS list that the reply names; "" */
    char url[256];             /* where to go; "" */
    char sample[PAIR_SAMPLE + 1]; /* masked: see heard_sample() */
};

struct pair {
    uint32_t number;   /* in the memory that holds it */
    struct ip own;     /* family 0: not known which */
    char *receiver;    /* owned: "gmail", or the domain of its MX */
    bool in_table;     /* if not, it never goes above warning */
    bool told;         /* its state is news in this run */
    bool was_told;     /* it was a finding after the last run */
    bool many_tenants; /* another tenant's rules may explain a delivery: see pair_is_over() */
    enum pair_state state;
    int64_t since;                           /* of the state */
    int64_t first_refused, last_refused;     /* of this episode; 0 */
    int64_t first_throttled, last_throttled; /* the same */
    int64_t last_decisive;
    int64_t last_taken;   /* 0: never */
    char code[40];        /* told with the state, and kept as long as the state is */
    int64_t judged_taken; /* last_taken at the last judgement: older refusals are too late */
    uint64_t totals[PAIR_OUTCOMES]; /* messages that ever got this outcome: a counter only grows */
    struct pair_hour *hours;        /* owned: at most PAIR_HOURS */
    size_t hour_count;
    struct pair_day days[PAIR_DAYS];
    size_t day_count;
    struct pair_relay relays[PAIR_RELAYS];
    size_t relay_count;
    struct pair_evidence *evidence; /* owned; NULL: none */
};

void pair_fini(struct pair *p);

/* An attempt, or a message as of its last attempt. */
struct pair_message {
    int64_t time;
    enum pair_outcome outcome;
    uint32_t relay;
};

/* Notes when an attempt was taken or refused, without counting the message. */
void pair_note(struct pair *p, const struct pair_message *m);
/* A reply that no row of the table explains. */
void pair_note_unread(struct pair *p, int64_t time);
/* Unexplained replies of the 24 hours before `now`. */
uint32_t pair_unread(const struct pair *p, int64_t now);
/* Counts a message, or takes it back when it got a later outcome. */
void pair_count(struct pair *p, int64_t time, enum pair_outcome outcome, bool add);
/*
 * Appends a row when the memory is read back, in ascending order. False: out of order or too many.
 */
bool pair_put_hour(struct pair *p, const struct pair_hour *hour);

/* Whether such an answer tells more than what is kept: asked before its sample is made. */
bool pair_wants_evidence(const struct pair *p, enum pair_outcome outcome, int64_t time);
/* Keeps what tells more; takes a copy. */
void pair_keep_evidence(struct pair *p, const struct pair_evidence *e);

/* The first hour of "the last 24 hours": a whole hour, because counts are by the hour, and a daily
 * run must miss nothing. */
int64_t pair_day_begin(int64_t now);
/* Messages of the 24 hours before `now`, by outcome. */
void pair_last_day(const struct pair *p, int64_t now, uint32_t messages[static PAIR_OUTCOMES]);
/* Refusals, including those of a network. */
uint32_t pair_refused_of(const uint32_t messages[static PAIR_OUTCOMES]);
uint32_t pair_all_of(const uint32_t messages[static PAIR_OUTCOMES]);

/* When answers are news; repmon.conf(5), [log]. Shares in percent. */
struct pair_rules {
    int64_t confirm_gap_s;
    uint32_t refused_min, refused_share, throttled_min, throttled_share;
    bool ends_nothing; /* lines are missing, and those may be refusals */
};

/* Whether deliveries after the last refusal prove that it is over. */
bool pair_is_over(const struct pair *p, int64_t now, int64_t confirm_gap_s);

/* Moves `state` and `since` by the rules. */
void pair_judge(struct pair *p, int64_t now, const struct pair_rules *rules);

/* When the state was last proven: by its last refusal, deferral or delivery; 0: never. */
int64_t pair_proven(const struct pair *p);

/* The last time anything was heard; 0: never. */
int64_t pair_last_heard(const struct pair *p);

bool pair_is_refusing(const struct pair *p);

const char *pair_state_word(enum pair_state state); /* "refused", … */

#endif
