/* SPDX-License-Identifier: ISC */
/*
 * SPF (RFC 7208) for one address: check_host(), all of it. Terms, macros and the choice of the
 * record are those by which the inventory lists a domain's addresses (src/inventory/spf.h).
 *
 * It queries through a hook that may say "not yet": then it returns SPF_PENDING, and is simply
 * called again when more answers have arrived. So it needs no state of its own, several addresses
 * of a domain share the answers, and callers decide how to wait.
 */
#ifndef REPMON_SPF_CHECK_H
#define REPMON_SPF_CHECK_H

#include "repmon/conf.h"
#include "repmon/dns.h"
#include "repmon/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum spf_result {
    SPF_PENDING = 0, /* an answer is not there yet */
    SPF_RESULT_NONE,
    SPF_NEUTRAL,
    SPF_PASS,
    SPF_FAIL,
    SPF_SOFTFAIL,
    SPF_TEMPERROR,
    SPF_PERMERROR
};

/* "pass", "softfail", …; RFC 7208 2.6 */
const char *spf_result_word(enum spf_result);

/* The SPF record among those of an answer (the last, if there are several), and their number. */
const struct dns_record *spf_pick(const struct dns_answer *answer, unsigned *records);

enum spf_found { SPF_NOT_YET = 0, SPF_FOUND, SPF_NO_ANSWER };

struct spf_request {
    struct ip ip;
    const char *local;    /* borrowed: of the sender; "" is postmaster */
    const char *domain;   /* borrowed: of the sender */
    const char *helo;     /* borrowed */
    const char *receiver; /* borrowed: who judges, for explanations */
    time_t now;
    bool count_voids_only; /* more than two void look-ups are counted, and no permerror */
    /* An answer to a question; `out` is borrowed until the next call. SPF_NO_ANSWER: time-outs. */
    enum spf_found (*ask)(void *ctx, const char *name, uint16_t type, struct dns_answer *out);
    void *ctx;
};

#define SPF_VERDICT_TEXT 512
struct spf_verdict {
    enum spf_result result;
    unsigned lookups, voids;
    unsigned records;                   /* SPF records of the sender's domain */
    bool included_missing;              /* permerror, as an include or redirect has no record */
    char term[72];                      /* that decided, made fit for a person; "" for none */
    char at[CONF_NAME_MAX];             /* whose record holds it, or could not be asked */
    char why[SPF_VERDICT_TEXT];         /* of an error: a sentence without its subject; else "" */
    char explanation[SPF_VERDICT_TEXT]; /* exp= of a fail, expanded; "" for none */
};

void spf_check(const struct spf_request *request, struct spf_verdict *out);

#endif
