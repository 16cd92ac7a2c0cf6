/* SPDX-License-Identifier: ISC */
/*
 * Reverse DNS as a source: one lane. Each address is asked for its PTR names, each name for its
 * addresses; whoever has no name is asked a second time after all others, because "missing" is
 * critical and one negative answer may be an accident. What it means is decided in ptr_answer.h.
 *
 * An answer that is the resolver's own (AA), as a hosts file makes them, says nothing of what
 * others see; what a recursive resolver passes on never is. Then the zone is asked for, by an SOA
 * question for the same name: who holds the zone answers that as its own too, a hosts file does
 * not. A TTL of 0 is as odd: such an answer counts if the name exists for another type and it comes
 * again.
 */
#include "ptr_state.h"
#include "ptr_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IN_FLIGHT 64 /* most names of a block live on the same few servers */

#define OWN_DATA 0x80000000u /* of a doubted row: its answer was the resolver's own */

enum tag_kind { TAG_PTR = 0, TAG_FORWARD, TAG_AGAIN, TAG_ZONE, TAG_FORWARD_ZONE };
#define TAG_KIND(tag)  ((enum tag_kind)((tag) >> 60))
#define TAG_INDEX(tag) ((size_t)((tag)&0xffffffff))
#define TAG_NAME(tag)  ((size_t)((tag) >> 32 & 255))

/* ---- one run ---- */

bool ptr_is_due(const struct ptr_state *s, size_t row)
{
    return !s->env.is_due || s->env.is_due(s->env.ctx, row, s->number);
}

static bool is_known(const struct ptr_state *s, size_t row)
{
    return s->env.is_known && s->env.is_known(s->env.ctx, row, s->number);
}

static const char *helo_of(const struct ptr_state *s, const struct ip *ip)
{
    for (size_t i = 0; i < s->conf->helo_count; i++) {
        if (ip_cmp(&s->conf->helo[i].ip, ip) == 0)
            return s->conf->helo[i].name;
    }
    return NULL;
}

bool ptr_applies(const struct target *t)
{
    return (t->ip.family == 4 || t->prefix == 128) && !ip_is_hidden(&t->ip);
}

/* Whether somebody meant this address, so that a missing name is news. */
static bool is_used(const struct ptr_state *s, size_t row)
{
    const struct target *t = &s->env.inventory->items[row];
    return s->conf->use == PTR_ALL || (t->flags & TARGET_SINGLY) || helo_of(s, &t->ip) ||
           is_known(s, row);
}

void ptr_set(struct ptr_state *s, size_t row, enum cause cause, const char *answers)
{
    grid_set(s->env.grid, row, s->number, grid_intern(s->env.grid, cause, 0, answers));
}

static void *open_source(const void *setup, const struct source_env *env, struct error *err)
{
    (void)err;
    struct ptr_state *s = mem_alloc(sizeof *s);
    s->conf = &((const struct conf *)setup)->ptr;
    s->env = *env;
    s->number = env->first_column;
    s->column = grid_column(env->grid, s->number);
    s->start = env->start_row ? env->start_row(env->ctx, s->number) : 0;
    s->lane =
        (struct lane){.name = "ptr", .cap = IN_FLIGHT, .budget = UINT64_MAX, .severity = SEV_MAJOR};
    for (size_t row = 0; row < env->inventory->count; row++) {
        if (!ptr_applies(&env->inventory->items[row]))
            ptr_set(s, row, CAUSE_NOT_APPLICABLE, "");
    }
    return s;
}

static struct lane *lanes(void *state, size_t *count)
{
    *count = 1;
    return &((struct ptr_state *)state)->lane;
}

static void close_source(void *state)
{
    struct ptr_state *s = state;
    for (size_t i = 0; i < s->job_count; i++)
        free(s->jobs[i]);
    free(s->jobs);
    free(s->missing.items);
    free(s->doubted.items);
    free(s->turned.items);
    free(s);
}

static void add_row(struct rows *rows, uint32_t row)
{
    if (rows->count == rows->cap) {
        rows->cap = rows->cap ? rows->cap * 2 : 16;
        rows->items = mem_grow(rows->items, rows->cap, sizeof *rows->items);
    }
    rows->items[rows->count++] = row;
}

