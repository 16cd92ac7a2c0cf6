/* SPDX-License-Identifier: ISC */
/* The answering half of reverse DNS: from replies to names, doubts and judged cells. */
#include "ptr_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of what systemd-resolved (0) and Knot (5) make up of a hosts file; or the end of a cached answer,
 * which a second look tells apart. */
#define PTR_ODD_TTL_S 5

static bool ptr_is_known(const struct ptr_state *s, size_t row)
{
    return s->env.is_known && s->env.is_known(s->env.ctx, row, s->number);
}

static const char *ptr_helo_of(const struct ptr_state *s, const struct ip *ip)
{
    for (size_t i = 0; i < s->conf->helo_count; i++) {
        if (ip_cmp(&s->conf->helo[i].ip, ip) == 0)
            return s->conf->helo[i].name;
    }
    return NULL;
}

bool ptr_missing_is_news(const struct ptr_state *s, size_t row)
{
    return !s->env.is_news || s->env.is_news(s->env.ctx, row, s->number, "missing");
}

bool ptr_is_used(const struct ptr_state *s, size_t row)
{
    const struct target *t = &s->env.inventory->items[row];
    return s->conf->use == PTR_ALL || (t->flags & TARGET_SINGLY) || ptr_helo_of(s, &t->ip) ||
           ptr_is_known(s, row);
}

static void ptr_add_row(struct rows *rows, uint32_t row)
{
    if (rows->count == rows->cap) {
        rows->cap = rows->cap ? rows->cap * 2 : 16;
        rows->items = mem_grow(rows->items, rows->cap, sizeof *rows->items);
    }
    rows->items[rows->count++] = row;
}

static enum cause ptr_trouble(const struct reply *reply)
{
    if (reply->how == REPLY_DEADLINE)
        return CAUSE_NOT_ASKED;
    if (reply->how != REPLY_ANSWERED)
        return CAUSE_TIMEOUT;
    if (reply->dns->malformed)
        return CAUSE_BAD_FORMAT;
    if (reply->dns->rcode == DNS_REFUSED)
        return CAUSE_NOT_SERVED;
    if (reply->dns->rcode != DNS_NOERROR && reply->dns->rcode != DNS_NXDOMAIN)
        return CAUSE_SERVFAIL;
    return CAUSE_NONE;
}

/* CAUSE_NONE for names, or for a real negative answer (RFC 2308: one with an SOA). */
static enum cause ptr_negative(struct ptr_state *s, const struct dns_answer *dns)
{
    if (dns->count)
        return CAUSE_NONE;
    if (dns->soa) {
        s->denied = true;
        return CAUSE_NONE;
    }
    s->no_soa = true;
    return CAUSE_UNPROVEN;
}

static struct job *ptr_take_job(struct ptr_state *s, size_t row)
{
    size_t i = 0;
    while (i < s->job_count && s->jobs[i]->in_use)
        i++;
    if (i == s->job_count) {
        s->jobs = mem_grow(s->jobs, s->job_count + 1, sizeof(struct job *));
        s->jobs[s->job_count++] = mem_alloc(sizeof(struct job));
    }
    *s->jobs[i] = (struct job){.row = row, .in_use = true};
    return s->jobs[i];
}

static void ptr_set_judged(struct ptr_state *s, size_t row, const char *answers, const char *detail)
{
    ptr_set(s, row, CAUSE_NONE, answers);
    results_set_detail(s->env.results, row, s->number, detail);
    s->judged++;
}

static bool ptr_all_generic(const struct ptr_state *s, const struct job *j)
{
    for (size_t i = 0; i < j->count; i++) {
        if (!ptr_is_generic(j->names[i].name, &s->env.inventory->items[j->row].ip))
            return false;
    }
    return true;
}

static void ptr_finish_job(struct ptr_state *s, struct job *j)
{
    const struct ip *ip = &s->env.inventory->items[j->row].ip;
    char answers[PTR_ANSWERS_MAX];
    struct buf detail;
    struct ptr_facts facts = {.ip = *ip,
                              .helo = ptr_helo_of(s, ip),
                              .names = j->names,
                              .count = j->count,
                              .total = j->total};
    buf_init(&detail, LIMIT_REASON * 2);
    enum cause cause = ptr_judge(&facts, answers, &detail);
    if (!ptr_is_used(s, j->row) && ptr_all_generic(s, j))
        ptr_set(s, j->row, CAUSE_NOT_APPLICABLE,
                ""); /* the provider's name for an unused address */
    else if (cause != CAUSE_NONE)
        ptr_set(s, j->row, cause, "");
    else
        ptr_set_judged(s, j->row, answers, buf_text(&detail));
    buf_fini(&detail);
    j->in_use = false;
}

