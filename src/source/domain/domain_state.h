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
    bool turned[DOMAIN_LISTS]; /* something an earlier run saw has recently gone: that is news */
};

struct domain_state {
    struct source_env env;
    struct queue queue;
    struct answers *answers;               /* owned */
    struct answers *past[LIMIT_RESOLVERS]; /* owned: through resolvers that were left; questions in
                                              flight lead there */
    uint8_t past_count;
    struct domain_job *jobs; /* owned */
    size_t job_count, started;
    size_t in_flight;
    uint8_t via; /* the resolver that answered last */
};

/* What one list says of a domain. Words are kept sorted: they are an answer set. */
#define DOMAIN_WORDS 12
struct domain_finding {
    bool pending;
    bool turned; /* something an earlier run saw has gone, and only recently */
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

/* Whether the absence of a record may be reported. */
enum domain_absent {
    ABSENT_NOT_PROVEN = 0, /* pending, failed, or to be confirmed by the next run */
    ABSENT_NEVER_THERE,
    ABSENT_GONE /* an earlier run saw it; denied in two runs at least a minute apart */
};

/*
 * `item` ("dmarc", "dkim/s2026") was not found at `name`: asks again, at the zone's own name
 * servers where they can be reached, and remembers since when.
 * `still` says whether the second answer lacks it too; NULL: whether it has no records.
 */
enum domain_absent domain_absent(struct domain_state *s, struct domain_job *j,
                                 struct domain_finding *f, const char *item, const char *name,
                                 uint16_t type, bool (*still)(const struct dns_answer *));
/*
 * The second answer to a question that was denied: from the name servers of the zone in which the
 * name lies, past the resolver; or, if none can be reached, from the resolver once more.
 */
enum spf_found domain_ask_again(struct domain_state *s, struct domain_job *j, const char *name,
                                uint16_t type, struct dns_answer *out, enum cause *cause);

/*
 * For anything that is wrong because some record was denied: whether two runs, at least a minute
 * apart, found it so; if not, the finding's cause is set. Without memory one run is enough. The
 * caller removes the fact when all is well.
 */
bool domain_denied_again(struct domain_state *s, struct domain_job *j, struct domain_finding *f,
                         const char *item);
/* Notes that it is there, as `text`, which is remembered for the day it is gone. */
void domain_present(struct domain_state *s, struct domain_job *j, const char *item,
                    const char *text);
/* The text it had; "" when not known. Borrowed until the next call of any of these. */
const char *domain_remembered(struct domain_state *s, struct domain_job *j, const char *item);

/* An arbitrary fact about the domain. */
const char *domain_fact(struct domain_state *s, struct domain_job *j, const char *item);
void domain_set_fact(struct domain_state *s, struct domain_job *j, const char *item,
                     const char *value);

/* Writes the health of the lists, and undoes what can't be believed from this resolver. */
void domain_finish(void *state);

void domain_judge_spf(struct domain_state *s, struct domain_job *j, struct domain_finding *f);
void domain_judge_dkim(struct domain_state *s, struct domain_job *j, struct domain_finding *f);
void domain_judge_dmarc(struct domain_state *s, struct domain_job *j, struct domain_finding *f);
void domain_judge_mail(struct domain_state *s, struct domain_job *j, struct domain_finding *f);

#endif
