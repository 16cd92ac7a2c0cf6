/* SPDX-License-Identifier: ISC */
#include "repmon/spf_check.h"

#include "spf.h"
#include "spf_macro.h"
#include "spf_term.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PTR_NAMES 10 /* RFC 7208 4.6.4 */
#define NAME_ROOM 2048

struct spf_checking {
    const struct spf_request *request;
    struct spf_verdict *out;
    unsigned depth; /* of includes */
};

/* What a mechanism says of the address. */
enum match { MATCH_NO = 0, MATCH_YES, MATCH_WAIT, MATCH_TEMPERROR, MATCH_PERMERROR };

const char *spf_result_word(enum spf_result result)
{
    static const char *const words[] = {"pending", "none",     "neutral",   "pass",
                                        "fail",    "softfail", "temperror", "permerror"};
    return words[result];
}

static enum spf_result spf_check_domain(struct spf_checking *c, const char *domain);

/* ---- saying why ---- */

static void spf_blame(struct spf_checking *c, const char *domain, const char *term, const char *why)
{
    if (c->out->why[0])
        return; /* the innermost cause stays */
    snprintf(c->out->at, sizeof c->out->at, "%s", domain);
    snprintf(c->out->term, sizeof c->out->term, "%s", term);
    snprintf(c->out->why, sizeof c->out->why, "%s", why);
}

static enum match spf_check_permanent(struct spf_checking *c, const char *domain, const char *term,
                                      const char *why)
{
    spf_blame(c, domain, term, why);
    return MATCH_PERMERROR;
}

/* ---- questions ---- */

/* MATCH_YES: *answer is there, perhaps empty. */
static enum match spf_check_ask(struct spf_checking *c, const char *name, uint16_t type,
                                struct dns_answer *answer)
{
    switch (c->request->ask(c->request->ctx, name, type, answer)) {
    case SPF_NOT_YET: return MATCH_WAIT;
    case SPF_NO_ANSWER: spf_blame(c, name, "", "could not be asked"); return MATCH_TEMPERROR;
    default: break;
    }
    if (!answer->malformed && (answer->rcode == DNS_NOERROR || answer->rcode == DNS_NXDOMAIN))
        return MATCH_YES;
    spf_blame(c, name, "", answer->malformed ? "gave no answer that can be read" : "gave an error");
    return MATCH_TEMPERROR;
}

static enum match spf_check_count_void(struct spf_checking *c, const char *domain,
                                       const struct spf_term *t, const struct dns_answer *answer)
{
    if (answer->count || ++c->out->voids <= SPF_VOIDS_MAX || c->request->count_voids_only)
        return MATCH_YES;
    return spf_check_permanent(c, domain, t->shown, "is the third name without records");
}

static uint16_t spf_address_type(const struct spf_checking *c)
{
    return c->request->ip.family == 4 ? DNS_A : DNS_AAAA;
}

static bool spf_holds(const struct dns_answer *answer, const struct ip *ip, unsigned len)
{
    for (size_t i = 0; i < answer->count; i++) {
        const struct ip *found = &answer->records[i].ip;
        if (found->family != ip->family)
            continue;
        struct ip a = ip_mask(found, len), b = ip_mask(ip, len);
        if (ip_cmp(&a, &b) == 0)
            return true;
    }
    return false;
}

/* ---- names of the address: ptr and %{p} ---- */

static bool spf_is_at_or_below(const char *name, const char *domain)
{
    size_t len = strlen(name), tail = strlen(domain);
    if (len < tail || strcasecmp(name + len - tail, domain) != 0)
        return false;
    return len == tail || name[len - tail - 1] == '.';
}

/* Of two validated names %{p} takes the domain itself, then one below it, then any (7.3). */
static unsigned spf_closeness(const char *name, const char *domain)
{
    if (strcasecmp(name, domain) == 0)
        return 2;
    return spf_is_at_or_below(name, domain);
}

/* The closest name of the address that leads back to it; "" for none. MATCH_NO with errors. */
static enum match spf_validated_name(struct spf_checking *c, const char *domain,
                                     char best[static CONF_NAME_MAX], struct dns_answer *reverse)
{
    char labels[IP_REVERSE_MAX], name[IP_REVERSE_MAX + 16];
    char names[PTR_NAMES][CONF_NAME_MAX];
    const struct ip *ip = &c->request->ip;
    size_t count = 0;
    *best = '\0';
    ip_reverse(ip, labels);
    snprintf(name, sizeof name, "%s.%s", labels, ip->family == 4 ? "in-addr.arpa" : "ip6.arpa");
    enum spf_found found = c->request->ask(c->request->ctx, name, DNS_PTR, reverse);
    if (found == SPF_NOT_YET)
        return MATCH_WAIT;
    if (found == SPF_NO_ANSWER)
        return MATCH_NO;
    for (size_t i = 0; i < reverse->count && count < PTR_NAMES; i++) {
        if (conf_name_parse(reverse->records[i].text, names[count]))
            count++;
    }
    bool waiting = false;
    for (size_t i = 0; i < count; i++) {
        struct dns_answer addresses;
        enum spf_found here =
            c->request->ask(c->request->ctx, names[i], spf_address_type(c), &addresses);
        waiting |= here == SPF_NOT_YET;
        if (here != SPF_FOUND || !spf_holds(&addresses, ip, ip_bits(ip)))
            continue;
        if (!*best || spf_closeness(names[i], domain) > spf_closeness(best, domain))
            memcpy(best, names[i], CONF_NAME_MAX);
    }
    return waiting ? MATCH_WAIT : MATCH_YES;
}

