/* SPDX-License-Identifier: ISC */
#include "domain_answers.h"

#include "repmon/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct domain_question {
    char *name; /* owned */
    uint16_t type;
    uint8_t round;
    bool asked, answered;
    uint32_t zone;    /* the SOA question that its answer waits for: number + 1; 0: for none */
    enum cause cause; /* why there is no answer */
    struct conf_resolver *servers; /* owned; of the round ANSWERS_SERVERS */
    size_t server_count;
    struct dns_answer answer;
    struct dns_record *records; /* owned, texts too */
    uint32_t *askers;           /* owned: who waits */
    size_t asker_count;
};

struct numbers {
    uint32_t *items; /* owned */
    size_t count, cap, taken;
};

struct answers {
    struct domain_question *questions; /* owned */
    size_t count, cap;
    struct hash index;                     /* of questions */
    struct numbers wanted[ANSWERS_ROUNDS]; /* not asked yet */
    struct numbers ready;                  /* askers */
    uint32_t *waiting;                     /* owned, by asker: open questions */
    size_t waiting_cap;
    size_t open;
    bool any_record, any_denial, any_torn, any_held, any_made_up;
};

struct answers *answers_new(void)
{
    return mem_alloc(sizeof(struct answers));
}

void answers_free(struct answers *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < a->count; i++) {
        struct domain_question *q = &a->questions[i];
        for (size_t k = 0; k < q->answer.count; k++)
            free((char *)q->records[k].text);
        free(q->records);
        free(q->askers);
        free(q->servers);
        free(q->name);
    }
    free(a->questions);
    hash_fini(&a->index);
    for (size_t i = 0; i < ANSWERS_ROUNDS; i++)
        free(a->wanted[i].items);
    free(a->ready.items);
    free(a->waiting);
    free(a);
}

static void domain_push(struct numbers *n, size_t number)
{
    if (n->count == n->cap) {
        n->cap = n->cap ? n->cap * 2 : 64;
        n->items = mem_grow(n->items, n->cap, sizeof *n->items);
    }
    n->items[n->count++] = (uint32_t)number;
}

static bool domain_pop(struct numbers *n, size_t *number)
{
    if (n->taken == n->count)
        return false;
    *number = n->items[n->taken++];
    if (n->taken == n->count)
        n->taken = n->count = 0;
    return true;
}

/* ---- the table ---- */

static struct domain_question *domain_find(struct answers *a, const char *name, uint16_t type,
                                           enum answers_round round)
{
    uint64_t key = hash_text((uint64_t)round << 16 | type, name);
    for (size_t step = 0, n; (n = hash_next(&a->index, key, &step)) != HASH_NONE;) {
        struct domain_question *q = &a->questions[n];
        if (q->type == type && q->round == round && strcmp(q->name, name) == 0)
            return q;
    }
    if (a->count == a->cap) {
        a->cap = a->cap ? a->cap * 2 : 256;
        a->questions = mem_grow(a->questions, a->cap, sizeof *a->questions);
    }
    size_t number = a->count++;
    a->questions[number] =
        (struct domain_question){.name = mem_dup(name), .type = type, .round = (uint8_t)round};
    hash_add(&a->index, key, number);
    domain_push(&a->wanted[round], number);
    return &a->questions[number];
}

static void domain_wait_for(struct answers *a, struct domain_question *q, size_t asker)
{
    if (q->asker_count && q->askers[q->asker_count - 1] == asker)
        return;
    if (asker >= a->waiting_cap) {
        size_t cap = asker + 64;
        a->waiting = mem_grow(a->waiting, cap, sizeof *a->waiting);
        memset(a->waiting + a->waiting_cap, 0, (cap - a->waiting_cap) * sizeof *a->waiting);
        a->waiting_cap = cap;
    }
    q->askers = mem_grow(q->askers, q->asker_count + 1, sizeof *q->askers);
    q->askers[q->asker_count++] = (uint32_t)asker;
    a->waiting[asker]++;
}

