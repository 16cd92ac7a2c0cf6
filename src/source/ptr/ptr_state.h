/* SPDX-License-Identifier: ISC */
/* A run of reverse DNS, shared by ptr.c, which asks, ptr_reply.c, which takes the answers, and
 * ptr_finish.c, which sums up. */
#ifndef PTR_STATE_H
#define PTR_STATE_H

#include "ptr_answer.h"
#include "repmon/source.h"

/* Flags of a row number in the lists of rows. */
#define OWN_DATA 0x80000000u /* doubted: its answer was the resolver's own */
#define DENIED   0x40000000u /* missing: by a negative answer with its SOA */
#define ROW(x)   ((size_t)((x) & ~(OWN_DATA | DENIED)))

enum ptr_tag { TAG_PTR = 0, TAG_FORWARD, TAG_AGAIN, TAG_ZONE, TAG_FORWARD_ZONE };
#define TAG_KIND(tag)  ((enum ptr_tag)((tag) >> 60))
#define TAG_INDEX(tag) ((size_t)((tag)&0xffffffff))
#define TAG_NAME(tag)  ((size_t)((tag) >> 32 & 255))
#define TAG_VIA(tag)   ((uint8_t)((tag) >> 40 & 255))

/* An address whose names are being looked up. */
struct job {
    size_t row;
    size_t count, total; /* names looked at, PTR records there are */
    size_t askable;      /* that many, from the first on, can be asked for */
    size_t asked, open;
    struct ptr_name names[PTR_NAMES_MAX];
    uint8_t doubted; /* a bit per name whose addresses are the resolver's own: ask for its zone */
    bool in_use;
};

struct rows {
    uint32_t *items; /* owned */
    size_t count, cap;
};

struct ptr_state {
    const struct conf_ptr *conf; /* borrowed */
    struct source_env env;
    struct queue queue;
    size_t number;         /* of the column */
    struct column *column; /* borrowed from the results */
    size_t start, visited;
    size_t open;       /* questions without a reply */
    struct job **jobs; /* owned, and so is each job; growing the array does not move a job */
    size_t job_count;
    size_t forward;       /* jobs with names not yet asked */
    struct rows missing;  /* no name by the first answer */
    size_t again;         /* of them: asked a second time */
    struct rows doubted;  /* rows whose zone is to be asked for; with OWN_DATA or without */
    size_t zones;         /* of them: asked */
    size_t forward_zones; /* names of jobs whose zone is to be asked for */
    struct rows turned;   /* had a name once, now provably none */
    size_t judged;        /* addresses with an answer that counts */
    bool no_soa;          /* a negative answer without an SOA was seen */
    bool denied;          /* a negative answer with one was seen */
    bool named;           /* an address with names was seen */
    bool made_up;         /* the resolver answered by itself for a zone that it does not hold */
    bool holds_zone;      /* it did so for a reverse zone that it holds */
    uint8_t via;          /* the resolver in use: what is asked through another no longer counts */
};

bool ptr_is_due(const struct ptr_state *s, size_t row);

/* Whether the address seems to be in use, so that a missing name is news. */
bool ptr_is_used(const struct ptr_state *s, size_t row);

/* Whether it is not believed to be missing already. */
bool ptr_missing_is_news(const struct ptr_state *s, size_t row);

/* Whether its name was seen in this run to lead back to it. */
bool ptr_is_confirmed(const struct ptr_state *s, size_t row);

/* A whole /64 has no reverse name of its own. */
bool ptr_applies(const struct target *t);

void ptr_set(struct ptr_state *s, size_t row, enum cause cause, const char *answers);

void ptr_reply(void *state, const struct request *request, const struct reply *reply);

/* Everything is asked again but what was confirmed. */
void ptr_resolver_changed(void *state, uint8_t via);

/* When no question is open: drops what can't be trusted, and sets the column's health. */
void ptr_finish(void *state);

#endif
