/* SPDX-License-Identifier: ISC */
/*
 * From a line of a mail log to a count: whose message it is, which receiver answered, and whether
 * the answer is about the address. Pure but for its memory: no file, no clock.
 */
#ifndef SOURCE_LOG_HEARD_H
#define SOURCE_LOG_HEARD_H

#include "memory.h"

#include "repmon/conf.h"
#include "repmon/explain.h"
#include "repmon/inventory.h"
#include "repmon/maillog.h"

/* What one section's lines were, in this run. */
struct heard_lines {
    uint64_t lines, known; /* known: of a format that is read */
    uint64_t odd;          /* stamps that are counted and not judged */
    uint64_t ahead;        /* of them, those in the future: of another time zone */
    uint64_t attempts;     /* answers of receivers */
    uint64_t nameless;     /* of them, those that tell no own address */
};

/* Which target an address is: looked up for each line, so what was found is kept. */
#define HEARD_TARGETS 256
struct heard_targets {
    const struct inventory *of; /* that it was made from; NULL: not made */
    struct ip only[2];          /* IPv4, IPv6: the only target of the family; family 0: several */
    struct ip only_one;         /* the only address of all; family 0: there are more, or none */
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
    int64_t now, since;                /* lines before `since` are left out */
    struct buf scratch;                /* of maillog_parse() */
    struct heard_targets targets;
};

#define HEARD_AHEAD_S 600 /* a clock may be wrong by so much */

/* The target that is, or whose /64 holds, this address; NULL: none. */
const struct target *heard_target_of(const struct inventory *inventory, const struct ip *ip);

/* One line of this section, without its end. */
void heard_line(struct heard *h, const struct conf_log *log, struct heard_lines *count,
                const char *line, size_t len);

/* Moves the states of all pairs by the rules. `whole`: no line is missing; else nothing ends. */
void heard_judge(struct heard *h, const struct conf *conf, bool whole);

/*
 * Refusals for message or domain at a receiver, of the last day, when they are a jump: 20 and 5
 * times the mean of the week before yesterday; else 0. A log that is young has no mean. *week: the
 * refusals of that week.
 */
uint32_t heard_jump(const struct heard *h, const char *receiver, uint64_t *week);
/* Whether the receiver said within a day that the own account is blocked. */
bool heard_is_tenant_blocked(const struct heard *h, const char *receiver);

/* [receiver "NAME"], [receiver "others"] of one outside the table, or the defaults. */
const struct conf_receiver *log_rules_of(const struct conf *conf, const char *receiver,
                                         bool in_table);

/*
 * What the reply shows of itself: from its code on, at most PAIR_SAMPLE bytes, clean, with mail
 * addresses and the queries of links masked.
 */
void heard_sample(const char *text, size_t len, char out[static PAIR_SAMPLE + 1]);

/* A link of a reply without what names a sender or recipient; "" when its path does, or too long.
 */
void heard_link(const char *url, char *out, size_t size);

#endif
