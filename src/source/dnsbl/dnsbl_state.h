/* SPDX-License-Identifier: ISC */
/*
 * The state of the dnsbl source, shared only by its parts: dnsbl.c orders the questions,
 * dnsbl_reply.c takes the answers, dnsbl_domains.c does what differs for lists of domains,
 * dnsbl_health.c sums up.
 */
#ifndef DNSBL_STATE_H
#define DNSBL_STATE_H

#include "dnsbl_answer.h"
#include "dnsbl_names.h"
#include "dnsbl_proof.h"

#include "repmon/dnsbl_list.h"
#include "repmon/source.h"

#define TEST_TRIES        3  /* of each test point */
#define PROBATION         4  /* targets asked before the tests are answered: saves a round trip */
#define RETEST_AFTER      64 /* targets; and a minute, whichever comes first */
#define RETEST_MS         60000 /* a failed list is tested again this often, too */
#define FAILURES_IN_A_ROW 5     /* error answers that end the questions to a list */
#define RANDOM_CHARS      20
#define SECOND_LABELS     2 /* one not an address, one in the loopback network */

/* What a question was for; is in the request's tag with family, number, round and row. */
enum tag_kind { TAG_POINT = 0, TAG_SECOND_LABEL, TAG_TARGET, TAG_REASON, TAG_POINT_TEXT };

/* One round of tests through one way (resolver × family). */
struct way {
    bool begun, done, done_once; /* this round: begun, complete; any round complete */
    uint8_t next_point;          /* to be asked */
    uint8_t round; /* number of this round, so that late answers to an older one are recognised */
    struct point points[POINTS]; /* of the present round */
    bool address_due;            /* the random address is to be asked */
    bool text_due;               /* the TXT of the positive point is to be asked */
    struct proof proof;          /* of the rounds so far */
    struct proof_said said;      /* about addresses */
    bool voided; /* a round failed after a good one: no "not listed" of this way counts any more */
    bool second_label_due;
    uint8_t second_labels, second_passed; /* asked, and found clean, so far */
    enum cause second_cause;              /* why the last one that was not clean proves nothing */
    int64_t tested_ms;                    /* when the last complete round ended */
    uint32_t age_s;                       /* of its positive answer */
};

struct dnsbl_queue {
    const struct dnsbl_list *list;   /* borrowed */
    struct column *column;           /* borrowed from the results */
    size_t number;                   /* of the column */
    bool needed[CATALOGUE_FAMILIES]; /* a target of the family is due */
    struct way ways[RESULTS_VIAS];
    uint16_t empty_outcome[RESULTS_VIAS]; /* interned number of "not listed"; 0: not yet */
    size_t start, visited;                /* the cursor: rows are taken from start, wrapping */
    size_t targets_asked, targets_open;
    int64_t first_target_ms;
    /* Rows whose TXT is to be asked for; for a list of domains, names. */
    uint32_t reasons[REASONS_PER_LIST];
    char *reason_texts[REASONS_PER_LIST]; /* owned: the TXT of names */
    uint8_t reason_count, reason_next;
    enum cause failed;      /* why it is not asked any more; CAUSE_NONE: it is */
    struct refusal refusal; /* the list's last error answer; `answer` 0: none */
    /* Positive points through the present resolver: one came back empty, or as SERVFAIL or REFUSED;
     * its TXT came all the same (something removes answers in 127/8); one was right. */
    bool empty_point, failed_point, has_text, right_point;
    int64_t retest_ms; /* when a failed list is tested again */
    unsigned errors;   /* error answers in a row */
    enum cause last_error;
    bool retested; /* the closing round has been begun */
    /* For a list of domains: what it answered, by name; 0: nothing yet. */
    uint16_t *answers; /* owned */
    size_t answer_cap;
};

struct dnsbl_state {
    const struct dnsbl_setup *setup; /* borrowed */
    struct source_env env;
    struct queue *queues;      /* owned */
    struct dnsbl_queue *lists; /* owned */
    size_t count;
    uint8_t via; /* present resolver */
    struct dnsbl_names names;
    struct {
        bool *due; /* owned, by row: a list of domains wants its names; NULL: none wants any */
        size_t start, visited, open;
        bool asleep;
    } reverse; /* its queue follows those of the lists */
};

#define TAG_KIND(tag)   ((enum tag_kind)((tag) >> 60))
#define TAG_FAMILY(tag) ((size_t)((tag) >> 56 & 15))
#define TAG_NUMBER(tag) ((unsigned)((tag) >> 48 & 255))
#define TAG_ROUND(tag)  ((uint8_t)((tag) >> 40 & 255))
#define TAG_ROW(tag)    ((size_t)((tag)&0xffffffff))

static inline size_t way_number(uint8_t via, size_t family)
{
    return (via * CATALOGUE_FAMILIES + family) % RESULTS_VIAS;
}

/* The tests of a family through the present resolver. */
static inline struct way *dnsbl_present_way(struct dnsbl_state *s, struct dnsbl_queue *l,
                                            size_t family)
{
    return &l->ways[way_number(s->via, family)];
}

/* A new round of tests begins. */
void dnsbl_ask_anew(struct way *w);
/* The next test question of a list, if there is one. */
bool dnsbl_ask_test(struct dnsbl_state *s, struct dnsbl_queue *l, struct request *r);
/* About a target, or why it is listed. For a list of domains `row` is the number of a name. */
void dnsbl_ask_row(struct dnsbl_state *s, struct dnsbl_queue *l, enum tag_kind kind, size_t row,
                   struct request *r);

void dnsbl_reply(void *state, const struct request *request, const struct reply *reply);
void dnsbl_resolver_changed(void *state, uint8_t via);
void dnsbl_queue_asleep(void *state, size_t queue, bool asleep);
void dnsbl_finish(void *state);

/* What counts from one way: new listings only if every second label was found clean. */
struct validity dnsbl_standing_of(const struct way *w);

/* Whether an outcome counts already, so that it needs no asking through another resolver. */
bool dnsbl_is_settled(const struct dnsbl_state *s, const struct dnsbl_queue *l, uint16_t outcome);

/* For a question without an answer: it timed out, or a signal came while it was under way. */
enum cause dnsbl_unanswered(void);

#endif