/* ---- questions ---- */

static enum next ask(struct ptr_state *s, enum tag_kind kind, size_t name, size_t index,
                     const char *text, uint16_t type, struct request *r)
{
    r->kind = REQUEST_DNS;
    r->tag = (uint64_t)kind << 60 | (uint64_t)name << 32 | index;
    r->type = type;
    r->tries = 0;
    snprintf(r->name, sizeof r->name, "%s", text);
    s->open++;
    return NEXT_REQUEST;
}

static enum next ask_reverse(struct ptr_state *s, enum tag_kind kind, uint32_t row, uint16_t type,
                             struct request *r)
{
    const struct ip *ip = &s->env.inventory->items[row & ~OWN_DATA].ip;
    char labels[IP_REVERSE_MAX], name[IP_REVERSE_MAX + 16];
    ip_reverse(ip, labels);
    snprintf(name, sizeof name, "%s.%s", labels, ip->family == 4 ? "in-addr.arpa" : "ip6.arpa");
    return ask(s, kind, 0, row, name, type, r);
}

/* The next name of a job that is not yet asked. */
static enum next ask_forward(struct ptr_state *s, struct request *r)
{
    for (size_t i = 0; i < s->job_count; i++) {
        struct job *j = s->jobs[i];
        if (!j->in_use || j->asked == j->askable)
            continue;
        size_t n = j->asked++;
        if (j->asked == j->askable)
            s->forward--;
        uint16_t type = s->env.inventory->items[j->row].ip.family == 4 ? DNS_A : DNS_AAAA;
        return ask(s, TAG_FORWARD, n, i, j->names[n].name, type, r);
    }
    return NEXT_WAIT;
}

/* The zone of a name whose addresses were the resolver's own. */
static enum next ask_forward_zone(struct ptr_state *s, struct request *r)
{
    for (size_t i = 0; i < s->job_count; i++) {
        struct job *j = s->jobs[i];
        for (size_t n = 0; j->in_use && n < j->count; n++) {
            if (!(j->doubted & 1u << n))
                continue;
            j->doubted &= (uint8_t) ~(1u << n);
            s->forward_zones--;
            return ask(s, TAG_FORWARD_ZONE, n, i, j->names[n].name, DNS_SOA, r);
        }
    }
    return NEXT_WAIT;
}

static enum next next(void *state, size_t lane, int64_t now_ms, struct request *r, int64_t *wake_ms)
{
    struct ptr_state *s = state;
    const struct inventory *inv = s->env.inventory;
    (void)lane;
    (void)now_ms;
    (void)wake_ms;
    if (s->forward)
        return ask_forward(s, r);
    if (s->forward_zones)
        return ask_forward_zone(s, r);
    while (s->visited < inv->count) {
        size_t row = (s->start + s->visited++) % inv->count;
        if (ptr_applies(&inv->items[row]) && ptr_is_due(s, row))
            return ask_reverse(s, TAG_PTR, (uint32_t)row, DNS_PTR, r);
    }
    if (s->zones < s->doubted.count)
        return ask_reverse(s, TAG_ZONE, s->doubted.items[s->zones++], DNS_SOA, r);
    if (s->again < s->missing.count && (s->again || s->open == 0))
        return ask_reverse(s, TAG_AGAIN, s->missing.items[s->again++], DNS_PTR, r);
    return s->open ? NEXT_WAIT : NEXT_DONE;
}

/* ---- answers ---- */

static enum cause trouble(const struct reply *reply)
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

/* CAUSE_NONE for names or for a real negative answer (RFC 2308: it carries an SOA). */
static enum cause negative(struct ptr_state *s, const struct dns_answer *dns)
{
    if (dns->count || dns->soa)
        return CAUSE_NONE;
    s->no_soa = true;
    return CAUSE_UNPROVEN;
}

static struct job *take_job(struct ptr_state *s, size_t row)
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

static void set_judged(struct ptr_state *s, size_t row, const char *answers, const char *detail)
{
    ptr_set(s, row, CAUSE_NONE, answers);
    grid_set_detail(s->env.grid, row, s->number, detail);
    s->judged++;
}

