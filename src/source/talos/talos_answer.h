/* SPDX-License-Identifier: ISC */
/*
 * What Talos (formerly SenderBase) says about an address, read from each form it is known to take:
 * the JSON of both generations of the web site or of a user's own program, a page of HTML, or TXT
 * records. Pure and fuzzed; every reader takes hostile input, and what it does not find is
 * `bad-format`, never a verdict.
 */
#ifndef REPMON_TALOS_ANSWER_H
#define REPMON_TALOS_ANSWER_H

#include "repmon/buf.h"
#include "repmon/ip.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>

#define TALOS_LEVEL_MAX 32
#define TALOS_TEXT_MAX  120

/* Numbers that may be absent. */
struct talos_number {
    bool given;
    double value;
};

struct talos_reading {
    enum cause cause; /* CAUSE_NONE: `level` holds; no-data, denied, servfail or bad-format */
    char level[TALOS_LEVEL_MAX]; /* lower-case word of either vocabulary, or another word */
    bool from_score;             /* no word was given: the level was derived from the score */
    struct talos_number score;   /* -10 to 10 */
    /* Magnitude: 10 plus the decimal logarithm of the share of all mail. */
    struct talos_number day, month;
    struct talos_number change;        /* of a day's volume, in percent */
    char organisation[TALOS_TEXT_MAX]; /* cleaned; "" */
    char listed[TALOS_TEXT_MAX];       /* cleaned: block lists that Talos shows; "" */
};

/*
 * cloud_intel/ip_reputation, the older sb_api details, or {"ip":…,"score":…,"level":…} from a
 * program. An answer about another address than `ip` is bad-format.
 */
void talos_json(const char *text, size_t len, const struct ip *ip, struct talos_reading *out);

/*
 * A look-up page. Only positive signs count: the page is complete, names the address, and has a
 * label such as "Email Reputation" beside a word of either vocabulary.
 */
void talos_html(const char *text, size_t len, const struct ip *ip, struct talos_reading *out);

/* A DNS answer: the plain score, or the record of "N-key=value|…" segments in any order. */
struct talos_text {
    const char *data;
    size_t len;
};
void talos_txt(const struct talos_text *records, size_t count, struct talos_reading *out);

/* Whether a page is a challenge or a refusal in words; never a reason to try another way. */
bool talos_is_challenge(const char *body, size_t len);

/* ---- words (talos_words.c) ---- */

/*
 * Canonical form of a level word: lower case, inner blanks as hyphens. False for anything that is
 * not a word. "", "none", "unknown" and "null" are words that mean no data: *no_data.
 */
bool talos_word(const char *text, size_t len, char out[static TALOS_LEVEL_MAX], bool *no_data);
bool talos_word_is_known(const char *word);

/* Poor and untrusted warning, questionable info, every other word ok (repmon-alerts(7), LEVELS). */
enum level talos_word_level(const char *word);

/*
 * The word for a score, by the bounds of a mail appliance's default policy: up to -3 blocked
 * (poor), up to -1 throttled (questionable), else neutral.
 */
const char *talos_score_word(double score);

/* Takes word and score into *out and settles level and cause; used by every reader. */
void talos_settle(struct talos_reading *out, const char *word, size_t len, bool word_given);

/* Score, magnitudes, change and organisation in one line; nothing when there is nothing. */
void talos_detail(const struct talos_reading *r, struct buf *out);

#endif