enum spf_found answers_get(struct answers *a, size_t asker, const char *name, uint16_t type,
                           enum answers_round round, struct dns_answer *out, enum cause *cause)
{
    char checked[CONF_NAME_MAX];
    *cause = CAUSE_NONE;
    *out = (struct dns_answer){.rcode = DNS_NXDOMAIN, .soa = true};
    if (!conf_name_parse(name, checked))
        return SPF_FOUND;
    struct domain_question *q = domain_find(a, checked, type, round);
    if (!q->answered) {
        domain_wait_for(a, q, asker);
        return SPF_NOT_YET;
    }
    *cause = q->cause;
    *out = q->answer;
    return q->cause == CAUSE_NONE ? SPF_FOUND : SPF_NO_ANSWER;
}

enum spf_found answers_get_from(struct answers *a, size_t asker, const char *name, uint16_t type,
                                const struct conf_resolver *servers, size_t count,
                                struct dns_answer *out)
{
    char checked[CONF_NAME_MAX];
    *out = (struct dns_answer){.rcode = DNS_SERVFAIL};
    if (!conf_name_parse(name, checked))
        return SPF_NO_ANSWER;
    struct domain_question *q = domain_find(a, checked, type, ANSWERS_SERVERS);
    if (!q->servers) {
        q->servers = mem_array(count, sizeof *servers);
        memcpy(q->servers, servers, count * sizeof *servers);
        q->server_count = count;
    }
    if (!q->answered) {
        domain_wait_for(a, q, asker);
        return SPF_NOT_YET;
    }
    *out = q->answer;
    return q->cause == CAUSE_NONE ? SPF_FOUND : SPF_NO_ANSWER;
}

/* ---- asking ---- */

static bool domain_next_wanted(struct answers *a, size_t *number)
{
    if (domain_pop(&a->wanted[ANSWERS_FIRST], number) ||
        domain_pop(&a->wanted[ANSWERS_SERVERS], number))
        return true;
    return !a->open && domain_pop(&a->wanted[ANSWERS_AGAIN], number);
}

bool answers_next(struct answers *a, struct request *r)
{
    size_t number;
    if (!domain_next_wanted(a, &number))
        return false;
    struct domain_question *q = &a->questions[number];
    a->open += q->round == ANSWERS_FIRST; /* only first questions hold up the second round */
    q->asked = true;
    r->kind = REQUEST_DNS;
    r->tag = number;
    r->tries = 0;
    r->type = q->type;
    r->servers = q->servers;
    r->server_count = q->server_count;
    snprintf(r->name, sizeof r->name, "%s", q->name);
    return true;
}

size_t answers_open(const struct answers *a)
{
    return a->open;
}

static enum cause domain_cause_of(const struct reply *reply)
{
    if (reply->how == REPLY_DEADLINE)
        return CAUSE_NOT_ASKED;
    if (reply->how != REPLY_ANSWERED)
        return CAUSE_TIMEOUT;
    if (reply->dns->malformed || reply->dns->more)
        return CAUSE_BAD_FORMAT;
    if (reply->dns->rcode == DNS_REFUSED)
        return CAUSE_NOT_SERVED;
    if (reply->dns->rcode != DNS_NOERROR && reply->dns->rcode != DNS_NXDOMAIN)
        return CAUSE_SERVFAIL;
    /* RFC 2308: a denial carries an SOA */
    return reply->dns->count || reply->dns->soa ? CAUSE_NONE : CAUSE_UNPROVEN;
}

static void domain_keep(struct domain_question *q, const struct dns_answer *dns)
{
    q->answer = *dns;
    q->records = mem_array(dns->count, sizeof *q->records);
    for (size_t i = 0; i < dns->count; i++) {
        q->records[i] = dns->records[i];
        const char *text = dns->records[i].text;
        q->records[i].text = mem_ndup(text ? text : "", text ? dns->records[i].len : 0);
    }
    q->answer.records = q->records;
}

