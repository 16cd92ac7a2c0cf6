/* SPDX-License-Identifier: ISC */
/*
 * What a list's answer means. Pure: A records in, a reading out; and, for people and the judge,
 * the text of an answer in, level, state and codes out. Both use the same table, in this order:
 *   1. the list's own error answers                                   → error, refused
 *   2. anything outside 127.0.0.0/8                                   → error, rewritten
 *   3. 127.255.255.0/24 and 127.0.0.1, unless a code names them (an   → error, refused
 *      exact, bit or range row; a prefix or star does not count)
 *   4. codes: the configuration's, then the catalogue's; in each, exact rows, then bit rows (all
 *      that hit), then ranges, then prefixes and stars                → listed
 *   5. anything else inside 127.0.0.0/8                               → listed, code "unknown", at
 *      the lower of the list's severity and minor
 * One error code voids the whole answer, whatever else is in it. RFC 5782 section 2.1; operators'
 * error codes as in the catalogue.
 */
#ifndef REPMON_DNSBL_ANSWER_H
#define REPMON_DNSBL_ANSWER_H

#include "dnsbl_proof.h"

#include "repmon/dnsbl_list.h"
#include "repmon/limits.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANSWERS_TEXT_MAX (LIMIT_ANSWERS * QUAD_TEXT_MAX + 1)

/* An answer that means "not served". Texts are borrowed from the list or static. */
struct refusal {
    uint32_t answer;  /* host order; 0: there was none (an rcode, silence) */
    const char *why;  /* its meaning, a clause; "" */
    const char *cure; /* "": use the list's */
};

enum reading_kind { READING_ERROR = 0, READING_EMPTY, READING_LISTED };

struct dnsbl_reading {
    enum reading_kind kind;
    enum cause
        cause; /* ERROR: refused, rewritten, bad-format; EMPTY of a score list: no-data;
                  else CAUSE_NONE. What goes into the cell together with dnsbl_answer_text() */
    struct refusal refusal;          /* ERROR: what was answered, and what it means */
    uint32_t answers[LIMIT_ANSWERS]; /* LISTED: sorted, each once */
    size_t count;
};

/*
 * Reads the A records (host order) of a NOERROR or NXDOMAIN reply; no records are the empty answer.
 * More than LIMIT_ANSWERS is an error, bad-format.
 */
void dnsbl_answer_read(const struct dnsbl_list *list, const uint32_t *answers, size_t count,
                       struct dnsbl_reading *out);

/* "127.0.0.2 127.0.0.10": the canonical text of a reading, "" unless listed. */
void dnsbl_answer_text(const struct dnsbl_reading *reading, char out[static ANSWERS_TEXT_MAX]);

/* The reading of a test point as the proof table wants it; `family` is 4 or 6. */
struct point dnsbl_answer_positive(const struct dnsbl_list *list, unsigned family,
                                   const struct dnsbl_reading *reading);
struct point dnsbl_answer_negative(const struct dnsbl_reading *reading);

/* One answer as people read it, with today's configuration. */
struct dnsbl_explanation {
    enum level level; /* unknown when cause is set */
    enum cause cause; /* CAUSE_NONE, or why the text proves nothing */
    char state[32];   /* "listed", "not-listed", "score 87", "trust 2"; "" when cause is set */
    struct code codes[LIMIT_CODES];
    size_t code_count;
    size_t more;        /* codes beyond LIMIT_CODES; the level counts them */
    int score;          /* lowest score of a score list; -1: none */
    int trust;          /* highest trust of an allow list; 0: listed without one; -1: not listed */
    const char *advice; /* borrowed: the worst code's, else the list's; "" unless a finding */
};

/*
 * Takes dotted quads separated by blanks, in any order; "" is the empty answer, and anything else
 * is bad-format. Levels: block lists by the worst code's severity; allow lists always ok; score
 * lists by bands: below `critical` critical, below `warning` warning, else ok.
 */
void dnsbl_answer_explain(const struct dnsbl_list *list, const char *answers,
                          struct dnsbl_explanation *out);

#endif