static bool all_generic(const struct ptr_state *s, const struct job *j)
{
    for (size_t i = 0; i < j->count; i++) {
        if (!ptr_is_generic(j->names[i].name, &s->env.inventory->items[j->row].ip))
            return false;
    }
    return true;
}

static void finish_job(struct ptr_state *s, struct job *j)
{
    const struct ip *ip = &s->env.inventory->items[j->row].ip;
    char answers[PTR_ANSWERS_MAX];
    struct buf detail;
    struct ptr_facts facts = {
        .ip = *ip, .helo = helo_of(s, ip), .names = j->names, .count = j->count, .total = j->total};
    buf_init(&detail, LIMIT_REASON * 2);
    enum cause cause = ptr_judge(&facts, answers, &detail);
    if (!is_used(s, j->row) && all_generic(s, j))
        ptr_set(s, j->row, CAUSE_NOT_APPLICABLE,
                ""); /* the provider's name for an unused address */
    else if (cause != CAUSE_NONE)
        ptr_set(s, j->row, cause, "");
    else
        set_judged(s, j->row, answers, buf_text(&detail));
    buf_fini(&detail);
    j->in_use = false;
}

/* DNS gives records in any order: the same few are looked at each time. */
static int by_name(const void *a, const void *b)
{
    const struct dns_record *const *x = a, *const *y = b;
    return strcmp((*x)->text, (*y)->text);
}

/* Names that no host can have lead nowhere; they go behind those that can be asked. */
static void sort_out_names(struct job *j)
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

static void begin_job(struct ptr_state *s, size_t row, const struct dns_answer *dns)
{
    const struct dns_record *sorted[DNS_MAX_RECORDS];
    struct job *j = take_job(s, row);
    for (size_t i = 0; i < dns->count; i++)
        sorted[i] = &dns->records[i];
    qsort(sorted, dns->count, sizeof *sorted, by_name);
    for (size_t i = 0; i < dns->count; i++) {
        if (i && strcmp(sorted[i]->text, sorted[i - 1]->text) == 0)
            continue;
        if (j->total++ >= PTR_NAMES_MAX)
            continue;
        snprintf(j->names[j->count++].name, sizeof j->names[0].name, "%s", sorted[i]->text);
    }
    j->total += dns->more;
    sort_out_names(j);
    j->open = j->askable;
    if (j->askable == 0)
        finish_job(s, j);
    else
        s->forward++;
}

static void take_names(struct ptr_state *s, size_t row, bool again, const struct reply *reply)
{
    enum cause cause = trouble(reply);
    if (cause == CAUSE_NONE)
        cause = negative(s, reply->dns);
    if (cause != CAUSE_NONE) {
        ptr_set(s, row, cause, "");
        return;
    }
    if (reply->dns->own || (reply->dns->count && reply->dns->ttl == 0 && !again)) {
        ptr_set(s, row, CAUSE_NOT_ASKED, ""); /* until its zone was asked for */
        add_row(&s->doubted, (uint32_t)row | (reply->dns->own ? OWN_DATA : 0));
        return;
    }
    if (reply->dns->count) {
        s->named = true;
        begin_job(s, row, reply->dns);
        return;
    }
    s->via = reply->via;
    if (!again) {
        ptr_set(s, row, CAUSE_NOT_ASKED, ""); /* until it is asked again */
        add_row(&s->missing, (uint32_t)row);
    } else if (!is_used(s, row)) {
        ptr_set(s, row, CAUSE_NOT_APPLICABLE, "");
    } else {
        if (is_known(s, row) &&
            (!s->env.is_news || s->env.is_news(s->env.ctx, row, s->number, "missing")))
            add_row(&s->turned, (uint32_t)row);
        set_judged(s, row, "missing", "no PTR record");
    }
}

/* Whether the answer to an SOA question shows that the resolver holds the zone of the name. */
static bool holds_zone(const struct reply *reply)
{
    return trouble(reply) == CAUSE_NONE && reply->dns->own &&
           (reply->dns->soa || reply->dns->count);
}

