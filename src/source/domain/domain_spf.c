/* SPDX-License-Identifier: ISC */
/*
 * Whether the SPF record of the envelope's domain covers the addresses that send for it:
 * check_host() for each. An address that passed is remembered: only losing its pass is critical.
 */
#include "domain_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESSES_MAX 256  /* of a domain; larger blocks are checked at their first and last */
#define PASSED_MAX    3500 /* octets of the list that is remembered */
#define VOIDS_MAX     2    /* RFC 7208 4.6.4 */
#define DENIED        "spf-denied" /* the item: since when denials make a difference */
#define SHOWN         320          /* octets of a record shown with its changes */

struct addresses {
    struct ip items[ADDRESSES_MAX];
    size_t count;
    bool are_senders; /* configured; else those that are watched */
};

struct spf_job {
    struct domain_state *s;
    struct domain_job *j;
    struct domain_finding *f;
    const char *envelope;
    enum cause cause; /* of the answer that failed last */
    bool denied;      /* a denial cost an address its pass */
    struct spf_verdict verdict;
};

/* ---- which addresses ---- */

static void domain_add_address(struct addresses *a, const struct ip *ip)
{
    for (size_t i = 0; i < a->count; i++)
        if (ip_cmp(&a->items[i], ip) == 0)
            return;
    if (a->count < ADDRESSES_MAX && (ip->family == 4 || ip->family == 6))
        a->items[a->count++] = *ip;
}

static struct ip domain_last_of(const struct cidr *block)
{
    struct ip ip = block->base;
    for (unsigned bit = block->len; bit < ip_bits(&ip); bit++)
        ip.bytes[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
    return ip;
}

static void domain_add_block(struct addresses *a, const struct cidr *block)
{
    struct ip ip = block->base, last = domain_last_of(block);
    if (ip_bits(&ip) - block->len > 8) {
        domain_add_address(a, &ip);
        domain_add_address(a, &last);
        return;
    }
    do
        domain_add_address(a, &ip);
    while (ip_cmp(&ip, &last) != 0 && ip_next(&ip));
}

/* The configured senders of the domain; else the watched addresses that are written singly. */
static void domain_gather(const struct domain_state *s, const struct domain_job *j,
                          struct addresses *a)
{
    a->count = 0;
    a->are_senders = j->conf->sender_count > 0;
    for (size_t i = 0; i < j->conf->sender_count; i++)
        domain_add_block(a, &j->conf->senders[i]);
    for (size_t i = 0; i < s->env.inventory->count && !a->are_senders; i++) {
        const struct target *t = &s->env.inventory->items[i];
        if (t->flags & TARGET_SINGLY && !ip_is_hidden(&t->ip))
            domain_add_address(a, &t->ip);
    }
    for (size_t i = 0; i < s->env.conf->target_count && !a->are_senders; i++) {
        const struct conf_target *t = &s->env.conf->targets[i];
        if (t->kind == TARGET_IP && t->cidr.len == ip_bits(&t->cidr.base) &&
            !ip_is_hidden(&t->cidr.base))
            domain_add_address(a, &t->cidr.base);
    }
}

/* ---- check_host() ---- */

/* A denial is asked twice: two answers that disagree count as none. */
static enum spf_found domain_spf_ask(void *ctx, const char *name, uint16_t type,
                                     struct dns_answer *out)
{
    struct spf_job *job = ctx;
    size_t asker = (size_t)(job->j - job->s->jobs);
    struct answers *all = job->s->answers;
    struct dns_answer again;
    enum cause cause;
    enum spf_found found = answers_get(all, asker, name, type, ANSWERS_FIRST, out, &cause);
    if (found == SPF_FOUND && out->count == 0) {
        found = domain_ask_again(job->s, job->j, name, type, &again, &cause);
        if (found == SPF_FOUND && again.count) {
            found = SPF_NO_ANSWER;
            cause = CAUSE_UNPROVEN;
        }
    }
    if (found == SPF_NO_ANSWER)
        job->cause = cause;
    return found;
}

static const char *domain_helo_of(const struct domain_state *s, const struct ip *ip)
{
    const struct conf_ptr *ptr = &s->env.conf->ptr;
    for (size_t i = 0; i < ptr->helo_count; i++)
        if (ip_cmp(&ptr->helo[i].ip, ip) == 0)
            return ptr->helo[i].name;
    return "unknown";
}

static void domain_check(struct spf_job *job, const struct ip *ip)
{
    const struct spf_request request = {.ip = *ip,
                                        .local = "postmaster",
                                        .domain = job->envelope,
                                        .helo = domain_helo_of(job->s, ip),
                                        .receiver = "unknown",
                                        .now = job->s->env.now,
                                        .count_voids_only = true,
                                        .ask = domain_spf_ask,
                                        .ctx = job};
    spf_check(&request, &job->verdict);
}

/* ---- what is remembered of addresses that passed ---- */

static bool domain_has_word(const char *list, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += len)
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
            return true;
    return false;
}

