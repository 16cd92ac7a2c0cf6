/* SPDX-License-Identifier: ISC */
/*
 * Turns a line of a mail log into a count: whose message it is, which receiver answered, and
 * whether the answer is about the address. Apart from its memory it is pure: no file, no clock.
 */
#ifndef SOURCE_LOG_HEARD_H
#define SOURCE_LOG_HEARD_H

#include "memory.h"

#include "repmon/conf.h"
#include "repmon/explain.h"
#include "repmon/inventory.h"
#include "repmon/maillog.h"

/* What kinds of line one section had in this run. */
struct heard_lines {
    uint64_t lines, known; /* known: in a format we can read */
    uint64_t odd;          /* with stamps too odd to judge; only counted here */
    uint64_t ahead;        /* of those, in the future: another time zone */
    uint64_t timeless;     /* without a time, which can't be judged */
    uint64_t attempts;     /* answers of receivers */
    uint64_t nameless;     /* of those, without an own address */
};

/* Which target an address is: needed for each line, so results are cached. */
#define HEARD_TARGETS 256
struct heard_targets {
    const struct inventory *of; /* that this was built from; NULL: not built yet */
    struct ip only[2];          /* IPv4, IPv6: the only target of the family; family 0: several */
    struct ip only_one;         /* the only address at all; family 0: several or none */
    struct {
        struct ip ip;
        const struct target *target; /* NULL: none */
    } slots[HEARD_TARGETS];
};

struct heard {
    struct memory memory;
    struct explain *explain;           /* borrowed */
    const struct inventory *inventory; /* borrowed */
    const struct conf *typed;          /* borrowed; NULL: the inventory is all that is watched, else
                                          what somebody typed, and this says what is watched */
    int64_t now, since;                /* lines before `since` are skipped */
    struct buf scratch;                /* of maillog_parse() */
    struct heard_targets targets;
};

#define HEARD_AHEAD_S 600 /* tolerated clock error */

/* The target that is, or whose /64 holds, this address; NULL: none. */
const struct target *heard_target_of(const struct inventory *inventory, const struct ip *ip);

/* One line of this section, without its end. */
void heard_line(struct heard *h, const struct conf_log *log, struct heard_lines *count,
                const char *line, size_t len);

/* Updates the states of all pairs by the rules. `whole`: no line is missing; otherwise no finding
 * ends. */
void heard_judge(struct heard *h, const struct conf *conf, bool whole);

/*
 * A receiver's refusals for message or domain in the last day, if they are a jump: at least 20, and
 * 5 times the mean of the week before yesterday; else 0. A young log has no mean yet. *week: the
 * refusals of that week.
 */
uint32_t heard_jump(const struct heard *h, const char *receiver, uint64_t *week);
/* Whether the receiver said in the last day that our own account is blocked. */
bool heard_is_tenant_blocked(const struct heard *h, const char *receiver);

/* [receiver "NAME"]; [receiver "others"] for one outside the table; or the defaults. */
const struct conf_receiver *log_rules_of(const struct conf *conf, const char *receiver,
                                         bool in_table);

/*
 * The part of the reply that may be shown: from its code on, at most PAIR_SAMPLE bytes, cleaned,
 * with mail addresses and the queries of links masked.
 */
void heard_sample(const char *text, size_t len, char out[static PAIR_SAMPLE + 1]);

/* A reply's link without anything that names a sender or recipient; "" when the path itself does,
 * or the link is too long. */
void heard_link(const char *url, char *out, size_t size);

#endif
