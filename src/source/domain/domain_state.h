/* SPDX-License-Identifier: ISC */
/* A run of the domain source, shared by the files that judge a domain's records. */
#ifndef DOMAIN_STATE_H
#define DOMAIN_STATE_H

#include "domain_answers.h"
#include "domain_words.h"
#include "repmon/source.h"

/* One domain; judged as a whole again and again until no answer is missing. */
struct domain_job {
    size_t row;
    const char *name;               /* borrowed */
    const struct conf_domain *conf; /* borrowed: its section; or an empty one */
    bool done[DOMAIN_LISTS];
    bool turned[DOMAIN_LISTS]; /* what an earlier run saw is gone, as of late, and that is news */
};

struct domain_state {
    struct source_env env;
    struct queue queue;
    struct answers *answers; /* owned */
    struct domain_job *jobs; /* owned */
    size_t job_count, started;
    size_t in_flight;
    uint8_t via; /* the resolver that answered last */
};

/* What one list says of a domain. Words are kept sorted: they are an answer set. */
#define DOMAIN_WORDS 12
struct domain_finding {
    bool pending;
    bool turned; /* an earlier run saw what is gone, and it is not gone for long */
    enum cause cause;
    struct domain_word words[DOMAIN_WORDS];
    size_t count, dropped;
    struct buf *detail;
};

void finding_add(struct domain_finding *f, enum domain_say say, const char *what);
void finding_say(struct domain_finding *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * A question for a job. SPF_NOT_YET makes the finding pending, SPF_NO_ANSWER sets its cause (the
 * first one stays).
 */
enum spf_found domain_ask(struct domain_state *s, struct domain_job *j, struct domain_finding *f,
                          const char *name, uint16_t type, struct dns_answer *out);

/* A record that is not there: whether that may be said. */
enum domain_absent {
    ABSENT_NOT_PROVEN = 0, /* pending, a failure, or to be seen again in the next run */
    ABSENT_NEVER_THERE,
    ABSENT_GONE /* an earlier run saw it; denied in two runs, a minute apart at least */
};

/*
 * `item` ("dmarc", "dkim/s2026") was not found at `name`: asks again, at the zone's own name
 * servers where they can be reached, and remembers since when.
 * `still` says whether the second answer lacks it, too; NULL: it has no records.
 */
enum domain_absent domain_absent(struct domain_state *s, struct domain_job *j,
                                 struct domain_finding *f, const char *item, const char *name,
                                 uint16_t type, bool (*still)(const struct dns_answer *));
/*
 * The second answer to a question that was denied: of the name servers of the zone in which the
 * name lies, past the resolver; else, where none can be reached, of the resolver once more.
 */
enum spf_found domain_ask_again(struct domain_state *s, struct domain_job *j, const char *name,
                                uint16_t type, struct dns_answer *out, enum cause *cause);

/*
 * What is wrong because of a denial, of whatever record: whether two runs, a minute apart at least,
 * found it so; else the finding has its cause. Without memory one run is enough. The fact is the
 * caller's to remove when all is well.
 */
bool domain_denied_again(struct domain_state *s, struct domain_job *j, struct domain_finding *f,
                         const char *item);
/* It is there, as `text`, which is remembered for the day it is gone. */
void domain_present(struct domain_state *s, struct domain_job *j, const char *item,
                    const char *text);
/* The text it had; "" when not known. Borrowed until the next call of any of these. */
const char *domain_remembered(struct domain_state *s, struct domain_job *j, const char *item);

/* A free fact of the domain. */
const char *domain_fact(struct domain_state *s, struct domain_job *j, const char *item);
void domain_set_fact(struct domain_state *s, struct domain_job *j, const char *item,
                     const char *value);

/* Writes the health of the lists, and undoes what the resolver can't be believed. */
void domain_finish(void *state);

void domain_judge_spf(struct domain_state *s, struct domain_job *j, struct domain_finding *f);
void domain_judge_dkim(struct domain_state *s, struct domain_job *j, struct domain_finding *f);
void domain_judge_dmarc(struct domain_state *s, struct domain_job *j, struct domain_finding *f);
void domain_judge_mail(struct domain_state *s, struct domain_job *j, struct domain_finding *f);

#endif