static void domain_note_passed(const char *address, struct buf *passed)
{
    if (passed->len + strlen(address) + 1 < PASSED_MAX)
        buf_fmt(passed, "%s%s", passed->len ? " " : "", address);
}

/* ---- what to publish ---- */

/* The record of the envelope's domain; "" when there is none. */
static const char *domain_record_text(struct spf_job *job)
{
    struct dns_answer answer;
    unsigned records;
    if (domain_spf_ask(job, job->envelope, DNS_TXT, &answer) != SPF_FOUND)
        return "";
    const struct dns_record *record = spf_pick(&answer, &records);
    return record ? record->text : "";
}

/* "v=spf1 ip4:203.0.113.5 ip4:203.0.113.6 mx -all": the record with the terms that it lacks. */
static void domain_add_record(struct spf_job *job, const char *terms, const char *rest)
{
    struct buf clean;
    buf_init(&clean, 4 * SHOWN);
    buf_clean(&clean, rest, strlen(rest), SHOWN);
    finding_say(job->f, "publish %s TXT \"v=spf1%s%s%s\"", job->envelope, terms, buf_text(&clean),
                strlen(rest) > SHOWN ? " ..." : "");
    buf_fini(&clean);
}

/* The terms that cover all senders: for a domain that has no record. */
static void domain_tell_whole_record(struct spf_job *job, const struct addresses *a)
{
    struct buf terms;
    char text[CIDR_TEXT_MAX];
    buf_init(&terms, 1024);
    for (size_t i = 0; i < job->j->conf->sender_count; i++) {
        const struct cidr *block = &job->j->conf->senders[i];
        cidr_format(block, text);
        buf_fmt(&terms, " ip%d:%s", block->base.family, text);
    }
    for (size_t i = 0; i < a->count && !a->are_senders; i++) {
        ip_format(&a->items[i], text);
        buf_fmt(&terms, " ip%d:%s", a->items[i].family, text);
    }
    domain_add_record(job, buf_text(&terms), terms.len ? " -all" : " mx -all");
    buf_fini(&terms);
}

/* ---- the record as such ---- */

static bool domain_spf_has_no_record(const struct dns_answer *answer)
{
    unsigned records;
    return spf_pick(answer, &records) == NULL;
}

static void domain_spf_tell_absent(struct spf_job *job, const struct addresses *a)
{
    enum domain_absent absent = domain_absent(job->s, job->j, job->f, "spf", job->envelope, DNS_TXT,
                                              domain_spf_has_no_record);
    if (absent == ABSENT_NOT_PROVEN)
        return;
    finding_add(job->f, absent == ABSENT_GONE ? SPF_GONE : SPF_MISSING, "");
    const char *was = absent == ABSENT_GONE ? domain_remembered(job->s, job->j, "spf") : "";
    if (*was)
        finding_say(job->f, "publish again: %s TXT \"%s\"", job->envelope, was);
    else
        domain_tell_whole_record(job, a);
}

static void domain_tell_permanent(struct spf_job *job)
{
    const struct spf_verdict *v = &job->verdict;
    bool two = v->records > 1;
    if (v->included_missing && !domain_denied_again(job->s, job->j, job->f, DENIED))
        return;
    finding_add(job->f, two ? SPF_TWO_RECORDS : SPF_PERMANENT_ERROR, "");
    if (two)
        finding_say(job->f, "%s has %u SPF records: keep one", job->envelope, v->records);
    else
        finding_say(job->f, "the SPF record of %s: %s%s%s", v->at, v->term, v->term[0] ? " " : "",
                    v->why);
}