/* ---- the domain of a term ---- */

/* Labels from the left go until 253 octets are left (RFC 7208 7.3). */
static const char *spf_shorten(const char *name)
{
    while (strlen(name) > 253) {
        const char *dot = strchr(name, '.');
        if (!dot)
            break;
        name = dot + 1;
    }
    return name;
}

static enum match spf_expand(struct spf_checking *c, const char *domain, const char *spec,
                             bool explanation, struct buf *out)
{
    char validated[CONF_NAME_MAX] = "";
    const struct spf_request *r = c->request;
    if (spf_macro_needs_name(spec)) {
        struct dns_answer reverse;
        enum match named = spf_validated_name(c, domain, validated, &reverse);
        if (named == MATCH_WAIT)
            return named;
    }
    const struct spf_macro_values values = {.local = r->local[0] ? r->local : "postmaster",
                                            .sender_domain = r->domain,
                                            .helo = r->helo,
                                            .receiver = r->receiver,
                                            .domain = domain,
                                            .validated = validated[0] ? validated : "unknown",
                                            .ip = r->ip,
                                            .now = r->now};
    return spf_macro_expand(spec, &values, explanation, out) ? MATCH_YES : MATCH_PERMERROR;
}

/* The domain a term is about: its own, or that of the record. */
static enum match spf_target(struct spf_checking *c, const char *domain, const struct spf_term *t,
                             char *out)
{
    struct buf name;
    buf_init(&name, NAME_ROOM);
    enum match done = t->spec[0] ? spf_expand(c, domain, t->spec, false, &name) : MATCH_YES;
    const char *text = spf_shorten(t->spec[0] ? buf_text(&name) : domain);
    size_t len = strlen(text);
    if (len > 1 && text[len - 1] == '.')
        len--;
    len = len < CONF_NAME_MAX ? len : CONF_NAME_MAX - 1; /* one label without end is no name */
    if (done == MATCH_YES) {
        memcpy(out, text, len);
        out[len] = '\0';
    }
    buf_fini(&name);
    return done;
}

/* ---- mechanisms ---- */

static enum match spf_match_mx(struct spf_checking *c, const char *domain, const struct spf_term *t,
                               unsigned len, struct dns_answer *hosts)
{
    bool found = false, waiting = false;
    char names[SPF_MX_MAX][CONF_NAME_MAX];
    size_t count = 0;
    if (hosts->count > SPF_MX_MAX || hosts->more)
        return spf_check_permanent(c, domain, t->shown, "has more than ten hosts");
    for (size_t i = 0; i < hosts->count; i++) {
        const struct dns_record *host = &hosts->records[i];
        if (host->len && host->len < CONF_NAME_MAX) /* "." is no host, RFC 7505 */
            memcpy(names[count++], host->text, host->len + 1);
    }
    for (size_t i = 0; i < count && !found; i++) {
        struct dns_answer addresses;
        enum match there = spf_check_ask(c, names[i], spf_address_type(c), &addresses);
        if (there == MATCH_TEMPERROR)
            return there;
        waiting |= there == MATCH_WAIT;
        found = there == MATCH_YES && !waiting && spf_holds(&addresses, &c->request->ip, len);
    }
    return waiting ? MATCH_WAIT : found ? MATCH_YES : MATCH_NO;
}

static enum match spf_match_ptr(struct spf_checking *c, const char *domain,
                                const struct spf_term *t, const char *name)
{
    char best[CONF_NAME_MAX];
    struct dns_answer reverse = {.rcode = DNS_NOERROR};
    enum match named = spf_validated_name(c, name, best, &reverse);
    if (named != MATCH_YES)
        return named;
    if (*best && spf_is_at_or_below(best, name))
        return MATCH_YES;
    enum match counted = spf_check_count_void(c, domain, t, &reverse);
    return counted == MATCH_YES ? MATCH_NO : counted;
}