static void domain_answered(struct answers *a, struct domain_question *q, enum cause cause)
{
    q->answered = true;
    q->cause = cause;
    q->zone = 0;
    for (size_t i = 0; i < q->asker_count; i++)
        if (--a->waiting[q->askers[i]] == 0)
            domain_push(&a->ready, q->askers[i]);
}

/* ---- the resolver's own data ---- */

/* A server that does not recurse is the zone's own, not a resolver with a view of its own. */
static bool domain_is_own(const struct domain_question *q, const struct reply *reply)
{
    return q->type != DNS_SOA && reply->how == REPLY_ANSWERED && reply->dns->own &&
           reply->dns->recursive;
}

/* What an answer from the resolver's own data is worth, going by the answer about its zone. */
static enum cause domain_cause_of_own(struct answers *a, const struct domain_question *zone)
{
    if (zone->cause != CAUSE_NONE && zone->cause != CAUSE_UNPROVEN)
        return zone->cause;
    bool holds = zone->answer.own && (zone->answer.soa || zone->answer.count);
    a->any_held |= holds;
    a->any_made_up |= !holds;
    return holds ? CAUSE_UNPROVEN : CAUSE_UNTRUSTED;
}

static void domain_ask_zone(struct answers *a, uint64_t tag)
{
    const char *name = a->questions[tag].name;
    struct domain_question *zone = domain_find(a, name, DNS_SOA, ANSWERS_FIRST);
    if (zone->answered)
        domain_answered(a, &a->questions[tag], domain_cause_of_own(a, zone));
    else
        a->questions[tag].zone = (uint32_t)(zone - a->questions) + 1;
}

static void domain_take_zone(struct answers *a, uint64_t tag)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->questions[i].zone == tag + 1)
            domain_answered(a, &a->questions[i], domain_cause_of_own(a, &a->questions[tag]));
}

/* What a name server says of its zone proves nothing about the resolver. */
static void domain_take_servers(struct answers *a, struct domain_question *q,
                                const struct reply *reply, enum cause cause)
{
    if (cause == CAUSE_NONE && !reply->dns->own)
        cause = CAUSE_NOT_SERVED; /* it does not hold the zone */
    if (cause == CAUSE_NONE)
        domain_keep(q, reply->dns);
    domain_answered(a, q, cause);
}

void answers_reply(struct answers *a, uint64_t tag, const struct reply *reply)
{
    struct domain_question *q = &a->questions[tag];
    enum cause cause = domain_cause_of(reply);
    if (q->round == ANSWERS_SERVERS) {
        domain_take_servers(a, q, reply, cause);
        return;
    }
    a->open -= q->round == ANSWERS_FIRST;
    if (domain_is_own(q, reply)) {
        domain_ask_zone(a, tag);
        return;
    }
    if (q->type == DNS_SOA && reply->how == REPLY_ANSWERED)
        domain_keep(q, reply->dns);
    if (q->type == DNS_SOA) {
        domain_answered(a, q, cause);
        domain_take_zone(a, tag);
        return;
    }
    a->any_torn |= cause == CAUSE_UNPROVEN;
    if (cause == CAUSE_NONE) {
        domain_keep(q, reply->dns);
        a->any_record |= q->answer.count > 0;
        a->any_denial |= q->answer.count == 0;
    }
    domain_answered(a, q, cause);
}

bool answers_any_held(const struct answers *a)
{
    return a->any_held;
}

void answers_note_held(struct answers *a)
{
    a->any_held = true;
}

bool answers_any_made_up(const struct answers *a)
{
    return a->any_made_up;
}

bool answers_take_ready(struct answers *a, size_t *asker)
{
    return domain_pop(&a->ready, asker);
}

bool answers_any_record(const struct answers *a)
{
    return a->any_record;
}

bool answers_any_denial(const struct answers *a)
{
    return a->any_denial;
}

bool answers_any_torn(const struct answers *a)
{
    return a->any_torn;
}

bool answers_all_torn(const struct answers *a)
{
    return a->any_torn && !a->any_record && !a->any_denial;
}
