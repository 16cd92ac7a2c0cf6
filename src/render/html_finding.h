/* SPDX-License-Identifier: ISC */
/*
 * Findings as the page tells them: those of one list with the same level, state and codes are one,
 * as in a digest, with all their targets. Collected target by target; beyond the limit they are
 * only counted, and the least bad are dropped first.
 */
#ifndef REPMON_RENDER_HTML_FINDING_H
#define REPMON_RENDER_HTML_FINDING_H

#include "repmon/report.h"

#define HTML_FINDINGS 500 /* told one by one; a page is not a table of thousands */

struct html_finding {
    size_t column;
    enum level level;
    bool acked;
    enum cause cause; /* of the last attempt */
    uint64_t hash;    /* of key */
    char *key;        /* owned: what makes it equal */
    size_t key_len;
    size_t count;            /* targets */
    struct report_target at; /* the first; its strings are not kept */
    struct ip_range *ranges; /* owned */
    size_t range_count;
    char *label;              /* owned: what all have in common; "" */
    char *state, *codes;      /* owned: "listed"; "SBL, XBL" or "" */
    char *meaning;            /* owned: of the worst code; "" */
    char *reason;             /* owned: of the first target; "" */
    char *url, *delist;       /* owned: of the first target; "" */
    char *advice;             /* owned; "" */
    char *note;               /* owned: of the acknowledgement; "" */
    char *pending;            /* owned: "last answer: not listed (1 of 2)"; "" */
    time_t since, since_last; /* the first and the last beginning; 0: not known */
    time_t proven;            /* the oldest proof; 0: never */
    time_t acked_until;
};

struct html_findings {
    struct html_finding *items; /* owned */
    size_t count;
    size_t left_out[LEVEL_COUNT]; /* of (target, list), by level, beyond HTML_FINDINGS */
    size_t open[LEVEL_COUNT];     /* of (target, list), not acknowledged, by level */
    size_t acked;
    size_t targets; /* with at least one that is open and above info */
    time_t since;   /* when the oldest of those began; 0: not known */
    size_t last;    /* target of the last one added, + 1 */
};

void html_findings_add(struct html_findings *f, size_t target, const struct report_target *at,
                       const struct result *result);
/* The worst first; of equals those that are not acknowledged, then the youngest. */
void html_findings_sort(struct html_findings *f);
void html_findings_fini(struct html_findings *f);

/* "Gmail is refusing mail from 203.0.113.5", "203.0.113.5 is listed on zen.spamhaus.org (XBL)" */
void html_finding_sentence(const struct report *r, const struct html_finding *f, struct buf *out);

#endif