/* The second look at a reverse name that may be made up. */
static void take_zone(struct ptr_state *s, uint32_t doubted, const struct reply *reply)
{
    size_t row = doubted & ~OWN_DATA;
    enum cause cause = trouble(reply);
    bool silent = cause == CAUSE_TIMEOUT || cause == CAUSE_NOT_ASKED;
    bool exists = cause == CAUSE_NONE && reply->dns->rcode == DNS_NOERROR;
    if (holds_zone(reply)) {
        s->holds_zone = true;
        ptr_set(s, row, CAUSE_UNPROVEN, "");
    } else if (!(doubted & OWN_DATA) && exists) {
        add_row(&s->missing, (uint32_t)row);
    } else if (!(doubted & OWN_DATA) && cause != CAUSE_NONE) {
        ptr_set(s, row, cause, "");
    } else {
        s->made_up |= !silent;
        ptr_set(s, row, silent ? cause : CAUSE_UNTRUSTED, "");
    }
}

static void close_name(struct ptr_state *s, struct job *j)
{
    if (--j->open == 0)
        finish_job(s, j);
}

static void take_addresses(struct ptr_state *s, struct job *j, size_t name,
                           const struct reply *reply)
{
    const struct ip *ip = &s->env.inventory->items[j->row].ip;
    struct ptr_name *n = &j->names[name];
    n->cause = trouble(reply);
    if (n->cause == CAUSE_NONE) {
        for (size_t i = 0; i < reply->dns->count; i++) {
            if (ip_cmp(&reply->dns->records[i].ip, ip) == 0)
                n->forward = PTR_CONFIRMED;
        }
        if (n->forward != PTR_CONFIRMED && reply->dns->more)
            n->cause = CAUSE_BAD_FORMAT; /* it may be among those not read */
        else if (n->forward != PTR_CONFIRMED)
            n->cause = negative(s, reply->dns);
        if (n->forward != PTR_CONFIRMED && n->cause == CAUSE_NONE)
            n->forward = PTR_DENIED;
    }
    if (n->forward != PTR_OPEN && reply->dns->own) {
        j->doubted |= (uint8_t)(1u << name);
        s->forward_zones++;
        return; /* open until its zone was asked for */
    }
    close_name(s, j);
}

/* Addresses that the resolver made up settle nothing; those of a zone that it holds do. */
static void take_forward_zone(struct ptr_state *s, struct job *j, size_t name,
                              const struct reply *reply)
{
    if (!holds_zone(reply)) {
        s->made_up = true;
        j->names[name].forward = PTR_OPEN;
        j->names[name].cause = CAUSE_UNTRUSTED;
    }
    close_name(s, j);
}

static void reply(void *state, const struct request *request, const struct reply *reply)
{
    struct ptr_state *s = state;
    s->open--;
    s->column->asked += reply->sent ? reply->sent : 1;
    switch (TAG_KIND(request->tag)) {
    case TAG_PTR: take_names(s, TAG_INDEX(request->tag), false, reply); break;
    case TAG_AGAIN: take_names(s, TAG_INDEX(request->tag), true, reply); break;
    case TAG_ZONE: take_zone(s, (uint32_t)TAG_INDEX(request->tag), reply); break;
    case TAG_FORWARD_ZONE:
        take_forward_zone(s, s->jobs[TAG_INDEX(request->tag)], TAG_NAME(request->tag), reply);
        break;
    case TAG_FORWARD:
        take_addresses(s, s->jobs[TAG_INDEX(request->tag)], TAG_NAME(request->tag), reply);
        break;
    }
}

const struct source source_ptr = {
    .word = "ptr",
    .wants_known = true,
    .columns = ptr_columns,
    .describe = ptr_describe,
    .explain = ptr_explain,
    .url = ptr_url,
    .clean_word = ptr_clean_word,
    .headline = ptr_headline,
    .holds_ms = ptr_holds_ms,
    .every_ms = ptr_every_ms,
    .estimate = ptr_estimate,
    .open = open_source,
    .lanes = lanes,
    .next = next,
    .reply = reply,
    .finish = ptr_finish,
    .close = close_source,
};
