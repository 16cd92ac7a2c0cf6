/* SPDX-License-Identifier: ISC */
/*
 * Beliefs about one (target, list) and about one list, and when a cell was last proven. The judge
 * decides them, the store keeps them, everything else only reads them. Plain data.
 */
#ifndef REPMON_BELIEF_H
#define REPMON_BELIEF_H

#include "repmon/limits.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/*
 * What is believed about one (target, list). A row exists only for what is not plain: a finding (or
 * another state that is not clean), something pending, a history of changes that may become
 * flapping. No row and a proof: the clean state is believed. No row and no proof: nothing is.
 * Rows of an unchanged cell are not written again: its proof says when it was last proven.
 * Levels are never part of it: they follow from today's configuration.
 */
struct belief {
    /* key */
    uint32_t target; /* stable id */
    const char *source;
    const char *list;

    /* what is believed */
    const char *answers; /* codes or words; "" clean; NULL: nothing yet (only something pending) */
    const char *detail;  /* the list's cleaned reason for it; "" */
    time_t since;        /* begin of the finding, kept while its codes change; 0 when clean */
    time_t opened;       /* time of the run whose alert opened the incident; 0: none open */
    time_t lapsed;       /* when the belief became too old; `answers` is then what was; 0: valid */

    /* an answer that is not yet confirmed */
    const char *pending; /* NULL: none; "" or a clean word: cleared-pending */
    uint32_t pending_count;
    time_t pending_first, pending_last; /* first and last answer that counted */
    time_t last_listed; /* last time anything not clean was seen, kept while something is pending;
                           0: the proof of the cell says it */

    /* acknowledgement; belongs to the finding and ends with it */
    time_t ack_until; /* 0: none */
    const char *ack_note;
    const char *ack_answers; /* the answers covered; NULL: none */

    /* flapping */
    time_t flaps[LIMIT_FLAP]; /* times of the last changes, oldest first */
    uint32_t flap_count;
    time_t flapping_since; /* when flapping was reported; changes are held since; 0: not flapping */
    const char *said;      /* every answer said during this history; NULL: none */

    struct told told; /* of the finding that is open, or lapsed */
};

/*
 * The dense row of one cell. Whole seconds matter for `proven` (two runs may share a minute); it
 * packs into 8 bytes: proven 32 bits of seconds, asked 27 bits of minutes, cause 5 bits.
 */
struct cell_proof {
    time_t proven;    /* the last answer that counted; 0: never */
    time_t asked;     /* the last attempt; 0: never */
    enum cause cause; /* of the last attempt; CAUSE_NONE: it proved something */
};

/* What is believed about one list. The row exists from the first run that was to ask it. */
struct list_belief {
    const char *source;
    const char *list;
    uint32_t bad_runs;      /* runs in a row that proved fewer than half; unknown ones aside */
    time_t bad_since;       /* the first of them; 0 */
    time_t good;            /* last run that proved at least half; 0: never */
    time_t blind_said;      /* blindness was said then and is not over; 0 */
    bool blind_whole;       /* it was said for all lists together, in one change with list "" */
    enum cause blind_cause; /* the cause that was said */
    time_t opened;          /* as in struct belief: of the blindness; 0 */
    time_t ack_until;       /* blindness acknowledged (`ack --blind`); 0 */
    const char *ack_note;   /* NULL: none */
    time_t expiring_said;   /* the expiry of which "expiring" was said; 0 */
    time_t expired_said;    /* when "expired" was said and is not over; 0 */
    time_t stale_said;      /* when "stale" was said and is not over; 0 */
    struct told blind_told, expiry_told, stale_told;

    /* flapping, as with findings */
    time_t flaps[LIMIT_FLAP];
    uint32_t flap_count;
    time_t flapping_since;
    uint32_t said_causes; /* a bit a cause of blindness that was said during this history */
    time_t baseline;      /* first run that proved anything on this list; 0: none yet */
};

#endif
