/* SPDX-License-Identifier: ISC */
/* Looks names up until every answer is in: what host and spf items need before a run can start. */
#ifndef REPMON_LOOKUP_H
#define REPMON_LOOKUP_H

#include "repmon/dns.h"
#include "repmon/error.h"

#include <signal.h>

struct loop;

struct lookup_question {
    const char *name; /* borrowed; absolute, no root dot */
    uint16_t type;
    void *user;
    uint8_t via; /* in done(): number of the resolver that answered */
};

/* What came back; the answer is borrowed until done() returns and NULL unless how is DNS_ANSWERED.
 */
struct lookup_ops {
    /* The next question, or false when there is none for now. */
    bool (*next)(void *ctx, struct lookup_question *out);
    void (*done)(void *ctx, const struct lookup_question *q, enum dns_how how,
                 const struct dns_answer *answer);
    void *ctx;
};

/*
 * Asks until next() has nothing and every answer is in, or until `deadline_ms` on clock_mono_ms()
 * (0: none) or a signal; the rest is then DNS_STOPPED. False: no resolver could be used at all.
 */
bool lookup_run(struct loop *loop, const struct dns_options *options, const struct lookup_ops *ops,
                int64_t deadline_ms, struct error *err);

#endif
