/* SPDX-License-Identifier: ISC */
/*
 * SPF (RFC 7208) as a list of the addresses a domain sends from: enumerates instead of evaluating.
 * A state machine without I/O: it names one DNS question after the other, is fed the answers, and
 * in the end holds blocks, or says why it can't.
 *
 *     struct spf *s = spf_new("example.org", includes, count);
 *     while (spf_next(s, &question) == SPF_ASK)
 *         spf_reply(s, ask(&question));     // NULL: no answer came
 *
 * What can't be enumerated (exists, ptr, macros, includes that are not named) is in the notes.
 * Blocks of mechanisms with the qualifiers - and ~ are not the domain's, and are left out.
 */
#ifndef REPMON_SPF_H
#define REPMON_SPF_H

#include "repmon/conf.h"
#include "repmon/dns.h"
#include "repmon/error.h"
#include "repmon/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPF_LOOKUPS_MAX 10   /* RFC 7208 4.6.4: include, a, mx, ptr, exists, redirect */
#define SPF_VOIDS_MAX   2    /* the same section: answers without records */
#define SPF_MX_MAX      10   /* the same section: hosts of one mx */
#define SPF_BLOCKS_MAX  4096 /* no record that mail servers accept holds so many ip4 */

enum spf_status {
    SPF_ASK = 0,   /* *question is filled; spf_reply() next */
    SPF_DONE,      /* all was read */
    SPF_TEMPORARY, /* a question got no usable answer: keep the addresses known before */
    SPF_NONE,      /* the domain is not there or has no SPF record: proven by a negative answer */
    SPF_PERMANENT  /* the record is wrong: several, a loop, over a limit, a bad term */
};

struct spf_question {
    char name[CONF_NAME_MAX];
    uint16_t type; /* enum dns_type */
};

struct spf_block {
    struct cidr block; /* host bits cleared */
    const char *name;  /* borrowed: host of an a or mx; "" for ip4 and ip6 */
};

struct spf; /* heap */

/* `domain` as conf_name_parse() gives it. `includes` are the names to follow, "all" stands
 * for each; they are copied. */
struct spf *spf_new(const char *domain, char *const *includes, size_t include_count);
void spf_free(struct spf *s);

/* The same question until it is replied to. Anything but SPF_ASK is final. */
enum spf_status spf_next(struct spf *s, struct spf_question *question);

/*
 * The answer to the last question. NULL: it timed out or could not be asked. SERVFAIL, REFUSED and
 * malformed answers are temporary, NXDOMAIN and empty ones are answers.
 */
void spf_reply(struct spf *s, const struct dns_answer *answer);

/* What was found so far, duplicates included; also after a failure. Borrowed until spf_free(). */
const struct spf_block *spf_blocks(const struct spf *s, size_t *count);

/* Why the status is TEMPORARY, NONE or PERMANENT: a sentence that names the domain; else "". */
const char *spf_problem(const struct spf *s);

/* Names of includes that were met and are not followed, each once. Borrowed until spf_free(). */
char *const *spf_left_out(const struct spf *s, size_t *count);

/* Whether every negative answer on the way to addresses of that family was a real one, with an SOA
 * (RFC 2308). */
bool spf_is_whole(const struct spf *s, int family);

/* Sentences about what the list can't contain, without file and line. Borrowed. */
const struct errors *spf_notes(const struct spf *s);

#endif