/* Whether the verdict is about the record and not about the address; if so, it is noted. */
static bool domain_is_about_record(struct spf_job *job, const struct addresses *a)
{
    switch (job->verdict.result) {
    case SPF_PENDING: job->f->pending = true; return true;
    case SPF_TEMPERROR:
        if (job->f->cause == CAUSE_NONE)
            job->f->cause = job->cause;
        return true;
    case SPF_PERMERROR: domain_tell_permanent(job); return true;
    case SPF_RESULT_NONE: domain_spf_tell_absent(job, a); return true;
    default: return false;
    }
}

/* ---- an address ---- */

/* "203.0.113.5 gets fail (-all)" */
static void domain_tell_address(struct spf_job *job, const struct addresses *a, const char *address,
                                bool passed_once)
{
    const struct spf_verdict *v = &job->verdict;
    enum domain_say say = a->are_senders ? SPF_NOT_COVERED : SPF_NOT_MENTIONED;
    if (passed_once)
        say = SPF_LOST;
    finding_add(job->f, say, address);
    if (job->f->count + job->f->dropped <= DOMAIN_WORDS)
        finding_say(job->f, "%s gets %s%s%s%s", address, spf_result_word(v->result),
                    v->term[0] ? " from \"" : "", v->term, v->term[0] ? "\"" : "");
}

/* Judges every address by itself; false: the record is wrong, or an answer is missing. */
static bool domain_judge_all(struct spf_job *job, const struct addresses *a, struct buf *passed,
                             struct buf *terms, unsigned *voids)
{
    const char *fact = domain_fact(job->s, job->j, "spf-passed");
    char *before = mem_dup(fact ? fact : "");
    bool all = true;
    for (size_t i = 0; i < a->count; i++) {
        char text[IP_TEXT_MAX];
        ip_format(&a->items[i], text);
        domain_check(job, &a->items[i]);
        if (job->verdict.result == SPF_PENDING) {
            job->f->pending = true; /* the next address may need other answers: ask for all */
            all = false;
            continue;
        }
        if (domain_is_about_record(job, a)) {
            all = false;
            break;
        }
        *voids = job->verdict.voids > *voids ? job->verdict.voids : *voids;
        bool once = domain_has_word(before, text);
        bool passes = job->verdict.result == SPF_PASS;
        if (passes || once)
            domain_note_passed(text, passed);
        if (passes)
            continue;
        if (once && job->verdict.voids > 0) { /* a name in the record is gone, or seems to be */
            job->denied = true;
            domain_denied_again(job->s, job->j, job->f, DENIED);
        }
        domain_tell_address(job, a, text, once);
        if (job->f->count <= DOMAIN_WORDS && job->f->dropped == 0)
            buf_fmt(terms, " ip%d:%s", a->items[i].family, text);
    }
    free(before);
    return all;
}

/*
 * A record can be wrong whoever sends: a documentation address represents any sender.
 */
static bool domain_judge_record(struct spf_job *job, const struct addresses *a, unsigned *voids)
{
    struct ip nobody;
    ip_parse("192.0.2.1", &nobody);
    domain_check(job, &nobody);
    *voids = job->verdict.voids;
    return !domain_is_about_record(job, a);
}

void domain_judge_spf(struct domain_state *s, struct domain_job *j, struct domain_finding *f)
{
    struct addresses *a = mem_alloc(sizeof *a);
    struct spf_job job = {.s = s,
                          .j = j,
                          .f = f,
                          .cause = CAUSE_NONE,
                          .envelope = j->conf->envelope ? j->conf->envelope : j->name};
    struct buf passed, terms;
    unsigned voids = 0;
    buf_init(&passed, PASSED_MAX);
    buf_init(&terms, 2048);
    domain_gather(s, j, a);
    bool judged = a->count ? domain_judge_all(&job, a, &passed, &terms, &voids)
                           : domain_judge_record(&job, a, &voids);
    if (judged && !f->pending) {
        const char *record = domain_record_text(&job);
        domain_present(s, j, "spf", record);
        domain_set_fact(s, j, "spf-passed", passed.len ? buf_text(&passed) : NULL);
        if (!job.denied)
            domain_set_fact(s, j, DENIED, NULL);
        if (terms.len && strlen(record) >= 6)
            domain_add_record(&job, buf_text(&terms), record + 6);
        if (voids > VOIDS_MAX) {
            finding_add(f, SPF_VOIDS, "");
            finding_say(f, "%u names of the SPF record of %s have no records: remove them", voids,
                        job.envelope);
        }
    }
    buf_fini(&passed);
    buf_fini(&terms);
    free(a);
}
