/* SPDX-License-Identifier: ISC */
/*
 * What one receiver answered to one own address: messages by hour and outcome, and the rules that
 * make a state of them (contract section 9). Pure, and independent of the order of reading: only
 * the times of the lines count, so that late and mixed-up lines change nothing.
 *
 * Times are seconds since 1970.
 */
#ifndef SOURCE_LOG_PAIR_H
#define SOURCE_LOG_PAIR_H

#include "repmon/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The outcome of a message, as far as the rules care. */
enum pair_outcome {
    PAIR_OTHER = 0, /* refused or put off for something that is not the address */
    PAIR_TAKEN,     /* delivered: 2xx after DATA */
    PAIR_REFUSED,   /* ip-list, network, rdns */
    PAIR_THROTTLED, /* throttle */
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
#define PAIR_RELAYS  8
#define PAIR_SAMPLE  300 /* contract section 9 */
#define HOUR_S       3600
#define DAY_S        86400
#define PAIR_LAPSE_S (7 * DAY_S)

/* One hour of a pair; sorted by hour. */
struct pair_hour {
    int64_t hour; /* time / 3600 */
    uint32_t messages[PAIR_OUTCOMES];
    int64_t first_taken, last_taken; /* deliveries within it; 0: none */
};

/* A receiver's server, by a hash of its name, and when it last took, and refused, something. */
struct pair_relay {
    uint32_t relay;
    int64_t taken, refused; /* 0: never */
};

/* What is shown of the refusal that tells most: a decisive one, else the first of its episode. */
struct pair_evidence {
    int64_t time;
    bool decisive;
    bool assumed;                 /* the own address is the only one there is, not named */
    char code[40];                /* "S3140"; else the status */
    char row[64];                 /* of the table of refusals */
    char url[256];                /* where to go; "" */
    char sample[PAIR_SAMPLE + 1]; /* masked: see mask.h */
};

struct pair {
    uint32_t number;   /* in the memory that holds it */
    struct ip own;     /* family 0: not known which */
    char *receiver;    /* owned: "gmail", or the domain of its MX */
    bool in_table;     /* else it never goes above warning */
    bool told;         /* its state is news; of this run */
    bool many_tenants; /* a delivery may be another tenant's rule: see pair_is_over() */
    enum pair_state state;
    int64_t since;                           /* of the state */
    int64_t first_refused, last_refused;     /* of this episode; 0 */
    int64_t first_throttled, last_throttled; /* the same */
    int64_t last_decisive;
    struct pair_hour hours[PAIR_HOURS];
    size_t hour_count;
    struct pair_relay relays[PAIR_RELAYS];
    size_t relay_count;
    struct pair_evidence evidence;
};

/* One message, by its last outcome. Times older than the hours that are kept are left out. */
struct pair_message {
    int64_t time;
    enum pair_outcome outcome;
    uint32_t relay;
    bool decisive;
};
void pair_add(struct pair *p, const struct pair_message *m);

/* The message got a later outcome: the earlier one no longer counts. */
void pair_take_back(struct pair *p, int64_t time, enum pair_outcome outcome);

/* Messages of the 24 hours before `now`, by outcome. */
void pair_day(const struct pair *p, int64_t now, uint32_t messages[static PAIR_OUTCOMES]);

/* When answers are news; contract section 9. Shares in percent. */
struct pair_rules {
    int64_t confirm_gap_s;
    uint32_t refused_min, refused_share, throttled_min, throttled_share;
};

/* Deliveries after the last refusal that prove that it is over. */
bool pair_is_over(const struct pair *p, int64_t confirm_gap_s);

/* Moves `state` and `since` by the rules. */
void pair_judge(struct pair *p, int64_t now, const struct pair_rules *rules);

/* The last time anything was heard; 0: never. */
int64_t pair_last_heard(const struct pair *p);

const char *pair_state_word(enum pair_state state); /* "refused", … */

#endif
