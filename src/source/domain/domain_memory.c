/* SPDX-License-Identifier: ISC */
/*
 * What earlier runs saw of a domain, as facts "domain/NAME/ITEM": "0 TEXT" while the record is
 * there, "SINCE TEXT" since it was first denied. A record once seen is gone when two runs, at
 * least a minute apart, were denied it; one never seen is missing after two answers.
 */
#include "domain_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX  2000  /* of a record; a longer one is remembered without its text */
#define LEAST_GAP 60    /* seconds between the two denials, repmon.conf(5), [domain] */
#define DOUBTED   86400 /* seconds for which a loss by many at once may be the resolver's fault */

static void domain_fact_key(const struct domain_job *j, const char *item, struct buf *out)
{
    buf_init(out, 1024);
    buf_fmt(out, "domain/%s/%s", j->name, item);
}

const char *domain_fact(struct domain_state *s, struct domain_job *j, const char *item)
{
    struct buf key;
    if (!s->env.fact_get)
        return NULL;
    domain_fact_key(j, item, &key);
    const char *value = s->env.fact_get(s->env.ctx, buf_text(&key));
    buf_fini(&key);
    return value;
}

void domain_set_fact(struct domain_state *s, struct domain_job *j, const char *item,
                     const char *value)
{
    struct buf key;
    const char *now = domain_fact(s, j, item);
    bool same = now && value ? strcmp(now, value) == 0 : now == value;
    if (!s->env.fact_set || same)
        return;
    domain_fact_key(j, item, &key);
    s->env.fact_set(s->env.ctx, buf_text(&key), value);
    buf_fini(&key);
}

void domain_present(struct domain_state *s, struct domain_job *j, const char *item,
                    const char *text)
{
    struct buf value;
    buf_init(&value, TEXT_MAX * 4);
    buf_str(&value, "0 ");
    if (strlen(text) <= TEXT_MAX)
        buf_clean(&value, text, strlen(text), TEXT_MAX);
    domain_set_fact(s, j, item, buf_text(&value));
    buf_fini(&value);
}

const char *domain_remembered(struct domain_state *s, struct domain_job *j, const char *item)
{
    const char *value = domain_fact(s, j, item);
    const char *blank = value ? strchr(value, ' ') : NULL;
    return blank ? blank + 1 : "";
}

static enum domain_absent domain_since_when(struct domain_state *s, struct domain_job *j,
                                            struct domain_finding *f, const char *item)
{
    const char *value = domain_fact(s, j, item);
    if (!value)
        return ABSENT_NEVER_THERE;
    char *end;
    int64_t since = strtoll(value, &end, 10);
    int64_t now = (int64_t)s->env.now;
    if (since > 0 && since <= now - LEAST_GAP) {
        f->turned = since > now - DOUBTED;
        return ABSENT_GONE;
    }
    if (since == 0 || since > now) { /* a date in the future comes from a wrong clock */
        struct buf first;
        buf_init(&first, TEXT_MAX * 4);
        buf_fmt(&first, "%" PRId64 "%s", now, end);
        domain_set_fact(s, j, item, buf_text(&first));
        buf_fini(&first);
    }
    if (f->cause == CAUSE_NONE)
        f->cause = CAUSE_UNPROVEN; /* the next run looks again */
    return ABSENT_NOT_PROVEN;
}

bool domain_denied_again(struct domain_state *s, struct domain_job *j, struct domain_finding *f,
                         const char *item)
{
    if (s->env.fact_get && !domain_fact(s, j, item))
        domain_set_fact(s, j, item, "0");
    return domain_since_when(s, j, f, item) != ABSENT_NOT_PROVEN;
}

enum domain_absent domain_absent(struct domain_state *s, struct domain_job *j,
                                 struct domain_finding *f, const char *item, const char *name,
                                 uint16_t type, bool (*still)(const struct dns_answer *))
{
    struct dns_answer answer;
    enum cause cause = CAUSE_NONE;
    enum spf_found found = domain_ask_again(s, j, name, type, &answer, &cause);
    f->pending |= found == SPF_NOT_YET;
    if (found == SPF_NO_ANSWER && f->cause == CAUSE_NONE)
        f->cause = cause;
    if (found != SPF_FOUND)
        return ABSENT_NOT_PROVEN;
    if (still ? !still(&answer) : answer.count > 0) { /* two answers that disagree prove nothing */
        if (f->cause == CAUSE_NONE)
            f->cause = CAUSE_UNPROVEN;
        return ABSENT_NOT_PROVEN;
    }
    return domain_since_when(s, j, f, item);
}
