/* SPDX-License-Identifier: ISC */
/*
 * Inside the judge's room: one cell being judged, and what time and bookkeeping do to its belief.
 * What an answer does to it is the table of transition.c.
 */
#ifndef JUDGE_WORK_H
#define JUDGE_WORK_H

#include "words.h"

/* What is believed, as far as the table must know. */
enum believed { NOTHING, FINE, FINDING, LAPSED };

/* What was seen in this run, compared with what is believed. */
enum seen {
    UNKNOWN, /* nothing proven, or an answer that does not count */
    SAME,
    GOOD, /* no finding, and not what is believed */
    LESS, /* milder, or fewer codes */
    MORE, /* worse, or a code that is not believed */
    GAIN, /* allow list: on it, or more trusted */
    LOSS, /* allow list: gone from it, or less trusted */
};

/* One cell being judged: the input, the belief as it becomes, and what follows from both. */
struct cell {
    struct judge *j;
    const struct judge_cell *in;
    struct judgement *out;
    struct belief *b; /* out->belief */
    enum believed believed;
    enum seen seen;
    enum cause cause;    /* why it is UNKNOWN */
    time_t listed;       /* when anything but clean was last seen; 0: never */
    enum level from, to; /* of what is believed, of what was seen */
    const char *from_answers;
};

bool cell_not_after(time_t *t, time_t now);
void cell_mend_times(struct cell *w);
void cell_drop_pending(struct cell *w);
struct change cell_change_of(const struct cell *w, enum change_kind kind);
void cell_say(struct cell *w, struct change c);
void cell_drop_ack(struct cell *w);
void cell_age_flaps(struct cell *w);
enum change_kind cell_through_flapping(struct cell *w, enum change_kind kind);
void cell_lapse(struct cell *w);
void cell_release(struct cell *w);
void cell_reconsider(struct cell *w);
void cell_date_finding(struct cell *w);
void cell_end_ack(struct cell *w);

#endif
