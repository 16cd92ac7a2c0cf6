/* SPDX-License-Identifier: ISC */
/*
 * Inside the judge's room: one cell being judged, and what time and bookkeeping do to its belief.
 * What an answer does to it is the table of diff.c.
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
struct work {
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

bool work_not_after(time_t *t, time_t now);
void work_mend_times(struct work *w);
void work_drop_pending(struct work *w);
struct change work_change_of(const struct work *w, enum change_kind kind);
void work_say(struct work *w, struct change c);
void work_drop_ack(struct work *w);
void work_age_flaps(struct work *w);
enum change_kind work_through_flapping(struct work *w, enum change_kind kind, bool *passes);
void work_lapse(struct work *w);
void work_release(struct work *w);
void work_reconsider(struct work *w);
void work_end_ack(struct work *w);

#endif
