/* SPDX-License-Identifier: ISC */
/*
 * Whether the present resolver is to be kept. Pure: it is told what happened, and when. Leaving a
 * healthy resolver costs as much as staying with a dead one, so each sign has its own patience:
 *
 * - its port is closed (ECONNREFUSED, and nothing else): a restart lasts seconds, so one that
 *   answered before is waited for; a later query must have been refused, too;
 * - nothing is heard though questions are open, not even to a name that every resolver answers by
 *   itself (RFC 6761 section 6.3);
 * - it answers, but SERVFAIL or REFUSED to all lists alike: one list may be broken, not all.
 */
#ifndef DNS_HEALTH_H
#define DNS_HEALTH_H

#include "repmon/dns.h"

#include <stdbool.h>
#include <stdint.h>

struct dns_health {
    int64_t timeout_ms;             /* how long silence is borne */
    int64_t busy_ms;                /* questions have been open since */
    int64_t heard_ms;               /* any answer; 0: none yet */
    int64_t useful_ms;              /* an answer that says something; 0: none yet */
    int64_t useless_ms;             /* first SERVFAIL or REFUSED since the last useful; 0: none */
    int64_t nobody_ms, nobody_last; /* first and last closed port since anything was heard; 0 */
    int64_t probed_ms;
    unsigned lists;           /* asked */
    unsigned useless_lists;   /* of them, since the last useful answer */
    unsigned useless_changed; /* of those: said something useful before */
    bool probe_useless;       /* it refuses or fails even the name it must know */
    uint32_t episode;         /* counts useful answers that followed useless ones */
};

enum dns_verdict { DNS_KEEP = 0, DNS_PROBE, DNS_LEAVE };

void dns_health_init(struct dns_health *h, int64_t timeout_ms, int64_t now_ms);
void dns_health_heard(struct dns_health *h, int64_t now_ms); /* whatever it was */
void dns_health_asked(struct dns_health *h, struct dns_list *list);
void dns_health_useful(struct dns_health *h, struct dns_list *list, int64_t now_ms);
void dns_health_useless(struct dns_health *h, struct dns_list *list, int64_t now_ms);
void dns_health_nobody(struct dns_health *h, int64_t now_ms);
void dns_health_probe(struct dns_health *h, bool useless, int64_t now_ms);

/* What to do while queries are open and another resolver is configured. DNS_PROBE: ask the name. */
enum dns_verdict dns_health_verdict(struct dns_health *h, int64_t now_ms);

/* Nobody has been listening for so long that what is open is given up; for the last resolver. */
bool dns_health_is_gone(const struct dns_health *h, int64_t patience_ms);

#endif
