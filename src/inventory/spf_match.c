/* SPDX-License-Identifier: ISC */
#include "spf_match.h"

#include "spf.h"
#include "spf_macro.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PTR_NAMES 10 /* RFC 7208 4.6.4 */
#define NAME_ROOM 2048

/* ---- saying why ---- */

static void spf_blame(struct spf_checking *c, const char *domain, const char *term, const char *why)
{
    if (c->out->why[0])
        return; /* the innermost cause stays */
    snprintf(c->out->at, sizeof c->out->at, "%s", domain);
    snprintf(c->out->term, sizeof c->out->term, "%s", term);
    snprintf(c->out->why, sizeof c->out->why, "%s", why);
}

enum match spf_match_permanent(struct spf_checking *c, const char *domain, const char *term,
                               const char *why)
{
    spf_blame(c, domain, term, why);
    return MATCH_PERMERROR;
}

/* ---- questions ---- */

enum match spf_match_ask(struct spf_checking *c, const char *name, uint16_t type,
                         struct dns_answer *answer)
{
    switch (c->request->ask(c->request->ctx, name, type, answer)) {
    case SPF_NOT_YET: return MATCH_WAIT;
    case SPF_NO_ANSWER: spf_blame(c, name, "", "could not be queried"); return MATCH_TEMPERROR;
    default: break;
    }
    if (!answer->malformed && (answer->rcode == DNS_NOERROR || answer->rcode == DNS_NXDOMAIN))
        return MATCH_YES;
    spf_blame(c, name, "", answer->malformed ? "gave no answer that can be read" : "gave an error");
    return MATCH_TEMPERROR;
}

static enum match spf_match_count_void(struct spf_checking *c, const char *domain,
                                       const struct spf_term *t, const struct dns_answer *answer)
{
    if (answer->count || ++c->out->voids <= SPF_VOIDS_MAX || c->request->count_voids_only)
        return MATCH_YES;
    return spf_match_permanent(c, domain, t->shown, "is the third name without records");
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

/* The closest name of the address that resolves back to it; "" for none. MATCH_NO with errors. */
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

enum match spf_match_expand(struct spf_checking *c, const char *domain, const char *spec,
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
enum match spf_match_target(struct spf_checking *c, const char *domain, const struct spf_term *t,
                            char *out)
{
    struct buf name;
    buf_init(&name, NAME_ROOM);
    enum match done = t->spec[0] ? spf_match_expand(c, domain, t->spec, false, &name) : MATCH_YES;
    const char *text = spf_shorten(t->spec[0] ? buf_text(&name) : domain);
    size_t len = strlen(text);
    if (len > 1 && text[len - 1] == '.')
        len--;
    len = len < CONF_NAME_MAX ? len : CONF_NAME_MAX - 1; /* an endless label is not a name */
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
        return spf_match_permanent(c, domain, t->shown, "has more than ten hosts");
    for (size_t i = 0; i < hosts->count; i++) {
        const struct dns_record *host = &hosts->records[i];
        if (host->len && host->len < CONF_NAME_MAX) /* "." is no host, RFC 7505 */
            memcpy(names[count++], host->text, host->len + 1);
    }
    for (size_t i = 0; i < count && !found; i++) {
        struct dns_answer addresses;
        enum match there = spf_match_ask(c, names[i], spf_address_type(c), &addresses);
        if (there == MATCH_TEMPERROR)
            return there;
        waiting |= there == MATCH_WAIT;
        found = there == MATCH_YES && !waiting && spf_holds(&addresses, &c->request->ip, len);
    }
    if (waiting)
        return MATCH_WAIT;
    return found ? MATCH_YES : MATCH_NO;
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
    enum match counted = spf_match_count_void(c, domain, t, &reverse);
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
        return spf_match_permanent(c, domain, t->shown, "names a domain without SPF record");
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
    enum match ready = spf_match_target(c, domain, t, name);
    if (ready != MATCH_YES)
        return ready;
    if (t->kind == SPF_INCLUDE)
        return spf_match_include(c, domain, t, name);
    if (t->kind == SPF_PTR)
        return spf_match_ptr(c, domain, t, name);
    ready =
        spf_match_ask(c, name, t->kind == SPF_A ? spf_address_type(c) : types[t->kind], &answer);
    if (ready == MATCH_YES)
        ready = spf_match_count_void(c, domain, t, &answer);
    if (ready != MATCH_YES)
        return ready;
    if (t->kind == SPF_MX)
        return spf_match_mx(c, domain, t, len, &answer);
    if (t->kind == SPF_EXISTS)
        return answer.count ? MATCH_YES : MATCH_NO;
    return spf_holds(&answer, &c->request->ip, len) ? MATCH_YES : MATCH_NO;
}

enum match spf_match_term(struct spf_checking *c, const char *domain, const struct spf_term *t)
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
        return spf_match_permanent(c, domain, t->shown,
                                   "is one look-up more than the ten that are allowed");
    return spf_match_name(c, domain, t);
}
