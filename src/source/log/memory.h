/* SPDX-License-Identifier: ISC */
/*
 * What the source remembers between runs: pairs, how far each log was read, and which messages were
 * counted. Kept in the state as one text and committed with the beliefs that it led to.
 *
 * No recipient, sender, subject or queue id is in it: a message is a keyed hash, kept for two days.
 */
#ifndef SOURCE_LOG_MEMORY_H
#define SOURCE_LOG_MEMORY_H

#include "pair.h"

#include "repmon/buf.h"
#include "repmon/siphash.h"

#define MEMORY_MESSAGES 65536       /* slots; three quarters full the older half is forgotten */
#define MEMORY_PAIRS    8192        /* receivers beyond these are not told apart */
#define MEMORY_MAX      (32u << 20) /* bytes of its text */
#define MESSAGE_KEEP_S  (2 * DAY_S)

/* A message that was counted, so that retries and further recipients are not counted again. Kept
 * small, because the table of these is the largest thing in the memory. */
struct memory_message {
    uint64_t hash;   /* 0: free */
    uint32_t time;   /* of its last outcome; lasts until 2106 */
    uint16_t pair;   /* below MEMORY_PAIRS */
    uint8_t outcome; /* enum pair_outcome */
};

/* A file or journal of one section. */
struct memory_place {
    char *section, *path; /* owned; path "" for a journal */
    char *position;       /* owned: as input gave it; "" */
};

#define MEMORY_GAP_WEEKS 3 /* this week and the two before */

struct memory_section {
    char *name;                             /* owned */
    int64_t first_line;                     /* the first ever read; 0: none */
    int64_t last_line;                      /* time of the youngest line of any kind; 0: never */
    int64_t gap_week;                       /* the week (since 1970) of longest_gaps[0] */
    int64_t longest_gaps[MEMORY_GAP_WEEKS]; /* between two lines, in seconds, newest week first */
    int64_t not_assumed; /* no address is assumed until then: a refusal named another */
};

/* An own address that sends mail but is not a target, and two receivers that named it. */
struct memory_unwatched {
    struct ip ip;
    uint32_t receivers[2]; /* hashes; 0: none yet */
    int64_t named[2];      /* when each last named it */
    int64_t proven;        /* when two named it within a day; 0: never */
};
#define MEMORY_UNWATCHED 8 /* remembered; more would be those of a forwarder */

/* Messages of forgotten pairs, because a counter must only grow. */
struct memory_gone {
    struct ip own;
    char *receiver; /* owned; MEMORY_OTHERS: all outside the table */
    uint64_t totals[PAIR_OUTCOMES];
};
#define MEMORY_OTHERS "others"
#define MEMORY_GONE   1024 /* any further ones are dropped */

struct memory {
    uint8_t key[SIPHASH_KEY];
    struct pair **pairs; /* owned, with each */
    size_t pair_count;
    uint32_t *index;                 /* owned: open addressing, number + 1 of the pair; 0: free */
    struct memory_message *messages; /* owned: open addressing, MEMORY_MESSAGES slots */
    size_t message_count;
    struct memory_place *places; /* owned */
    size_t place_count;
    struct memory_section *sections; /* owned */
    size_t section_count;
    struct memory_unwatched unwatched[MEMORY_UNWATCHED];
    size_t unwatched_count;
    struct memory_gone *gone; /* owned */
    size_t gone_count;
};

#define MEMORY_FIRST_LINE "log 2" /* of its text */

/* Empty, with a new random key. */
void memory_init(struct memory *m);
void memory_fini(struct memory *m);

/* False: not one of our texts; *m is then as memory_init() makes it. */
bool memory_parse(struct memory *m, const char *text);
/* Leaves out what is too old to keep. */
void memory_format(const struct memory *m, int64_t now, struct buf *out);

/* The pair, made when there is none; NULL: there are too many. `own` family 0: not known which. */
struct pair *memory_pair(struct memory *m, const struct ip *own, const char *receiver,
                         bool in_table);

/*
 * Counts an attempt to deliver a message. A message is one queue id at one receiver, whatever
 * address it was sent from: only its last outcome counts, for the address of that attempt. Several
 * recipients, retries and the fall-back from IPv6 to IPv4 are one message.
 */
void memory_count(struct memory *m, struct pair *p, const char *queue_id, size_t len,
                  const struct pair_message *message);

/* Restores a message that an earlier run counted. */
void memory_keep(struct memory *m, const struct memory_message *message);

/* The pair; NULL: there is none. */
const struct pair *memory_find(const struct memory *m, const struct ip *own, const char *receiver);

/* The longest time without a line, of the last two weeks; 0: not known. */
int64_t memory_longest_gap(const struct memory_section *s);
/* A line of any kind. */
void memory_note_line(struct memory_section *s, int64_t time);

/* A receiver refuses mail from an address that is not watched. */
void memory_note_unwatched(struct memory *m, const struct ip *ip, const char *receiver,
                           int64_t time);
/* Whether two receivers named it within a day, not long ago. */
bool memory_is_unwatched(const struct memory_unwatched *u, int64_t now);

/* Keeps the counters of a pair that is forgotten. */
void memory_add_gone(struct memory *m, const struct ip *own, const char *receiver,
                     const uint64_t totals[static PAIR_OUTCOMES]);

/* Places and sections, made if needed. */
struct memory_place *memory_place(struct memory *m, const char *section, const char *path);
struct memory_section *memory_section(struct memory *m, const char *name);

#endif
