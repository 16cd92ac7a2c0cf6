/* SPDX-License-Identifier: ISC */
/*
 * Whether to keep the present resolver. Pure: what happened, and when, is passed in. Leaving a
 * healthy resolver costs as much as staying with a dead one, so each sign has its own patience:
 *
 * - its port is closed (ECONNREFUSED, and nothing else): a restart takes seconds, so one that
 *   answered before is given time; a later query must have been refused, too;
 * - it is silent although questions are open, even about a name that every resolver answers by
 *   itself (RFC 6761 section 6.3);
 * - it answers, but with SERVFAIL or REFUSED for all lists: one list may be broken, but not all.
 */
#ifndef DNS_HEALTH_H
#define DNS_HEALTH_H

#include "repmon/dns.h"

#include <stdbool.h>
#include <stdint.h>

struct dns_health {
    int64_t timeout_ms;             /* how long silence is tolerated */
    int64_t busy_ms;                /* since when questions have been open */
    int64_t heard_ms;               /* last answer of any kind; 0: none yet */
    int64_t useful_ms;              /* last useful answer; 0: none yet */
    int64_t useless_ms;             /* first SERVFAIL or REFUSED since the last useful; 0: none */
    int64_t useless_last;           /* when the last of useless_lists became one */
    int64_t nobody_ms, nobody_last; /* first and last closed port since the last answer; 0 */
    int64_t probed_ms;
    unsigned lists;           /* lists asked */
    unsigned useless_lists;   /* of them, since the last useful answer */
    unsigned useless_changed; /* of those: gave a useful answer before */
    bool probe_useless;       /* it refuses or fails even the name it must know */
    uint32_t episode;         /* counts useful answers that followed useless ones */
};

enum dns_verdict { DNS_KEEP = 0, DNS_PROBE, DNS_LEAVE };

void dns_health_init(struct dns_health *h, int64_t timeout_ms, int64_t now_ms);
void dns_health_heard(struct dns_health *h, int64_t now_ms); /* any answer at all */
void dns_health_asked(struct dns_health *h, struct dns_list *list);
void dns_health_useful(struct dns_health *h, struct dns_list *list, int64_t now_ms);
void dns_health_useless(struct dns_health *h, struct dns_list *list, int64_t now_ms);
void dns_health_nobody(struct dns_health *h, int64_t now_ms);
void dns_health_probe(struct dns_health *h, bool useless, int64_t now_ms);

/* When it is clear, at the earliest, whether the errors so far are the resolver's. */
int64_t dns_health_decides_ms(const struct dns_health *h);

/* What to do while queries are open and there is another resolver. DNS_PROBE: ask for the name. */
enum dns_verdict dns_health_verdict(struct dns_health *h, int64_t now_ms);

/* Whether the last resolver's port has been closed long enough to give up the open questions. */
bool dns_health_is_gone(const struct dns_health *h, int64_t patience_ms);

#endif
