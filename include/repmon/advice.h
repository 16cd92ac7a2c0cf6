/* SPDX-License-Identifier: ISC */
/*
 * What to do next about a finding or about blindness: one or two sentences and a web page. The
 * texts are data (src/data/advice.json, and the catalogue's own); this module only chooses and
 * fills in the address. Pure; no network, no clock.
 */
#ifndef REPMON_ADVICE_H
#define REPMON_ADVICE_H

#include "repmon/buf.h"
#include "repmon/error.h"
#include "repmon/ip.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>

#define ADVICE_TEXT_MAX 1024 /* more would not be read */
#define ADVICE_URL_MAX  512

/* What is asked about. Zero fields are "not given"; all strings borrowed, NULL counts as "". */
struct advice_query {
    const char *source;
    const char *list;        /* "zen.spamhaus.org", "main/status", "talos", "ptr" */
    bool dns_list;           /* its answers are codes */
    enum list_kind kind;     /* of a DNS list */
    const char *state;       /* "listed", "blocked", "red", "missing", "generic", "poor", … */
    enum cause cause;        /* CAUSE_NONE: a finding; else why nothing was proven */
    enum change_kind change; /* CHANGE_EXPIRING, CHANGE_EXPIRED, CHANGE_STALE: about the list */
    const struct code *codes;
    size_t code_count;
    const char *list_advice;             /* from the catalogue */
    const char *list_cure;               /* from the catalogue, when it refuses or stays silent */
    const char *lookup_url, *delist_url; /* may hold {ip} */
    const struct ip *ip;                 /* NULL: several addresses, or none */
};

/* Zero is "nothing to say". */
struct advice {
    char text[ADVICE_TEXT_MAX];
    char url[ADVICE_URL_MAX];    /* where to look it up, or to act on it */
    char delist[ADVICE_URL_MAX]; /* where to ask for removal; may be the same page */
};

struct advice_table; /* the texts, parsed */

/* The compiled-in texts. NULL with ERR_BUG when they are invalid. Read-only afterwards. */
struct advice_table *advice_table_new(struct error *err);
void advice_table_free(struct advice_table *b);

/*
 * Fills *out. False only where there is nothing to do (level ok, a normal cause): all texts are
 * "" then. Codes: each distinct advice once, the worst code first; when there are several, a line
 * each, with the names of its codes in front. Without any: the list's own.
 */
bool advice_for(const struct advice_table *b, const struct advice_query *q, struct advice *out);

/* `url` with {ip} filled in; without an address it is cut before the part that needs one. */
void advice_url(const char *url, const struct ip *ip, char *out, size_t size);

#endif
