/* SPDX-License-Identifier: ISC */
/*
 * What SNDS reports mean: words of the results and their levels, when an empty report means "good",
 * which rows count, when a link ends. Pure; all times are passed in.
 */
#ifndef SNDS_JUDGE_H
#define SNDS_JUDGE_H

#include "snds_report.h"

#include "repmon/conf.h"
#include "repmon/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define SNDS_DAYS      40 /* remembered with rows */
#define SNDS_WORD      48
#define SNDS_DAY_WORDS 96
#define SNDS_REVISIONS 4
#define SNDS_LINK_DAYS 30 /* Microsoft's rule since June 2026 */

/* ---- days with rows, newest first ---- */

struct snds_days {
    int32_t day[SNDS_DAYS];
    size_t count;
};
void snds_days_parse(const char *text, struct snds_days *out); /* NULL is empty */
void snds_days_add(struct snds_days *d, int32_t day);          /* the oldest falls off */
void snds_days_format(const struct snds_days *d, struct buf *out);
bool snds_days_has(const struct snds_days *d, int32_t day);

/* ---- coverage ---- */

enum snds_cover {
    SNDS_NOT_COVERED = 0,
    SNDS_COVERED,
    SNDS_LAPSED /* it had rows regularly and no longer has any: access may have lapsed */
};

/*
 * Whether the account is proven to see a block: it had a row at most 14 days ago, or it never had
 * any and was attested less than ten months ago (`attested` 0: never). `account` holds the days on
 * which anything in the account had rows. Lapsed: rows on 5 of the last 10 days, none on the last
 * 3.
 */
enum snds_cover snds_coverage(const struct snds_days *block, const struct snds_days *account,
                              time_t attested, time_t now);

/* An attestation ends ten months after that day (Microsoft's rule since 2026). */
time_t snds_attestation_end(time_t attested);

/*
 * No day within the last `stale_days`: that is news, unless there was a gap as long before.
 */
bool snds_is_stale(const struct snds_days *account, int32_t today, int stale_days);

/* ---- words ---- */

/* "blocked", "junked", else "yes:TEXT" or "no:TEXT" with the details as letters and dashes. */
void snds_status_word(bool blocked, const char *details, char out[static SNDS_WORD]);

/*
 * "green", "0.4% yellow", "green red@20261118" (a late red day): the sorted set. A rate below 0.1 %
 * gets no word. `late` 0: none.
 */
void snds_data_words(enum snds_colour colour, struct snds_rate rate, int32_t late,
                     char out[static SNDS_DAY_WORDS]);

void snds_explain_status(const char *answers, struct verdict *out);
void snds_explain_data(const struct conf_snds *account, const char *answers, struct verdict *out);

/* ---- rows that arrive late or revised ---- */

/*
 * Colours already judged for one address and day. Each colour counts once: a revision that returns
 * to an earlier one is ignored, and the last one judged stays.
 */
struct snds_revision {
    int32_t day;
    enum snds_colour colours[SNDS_REVISIONS]; /* in the order judged */
    size_t count;
};
void snds_revision_parse(const char *text, struct snds_revision *out); /* NULL is empty */
void snds_revision_format(const struct snds_revision *r, struct buf *out);

/*
 * The colour that counts for a row of `day`; `known` is the colour stored for that day before,
 * NO_COLOUR if there was none. *changed: *r has to be saved.
 */
enum snds_colour snds_revise(struct snds_revision *r, int32_t day, enum snds_colour known,
                             enum snds_colour now, bool *changed);

/* Whether to report a red row for a day before the newest: if new, and at most 3 days old. */
bool snds_late_red(int32_t day, int32_t newest, enum snds_colour known, int32_t today);

/* ---- links ---- */

/*
 * When a link of the key era ends, and how long before that to say so: first 5 days before its 30
 * are over, then again one day before (the time returned differs by a second, which makes it news).
 * For a link that has outlived its date, which thus did not expire: 0.
 */
time_t snds_link_end(time_t from, time_t now, int64_t *soon_s);

#endif
