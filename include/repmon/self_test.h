/* SPDX-License-Identifier: ISC */
/*
 * The self-tests of the configured DNS lists, live, without querying any target: for `doctor` and
 * `lists --test`. The same source, the same proof as in a run (the table in dnsbl_proof.h).
 */
#ifndef REPMON_SELF_TEST_H
#define REPMON_SELF_TEST_H

#include "repmon/session.h"

enum self_test_verdict {
    SELF_TEST_FAILED = 0,   /* neither listings nor empty answers count: `cause` */
    SELF_TEST_HALF,         /* listings count, empty answers do not: `cause` */
    SELF_TEST_UNPROVEN,     /* the same, because the list has no test address: nothing to fix */
    SELF_TEST_GOOD,         /* what it says counts */
    SELF_TEST_NO_KEY,       /* chosen, but its key is missing: it was not asked */
    SELF_TEST_STANDS_ASIDE, /* refuses or is silent, but a default list that the user did not
                               register for */
    SELF_TEST_VERDICT_COUNT
};
const char *self_test_word(enum self_test_verdict verdict); /* "good", "failed", … */

/* One list: the worse of its address families. */
struct self_test_list {
    const struct column *list; /* borrowed from struct self_test */
    enum self_test_verdict verdict;
    enum cause cause;    /* CAUSE_NONE when good */
    const char *note;    /* borrowed: what is known besides; "" */
    bool names_culprit;  /* the note says who is at fault, and what to do */
    char *cure;          /* owned: what to do; "" */
    const char *refused; /* borrowed: what to do when it refuses; "" */
    time_t proven;       /* when, cache age taken off; 0: never */
    unsigned families;   /* bits of FAMILY_4, FAMILY_6, FAMILY_NAME that were tested */
};

struct self_test {
    const struct source *source;  /* borrowed: of the DNS lists */
    struct session session;       /* owned */
    struct inventory inventory;   /* owned: one address of each family, never asked for */
    struct self_test_list *items; /* owned, in the order of the lists */
    size_t count;
};

struct self_test_options {
    const struct conf *conf;  /* borrowed as long as the result lives */
    const char *const *zones; /* borrowed: only these; none: as configured */
    size_t zone_count;
    unsigned families;   /* bits of FAMILY_4, FAMILY_6; 0: both */
    int64_t deadline_ms; /* for all of it; 0: conf->deadline_ms */
    void (*progress)(void *ctx, uint64_t done, uint64_t total, const char *text); /* or NULL */
};

/*
 * False only when nothing could be started (no resolver, an unknown zone, no list at all); what
 * lists say is in the items. self_test_fini() in any case.
 */
bool self_test_run(const struct self_test_options *options, struct self_test *out,
                   struct error *err);
void self_test_fini(struct self_test *t);

/* The setup of the source, as struct source has it; borrowed from the result. */
const void *self_test_setup(const struct self_test *t);

/* What the standings of the families of one list mean together. Pure. */
enum self_test_verdict self_test_judge(const struct validity *validities, size_t count,
                                       enum cause *cause);

#endif
