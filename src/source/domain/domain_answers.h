/* SPDX-License-Identifier: ISC */
/*
 * Questions and answers about the domains of a run: each name and type once, however many need it.
 * An asker whose answer is still missing is called again when it arrives.
 */
#ifndef DOMAIN_ANSWERS_H
#define DOMAIN_ANSWERS_H

#include "repmon/source.h"
#include "repmon/spf_check.h"

struct answers;

struct answers *answers_new(void);
void answers_free(struct answers *a);

/* The round of a question: second answers are asked for after all first ones; the third round asks
 * the zone's own name servers. */
enum answers_round { ANSWERS_FIRST = 0, ANSWERS_AGAIN, ANSWERS_SERVERS, ANSWERS_ROUNDS };

/*
 * SPF_FOUND: *out holds records, or a denial proven by an SOA; borrowed until answers_free().
 * SPF_NO_ANSWER: *cause says why. SPF_NOT_YET: it will be asked, and answers_take_ready() gives
 * `asker` when it is answered. A name that can't be asked in the DNS does not exist.
 */
enum spf_found answers_get(struct answers *a, size_t asker, const char *name, uint16_t type,
                           enum answers_round round, struct dns_answer *out, enum cause *cause);

/*
 * The same, asked at name servers; the first caller names them. Only an authoritative answer (AA)
 * counts: anything else is SPF_NO_ANSWER.
 */
enum spf_found answers_get_from(struct answers *a, size_t asker, const char *name, uint16_t type,
                                const struct conf_resolver *servers, size_t count,
                                struct dns_answer *out);

/* Fills name, type, servers and tag of the next question that has not been asked yet. */
bool answers_next(struct answers *a, struct request *r);
void answers_reply(struct answers *a, uint64_t tag, const struct reply *reply);
size_t answers_open(const struct answers *a); /* asked, without a reply */

/* An asker whose questions have all been answered, given once; false: there is none. */
bool answers_take_ready(struct answers *a, size_t *asker);

/*
 * What the resolver answers from its own data (AA) says nothing about what others see, so the
 * asker gets no answer. Its zone is asked for, by an SOA question for the same name: "unproven" if
 * the resolver holds it, "untrusted" if it made the answer up, as a hosts file does.
 */
bool answers_any_held(const struct answers *a);
void answers_note_held(struct answers *a); /* that was found out in another way */
bool answers_any_made_up(const struct answers *a);

/* Whether a record, a proven denial, or a denial without an SOA was seen. */
bool answers_any_record(const struct answers *a);
bool answers_any_denial(const struct answers *a);
bool answers_any_torn(const struct answers *a);
/* Only denials without an SOA were seen, no record and no whole denial: the resolver proves
 * nothing. */
bool answers_all_torn(const struct answers *a);

#endif