static enum match spf_match_include(struct spf_checking *c, const char *domain,
                                    const struct spf_term *t, const char *name)
{
    c->depth++;
    enum spf_result result = spf_check_domain(c, name);
    c->depth--;
    switch (result) {
    case SPF_PENDING: return MATCH_WAIT;
    case SPF_PASS: return MATCH_YES;
    case SPF_TEMPERROR: return MATCH_TEMPERROR;
    case SPF_PERMERROR: return MATCH_PERMERROR;
    case SPF_RESULT_NONE:
        c->out->included_missing = true;
        return spf_check_permanent(c, domain, t->shown, "names a domain without SPF record");
    default: return MATCH_NO;
    }
}

static enum match spf_match_name(struct spf_checking *c, const char *domain,
                                 const struct spf_term *t)
{
    static const uint16_t types[] = {[SPF_MX] = DNS_MX, [SPF_EXISTS] = DNS_A};
    char name[CONF_NAME_MAX];
    struct dns_answer answer;
    unsigned len = c->request->ip.family == 4 ? t->len4 : t->len6;
    enum match ready = spf_target(c, domain, t, name);
    if (ready != MATCH_YES)
        return ready;
    if (t->kind == SPF_INCLUDE)
        return spf_match_include(c, domain, t, name);
    if (t->kind == SPF_PTR)
        return spf_match_ptr(c, domain, t, name);
    ready =
        spf_check_ask(c, name, t->kind == SPF_A ? spf_address_type(c) : types[t->kind], &answer);
    if (ready == MATCH_YES)
        ready = spf_check_count_void(c, domain, t, &answer);
    if (ready != MATCH_YES)
        return ready;
    if (t->kind == SPF_MX)
        return spf_match_mx(c, domain, t, len, &answer);
    if (t->kind == SPF_EXISTS)
        return answer.count ? MATCH_YES : MATCH_NO;
    return spf_holds(&answer, &c->request->ip, len) ? MATCH_YES : MATCH_NO;
}

static enum match spf_match_term(struct spf_checking *c, const char *domain,
                                 const struct spf_term *t)
{
    switch (t->kind) {
    case SPF_ALL: return MATCH_YES;
    case SPF_IP4:
    case SPF_IP6: return cidr_contains(&t->block, &c->request->ip) ? MATCH_YES : MATCH_NO;
    case SPF_MODIFIER:
    case SPF_EXP:
    case SPF_REDIRECT:
    case SPF_BAD: return MATCH_NO;
    default: break;
    }
    if (++c->out->lookups > SPF_LOOKUPS_MAX)
        return spf_check_permanent(c, domain, t->shown,
                                   "is one look-up more than the ten that are allowed");
    return spf_match_name(c, domain, t);
}

/* ---- a record ---- */

struct record {
    const char *text; /* behind the version */
    const char *end;
    struct spf_term redirect, exp; /* kind SPF_BAD: there is none */
};

/* Errors count wherever they are, before anything is judged (RFC 7208 4.6). */
static bool spf_check_read_record(struct spf_checking *c, const char *domain, struct record *r)
{
    struct spf_term t;
    r->redirect.kind = r->exp.kind = SPF_BAD;
    for (const char *at = r->text; spf_term_next(&at, r->end, &t);) {
        struct spf_term *once = t.kind == SPF_REDIRECT ? &r->redirect
                                : t.kind == SPF_EXP    ? &r->exp
                                                       : NULL;
        if (t.kind == SPF_BAD) {
            spf_check_permanent(c, domain, t.shown, "is not a term of RFC 7208");
            return false;
        }
        if (once && once->kind != SPF_BAD) {
            spf_check_permanent(c, domain, t.shown, "is there twice");
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
    enum match ready = spf_target(c, domain, exp, name);
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
    ready = spf_expand(c, domain, spec, true, &text);
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
        spf_check_permanent(c, domain, t->shown,
                            "is one look-up more than the ten that are allowed");
        return SPF_PERMERROR;
    }
    enum match ready = spf_target(c, domain, t, name);
    if (ready != MATCH_YES)
        return spf_of_match(ready);
    enum spf_result result = spf_check_domain(c, name);
    if (result != SPF_RESULT_NONE)
        return result;
    c->out->included_missing = true;
    spf_check_permanent(c, domain, t->shown, "names a domain without SPF record");
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

static enum spf_result spf_check_domain(struct spf_checking *c, const char *domain)
{
    struct dns_answer answer;
    unsigned records;
    if (!spf_is_domain(domain))
        return SPF_RESULT_NONE;
    enum match ready = spf_check_ask(c, domain, DNS_TXT, &answer);
    if (ready != MATCH_YES)
        return spf_of_match(ready);
    const struct dns_record *record = spf_pick(&answer, &records);
    if (c->depth == 0 && c->out->lookups == 0)
        c->out->records = records;
    if (records > 1) {
        spf_check_permanent(c, domain, "", "has more than one SPF record");
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
