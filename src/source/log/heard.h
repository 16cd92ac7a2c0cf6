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

#define HEARD_UNWATCHED 8 /* own addresses that nobody watches, told of */

/* An address that mail leaves by and that is no target, and two receivers that named it. */
struct heard_unwatched {
    struct ip ip;
    uint32_t receivers[2]; /* hashes; 0: none yet */
};

/* What one section's lines were, in this run. */
struct heard_lines {
    uint64_t lines, known; /* known: of a format that is read */
    uint64_t odd;          /* stamps that are counted and not judged */
    uint64_t attempts;     /* answers of receivers */
    uint64_t nameless;     /* of them, those that tell no own address */
};

struct heard {
    struct memory memory;
    struct explain *explain;           /* owned */
    const struct inventory *inventory; /* borrowed */
    int64_t now, since;                /* lines before `since` are left out */
    struct buf scratch;                /* of maillog_parse() */
    struct heard_unwatched unwatched[HEARD_UNWATCHED];
    size_t unwatched_count;
};

/* One line of this section, without its end. */
void heard_line(struct heard *h, const struct conf_log *log, struct heard_lines *count,
                const char *line, size_t len);

/* Whether mail leaves by this address that is no target, as two receivers say. */
bool heard_is_unwatched(const struct heard_unwatched *u);

/* Moves the states of all pairs by the rules. */
void heard_judge(struct heard *h, const struct conf *conf);

/* [receiver "NAME"], [receiver "others"] of one outside the table, or the defaults. */
const struct conf_receiver *log_rules_of(const struct conf *conf, const char *receiver,
                                         bool in_table);

/*
 * What the reply shows of itself: from its code on, at most PAIR_SAMPLE bytes, clean, with mail
 * addresses and the queries of links masked. Contract section 9.
 */
void heard_sample(const char *text, size_t len, char out[static PAIR_SAMPLE + 1]);

#endif