/* DNS gives records in any order; sorting picks the same few each time. */
static int ptr_by_name(const void *a, const void *b)
{
    const struct dns_record *const *x = a, *const *y = b;
    return strcmp((*x)->text, (*y)->text);
}

/* Names that can't be host names lead nowhere; they go after those that can be queried. */
static void ptr_sort_out_names(struct job *j)
{
    for (size_t i = 0; i < j->count; i++) {
        char checked[CONF_NAME_MAX];
        if (!conf_name_parse(j->names[i].name, checked)) {
            j->names[i].forward = PTR_DENIED;
            continue;
        }
        struct ptr_name askable = j->names[i];
        j->names[i] = j->names[j->askable];
        j->names[j->askable++] = askable;
    }
}

static void ptr_begin_job(struct ptr_state *s, size_t row, const struct dns_answer *dns)
{
    const struct dns_record *sorted[DNS_MAX_RECORDS];
    struct job *j = ptr_take_job(s, row);
    for (size_t i = 0; i < dns->count; i++)
        sorted[i] = &dns->records[i];
    qsort(sorted, dns->count, sizeof *sorted, ptr_by_name);
    for (size_t i = 0; i < dns->count; i++) {
        if (i && strcmp(sorted[i]->text, sorted[i - 1]->text) == 0)
            continue;
        if (j->total++ >= PTR_NAMES_MAX)
            continue;
        snprintf(j->names[j->count++].name, sizeof j->names[0].name, "%s", sorted[i]->text);
    }
    j->total += dns->more;
    ptr_sort_out_names(j);
    j->open = j->askable;
    if (j->askable == 0)
        ptr_finish_job(s, j);
    else
        s->forward++;
}

/* Some caches (dnsmasq) leave out the SOA when they repeat a denial. */
static bool ptr_repeats_denial(uint32_t asked, const struct reply *reply)
{
    return asked & DENIED && reply->dns->count == 0;
}

static void ptr_take_names(struct ptr_state *s, uint32_t asked, bool again,
                           const struct reply *reply)
{
    size_t row = ROW(asked);
    enum cause cause = ptr_trouble(reply);
    if (cause == CAUSE_NONE && !ptr_repeats_denial(asked, reply))
        cause = ptr_negative(s, reply->dns);
    if (cause != CAUSE_NONE) {
        ptr_set(s, row, cause, "");
        return;
    }
    if (reply->dns->policy) {
        s->made_up = true;
        ptr_set(s, row, CAUSE_UNTRUSTED, "");
        return;
    }
    if (reply->dns->own || (reply->dns->count && reply->dns->ttl <= PTR_ODD_TTL_S && !again)) {
        ptr_set(s, row, CAUSE_NOT_ASKED, ""); /* until its zone was asked for */
        ptr_add_row(&s->doubted, (uint32_t)row | (reply->dns->own ? OWN_DATA : 0));
        return;
    }
    if (reply->dns->count) {
        s->named = true;
        ptr_begin_job(s, row, reply->dns);
        return;
    }
    if (!again) {
        ptr_set(s, row, CAUSE_NOT_ASKED, ""); /* until it is asked again */
        ptr_add_row(&s->missing, (uint32_t)row | DENIED);
    } else if (!ptr_is_used(s, row)) {
        ptr_set(s, row, CAUSE_NOT_APPLICABLE, "");
    } else {
        if (ptr_is_known(s, row) && ptr_missing_is_news(s, row))
            ptr_add_row(&s->turned, (uint32_t)row);
        ptr_set_judged(s, row, "missing", "no PTR record");
    }
}

/* Whether the answer to an SOA question shows that the resolver holds the zone of the name. */
static bool ptr_holds_zone(const struct reply *reply)
{
    return ptr_trouble(reply) == CAUSE_NONE && reply->dns->own &&
           (reply->dns->soa || reply->dns->count);
}

