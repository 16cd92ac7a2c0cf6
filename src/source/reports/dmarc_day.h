/* SPDX-License-Identifier: ISC */
/*
 * What DMARC aggregates say of one own address, by report day, and the rules that turn it into a
 * state (repmon.conf(5), [reports]). Pure, and independent of the order of reading: sums are sums.
 * A day is judged once, when no more reports about it are expected; later ones only amend its
 * numbers.
 *
 * Days are counted from 1970 (UTC).
 */
#ifndef SOURCE_REPORTS_DMARC_DAY_H
#define SOURCE_REPORTS_DMARC_DAY_H

#include "repmon/host_name.h"
#include "repmon/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DAY_S              86400
#define DMARC_WAIT_S       (72 * 3600) /* after the end of a day, for the slow reporters */
#define DMARC_DAYS_KEPT    35
#define DMARC_REPORTER_MAX 64                  /* bytes of a name */
#define DMARC_REPORTERS    256                 /* of a day; more are "others" */
#define DMARC_FROMS        16                  /* of a day; more are "others" */
#define DMARC_MESSAGES_MAX (UINT64_C(1) << 50) /* largest sum: it stays there */

/* What a day was found to be; worse values are greater. */
enum dmarc_state {
    DMARC_NO_DATA = 0,
    DMARC_TOO_FEW,     /* too few messages to say anything, good or bad */
    DMARC_ALIGNED,     /* nothing is wrong */
    DMARC_FAILING,     /* our own mail fails */
    DMARC_BY_ONE,      /* our own mail passes, and one reporter quarantines or rejects it */
    DMARC_QUARANTINED, /* the same by several, or by a large one */
    DMARC_STATES
};

/* Numbers of messages. Passed and failed ones are ours; thrown out are some of those that passed.
 */
struct dmarc_counts {
    uint64_t passed, failed, thrown_out, relayed;
};

struct dmarc_reporter {
    char name[DMARC_REPORTER_MAX];
    bool large;
    struct dmarc_counts counts;
};

/* Our mail with one header-From, if any of it failed or was thrown out. */
struct dmarc_from {
    char domain[HOST_NAME_SIZE];
    uint64_t failed, thrown_out;
};

struct dmarc_day {
    struct ip ip;
    int64_t day;
    bool judged;
    bool amended;                     /* in this run, so its numbers must be saved */
    enum dmarc_state found;           /* the judgement, which is final */
    struct dmarc_reporter *reporters; /* owned */
    size_t reporter_count;
    struct dmarc_from *froms; /* owned */
    size_t from_count;
};

/* What is believed of an address: the days, one after the other. */
struct dmarc_address {
    struct ip ip;
    enum dmarc_state state; /* NO_DATA, ALIGNED or worse */
    int64_t since;          /* day that the finding began; 0 */
    int64_t last;           /* newest day with enough mail; 0 */
    int64_t told;           /* newest day that was as bad as the state: its numbers are shown */
    unsigned better;        /* number of better days in a row since the last bad one */
    enum dmarc_state best;  /* the worst of those */
    bool untold;            /* the finding began in this run */
};

struct dmarc_days {
    struct dmarc_day *items; /* owned: sorted by address, then day */
    size_t count, cap;
    struct dmarc_address *addresses; /* owned: sorted */
    size_t address_count, address_cap;
    int64_t closed; /* days up to this one are judged: later reports only amend their numbers */
};

/* The sum, at most DMARC_MESSAGES_MAX. */
uint64_t dmarc_sum(uint64_t a, uint64_t b);

void dmarc_days_fini(struct dmarc_days *d);

/* The day of an address, made when there is none. Borrowed until the next one is made. */
struct dmarc_day *dmarc_day_of(struct dmarc_days *d, const struct ip *ip, int64_t day);
const struct dmarc_day *dmarc_day_find(const struct dmarc_days *d, const struct ip *ip,
                                       int64_t day);
/* Adds what one reporter counted. */
void dmarc_day_add(struct dmarc_day *day, const char *reporter, bool large,
                   const struct dmarc_counts *counts);
/* Adds which of our domains it was about, if any mail failed or was thrown out. */
void dmarc_day_add_from(struct dmarc_day *day, const char *domain,
                        const struct dmarc_counts *counts);
struct dmarc_counts dmarc_day_sum(const struct dmarc_day *day);

/* What is believed of an address; NULL: nothing was heard. */
const struct dmarc_address *dmarc_address_find(const struct dmarc_days *d, const struct ip *ip);
struct dmarc_address *dmarc_address_of(struct dmarc_days *d, const struct ip *ip);

struct dmarc_rules {
    double fail_share;     /* percent */
    uint64_t min_messages; /* of a day */
};

/* Pure: what the day's sums show. */
enum dmarc_state dmarc_judge_day(const struct dmarc_day *day, const struct dmarc_rules *rules);

/* Judges all days up to `until` that are not closed, in order, and updates the states. */
void dmarc_judge(struct dmarc_days *d, int64_t until, const struct dmarc_rules *rules);

/* Forgets days before `first`. */
void dmarc_days_forget(struct dmarc_days *d, int64_t first);

const char *dmarc_state_word(enum dmarc_state state); /* "failing" */

#endif
