/* SPDX-License-Identifier: ISC */
/*
 * Whether a mechanism of an SPF record matches (RFC 7208 section 5): spf_match.c. Shared with
 * spf_check.c, which reads records. MATCH_WAIT: an answer has not come yet; once it has, the
 * caller asks again and everything starts over.
 */
#ifndef SPF_MATCH_H
#define SPF_MATCH_H

#include "repmon/buf.h"
#include "repmon/spf_check.h"

#include "spf_term.h"

struct spf_checking {
    const struct spf_request *request;
    struct spf_verdict *out;
    unsigned depth; /* of includes */
};

/* What a mechanism says of the address. */
enum match { MATCH_NO = 0, MATCH_YES, MATCH_WAIT, MATCH_TEMPERROR, MATCH_PERMERROR };

/* The record is wrong: notes where, in which term (shown to people; "") and why. */
enum match spf_match_permanent(struct spf_checking *c, const char *domain, const char *term,
                               const char *why);

/* MATCH_YES: *answer is there, perhaps empty. */
enum match spf_match_ask(struct spf_checking *c, const char *name, uint16_t type,
                         struct dns_answer *answer);

/* Expands macros into *out; `explanation`: those that only an explanation may have, too. */
enum match spf_match_expand(struct spf_checking *c, const char *domain, const char *spec,
                            bool explanation, struct buf *out);

/* The domain that a term names, as it is asked for; `domain` itself where it names none. */
enum match spf_match_target(struct spf_checking *c, const char *domain, const struct spf_term *t,
                            char *out);

enum match spf_match_term(struct spf_checking *c, const char *domain, const struct spf_term *t);

/* spf_check.c: for `include`. */
enum spf_result spf_check_domain(struct spf_checking *c, const char *domain);

#endif