/* The second look at a reverse name that may be made up. */
static void ptr_take_zone(struct ptr_state *s, uint32_t doubted, const struct reply *reply)
{
    size_t row = ROW(doubted);
    enum cause cause = ptr_trouble(reply);
    bool silent = cause == CAUSE_TIMEOUT || cause == CAUSE_NOT_ASKED;
    bool exists = cause == CAUSE_NONE && reply->dns->rcode == DNS_NOERROR;
    if (ptr_holds_zone(reply)) {
        s->holds_zone = true;
        ptr_set(s, row, CAUSE_UNPROVEN, "");
    } else if (!(doubted & OWN_DATA) && exists) {
        ptr_add_row(&s->missing, (uint32_t)row);
    } else if (!(doubted & OWN_DATA) && cause != CAUSE_NONE && cause != CAUSE_BAD_FORMAT) {
        ptr_set(s, row, cause, "");
    } else {
        s->made_up |= !silent;
        ptr_set(s, row, silent ? cause : CAUSE_UNTRUSTED, "");
    }
}

static void ptr_close_name(struct ptr_state *s, struct job *j)
{
    if (--j->open == 0)
        ptr_finish_job(s, j);
}

static void ptr_take_addresses(struct ptr_state *s, struct job *j, size_t name,
                               const struct reply *reply)
{
    const struct ip *ip = &s->env.inventory->items[j->row].ip;
    struct ptr_name *n = &j->names[name];
    n->cause = ptr_trouble(reply);
    if (n->cause == CAUSE_NONE) {
        for (size_t i = 0; i < reply->dns->count; i++) {
            if (ip_cmp(&reply->dns->records[i].ip, ip) == 0)
                n->forward = PTR_CONFIRMED;
        }
        if (n->forward != PTR_CONFIRMED && reply->dns->more)
            n->cause = CAUSE_BAD_FORMAT; /* it may be among those not read */
        else if (n->forward != PTR_CONFIRMED)
            n->cause = ptr_negative(s, reply->dns);
        if (n->forward != PTR_CONFIRMED && n->cause == CAUSE_NONE)
            n->forward = PTR_DENIED;
    }
    if (n->forward != PTR_OPEN && reply->dns->policy) {
        s->made_up = true;
        n->forward = PTR_OPEN;
        n->cause = CAUSE_UNTRUSTED;
    } else if (n->forward != PTR_OPEN && reply->dns->own) {
        j->doubted |= (uint8_t)(1u << name);
        s->forward_zones++;
        return; /* open until its zone was asked for */
    }
    ptr_close_name(s, j);
}

/* Addresses that the resolver made up settle nothing; those of a zone that it holds do. */
static void ptr_take_forward_zone(struct ptr_state *s, struct job *j, size_t name,
                                  const struct reply *reply)
{
    if (!ptr_holds_zone(reply)) {
        s->made_up = true;
        j->names[name].forward = PTR_OPEN;
        j->names[name].cause = CAUSE_UNTRUSTED;
    }
    ptr_close_name(s, j);
}

void ptr_reply(void *state, const struct request *request, const struct reply *reply)
{
    struct ptr_state *s = state;
    s->open--;
    s->column->asked += reply->sent ? reply->sent : 1;
    if (TAG_VIA(request->tag) != s->via)
        return; /* it is asked again */
    switch (TAG_KIND(request->tag)) {
    case TAG_PTR: ptr_take_names(s, (uint32_t)TAG_INDEX(request->tag), false, reply); break;
    case TAG_AGAIN: ptr_take_names(s, (uint32_t)TAG_INDEX(request->tag), true, reply); break;
    case TAG_ZONE: ptr_take_zone(s, (uint32_t)TAG_INDEX(request->tag), reply); break;
    case TAG_FORWARD_ZONE:
        ptr_take_forward_zone(s, s->jobs[TAG_INDEX(request->tag)], TAG_NAME(request->tag), reply);
        break;
    case TAG_FORWARD:
        ptr_take_addresses(s, s->jobs[TAG_INDEX(request->tag)], TAG_NAME(request->tag), reply);
        break;
    }
}

/* A resolver that is left may have denied names that exist, which would be told as missing. */
void ptr_resolver_changed(void *state, uint8_t via)
{
    struct ptr_state *s = state;
    s->via = via;
    for (size_t i = 0; i < s->job_count; i++)
        s->jobs[i]->in_use = false;
    s->missing.count = s->doubted.count = s->turned.count = 0;
    s->visited = s->again = s->zones = s->forward = s->forward_zones = s->judged = 0;
    s->no_soa = s->denied = s->named = s->made_up = s->holds_zone = false;
    for (size_t row = 0; row < s->env.inventory->count; row++) {
        bool confirmed = ptr_is_confirmed(s, row);
        s->judged += confirmed;
        s->named |= confirmed;
        if (!confirmed && ptr_applies(&s->env.inventory->items[row]))
            ptr_set(s, row, CAUSE_NOT_ASKED, "");
    }
}
