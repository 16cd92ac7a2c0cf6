/* SPDX-License-Identifier: ISC */
/*
 * Complaints about the mail of one own address at one receiver, by the day they arrived, and the
 * rules that turn them into a state (repmon.conf(5), [reports]). Pure.
 */
#ifndef SOURCE_REPORTS_COMPLAINT_DAY_H
#define SOURCE_REPORTS_COMPLAINT_DAY_H

#include "repmon/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMPLAINT_DAYS         35
#define COMPLAINT_RECEIVER_MAX 64
#define COMPLAINT_PAIRS_MAX    4096 /* pairs beyond these are not told apart */

enum complaint_state { COMPLAINTS_NONE = 0, COMPLAINTS_FEW, COMPLAINTS_HIGH, COMPLAINTS_VERY_HIGH };

struct complaint_day {
    int64_t day; /* counted from 1970, UTC */
    uint64_t complaints;
    bool amended; /* in this run */
};

struct complaint_pair {
    struct ip ip;                              /* family 0: "complaint, address unknown" */
    char receiver[COMPLAINT_RECEIVER_MAX];     /* "yahoo", or a domain */
    struct complaint_day days[COMPLAINT_DAYS]; /* sorted */
    size_t day_count;
    enum complaint_state state;
    int64_t since;    /* day the finding began; 0 */
    int64_t last_bad; /* newest day that bad; 0 */
    /* In this run: what the receiver accepted in 7 days, if the log knows. */
    bool known;
    uint64_t accepted;
};

struct complaint_pairs {
    struct complaint_pair *items; /* owned */
    size_t count, cap;
};

void complaint_pairs_fini(struct complaint_pairs *c);

/* The pair, made when there is none; NULL: there are too many. Borrowed until the next is made. */
struct complaint_pair *complaint_pair_of(struct complaint_pairs *c, const struct ip *ip,
                                         const char *receiver);
/* The day, made when there is none; NULL: it is older than all that are kept. */
struct complaint_day *complaint_day_of(struct complaint_pair *p, int64_t day);

/* Complaints of the `days` days that end with `last`. */
uint64_t complaint_sum(const struct complaint_pair *p, int64_t last, int64_t days);

struct complaint_rules {
    double warning, critical; /* percent of what the receiver accepted in 7 days */
};
#define COMPLAINT_RATE_DAYS 7

/*
 * Updates the state. `accepted` is what the receiver took in the last 7 days, if the log knows it
 * (`known`); else the number of complaints per day decides.
 */
void complaint_judge(struct complaint_pair *p, int64_t today, bool known, uint64_t accepted,
                     const struct complaint_rules *rules);

/* Forgets days before `first`, and pairs left without days or a finding. */
void complaint_pairs_forget(struct complaint_pairs *c, int64_t first);

#endif
