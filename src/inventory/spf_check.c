/* SPDX-License-Identifier: ISC */
#include "spf_match.h"

#include "spf.h"
#include "spf_macro.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAME_ROOM 2048

const char *spf_result_word(enum spf_result result)
{
    static const char *const words[] = {"pending", "none",     "neutral",   "pass",
                                        "fail",    "softfail", "temperror", "permerror"};
    return words[result];
}

/* ---- a record ---- */

struct record {
    const char *text; /* after the version */
    const char *end;
    struct spf_term redirect, exp; /* kind SPF_BAD: there is none */
};

/* Errors count wherever they are, before anything is judged (RFC 7208 4.6). */
static bool spf_check_read_record(struct spf_checking *c, const char *domain, struct record *r)
{
    struct spf_term t;
    r->redirect.kind = r->exp.kind = SPF_BAD;
    for (const char *at = r->text; spf_term_next(&at, r->end, &t);) {
        struct spf_term *once = NULL;
        if (t.kind == SPF_REDIRECT)
            once = &r->redirect;
        else if (t.kind == SPF_EXP)
            once = &r->exp;
        if (t.kind == SPF_BAD) {
            spf_match_permanent(c, domain, t.shown, "is not a term of RFC 7208");
            return false;
        }
        if (once && once->kind != SPF_BAD) {
            spf_match_permanent(c, domain, t.shown, "is there twice");
            return false;
        }
        if (once)
            *once = t;
    }
    return true;
}

static enum spf_result spf_of_qualifier(char qualifier)
{
    switch (qualifier) {
    case '-': return SPF_FAIL;
    case '~': return SPF_SOFTFAIL;
    case '?': return SPF_NEUTRAL;
    default: return SPF_PASS;
    }
}

static enum spf_result spf_of_match(enum match match)
{
    switch (match) {
    case MATCH_WAIT: return SPF_PENDING;
    case MATCH_TEMPERROR: return SPF_TEMPERROR;
    default: return SPF_PERMERROR;
    }
}

/* Blanks and printable ASCII only (RFC 7208 6.2). */
static bool spf_is_printable(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    return true;
}

/* Whatever goes wrong here, there is no explanation, and the result stays. */
static enum match spf_explain(struct spf_checking *c, const char *domain,
                              const struct spf_term *exp)
{
    char name[CONF_NAME_MAX];
    struct dns_answer answer;
    struct buf text;
    if (c->depth || exp->kind == SPF_BAD)
        return MATCH_NO;
    enum match ready = spf_match_target(c, domain, exp, name);
    if (ready == MATCH_WAIT)
        return ready;
    enum spf_found found = ready == MATCH_YES
                               ? c->request->ask(c->request->ctx, name, DNS_TXT, &answer)
                               : SPF_NO_ANSWER;
    if (found != SPF_FOUND || answer.count != 1 ||
        !spf_is_printable(answer.records[0].text, answer.records[0].len))
        return found == SPF_NOT_YET ? MATCH_WAIT : MATCH_NO;
    char *spec = mem_ndup(answer.records[0].text, answer.records[0].len);
    buf_init(&text, NAME_ROOM);
    ready = spf_match_expand(c, domain, spec, true, &text);
    if (ready == MATCH_YES)
        snprintf(c->out->explanation, sizeof c->out->explanation, "%s", buf_text(&text));
    buf_fini(&text);
    free(spec);
    return ready;
}

static enum spf_result spf_decided(struct spf_checking *c, const char *domain,
                                   const struct record *r, const struct spf_term *t)
{
    enum spf_result result = spf_of_qualifier(t->qualifier);
    if (c->depth == 0) {
        snprintf(c->out->term, sizeof c->out->term, "%s", t->shown);
        snprintf(c->out->at, sizeof c->out->at, "%s", domain);
    }
    if (result == SPF_FAIL && spf_explain(c, domain, &r->exp) == MATCH_WAIT)
        return SPF_PENDING;
    return result;
}

static enum spf_result spf_redirected(struct spf_checking *c, const char *domain,
                                      const struct spf_term *t)
{
    char name[CONF_NAME_MAX];
    if (++c->out->lookups > SPF_LOOKUPS_MAX) {
        spf_match_permanent(c, domain, t->shown,
                            "is one look-up more than the ten that are allowed");
        return SPF_PERMERROR;
    }
    enum match ready = spf_match_target(c, domain, t, name);
    if (ready != MATCH_YES)
        return spf_of_match(ready);
    enum spf_result result = spf_check_domain(c, name);
    if (result != SPF_RESULT_NONE)
        return result;
    c->out->included_missing = true;
    spf_match_permanent(c, domain, t->shown, "names a domain without SPF record");
    return SPF_PERMERROR;
}

static enum spf_result spf_judge_record(struct spf_checking *c, const char *domain,
                                        struct record *r)
{
    struct spf_term t;
    if (!spf_check_read_record(c, domain, r))
        return SPF_PERMERROR;
    for (const char *at = r->text; spf_term_next(&at, r->end, &t);) {
        enum match match = spf_match_term(c, domain, &t);
        if (match == MATCH_YES)
            return spf_decided(c, domain, r, &t);
        if (match != MATCH_NO)
            return spf_of_match(match);
    }
    return r->redirect.kind == SPF_REDIRECT ? spf_redirected(c, domain, &r->redirect) : SPF_NEUTRAL;
}

/* At least two labels, none empty or longer than 63 (RFC 7208 4.3). */
static bool spf_is_domain(const char *name)
{
    size_t label = 0, labels = 0, len = strlen(name);
    if (len && name[len - 1] == '.')
        len--;
    for (size_t i = 0; i < len; i++) {
        label = name[i] == '.' ? 0 : label + 1;
        if (label > 63 || (name[i] == '.' && (i == 0 || name[i - 1] == '.')))
            return false;
        labels += label == 1;
    }
    return label > 0 && labels > 1;
}

enum spf_result spf_check_domain(struct spf_checking *c, const char *domain)
{
    struct dns_answer answer;
    unsigned records;
    if (!spf_is_domain(domain))
        return SPF_RESULT_NONE;
    enum match ready = spf_match_ask(c, domain, DNS_TXT, &answer);
    if (ready != MATCH_YES)
        return spf_of_match(ready);
    const struct dns_record *record = spf_pick(&answer, &records);
    if (c->depth == 0 && c->out->lookups == 0)
        c->out->records = records;
    if (records > 1) {
        spf_match_permanent(c, domain, "", "has more than one SPF record");
        return SPF_PERMERROR;
    }
    if (!record)
        return SPF_RESULT_NONE;
    char *text = mem_ndup(record->text, record->len); /* the answer is borrowed until the next */
    struct record r = {.text = text + 6, .end = text + record->len};
    enum spf_result result = spf_judge_record(c, domain, &r);
    free(text);
    return result;
}

void spf_check(const struct spf_request *request, struct spf_verdict *out)
{
    struct spf_checking c = {.request = request, .out = out};
    *out = (struct spf_verdict){.result = SPF_PENDING};
    out->result = spf_check_domain(&c, request->domain);
}
