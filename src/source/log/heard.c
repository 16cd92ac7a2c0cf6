/* SPDX-License-Identifier: ISC */
#include "heard.h"

#include "heard_host.h"

#include "repmon/text_fit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BEHIND_S DAY_S /* a line this much older than the youngest is from another log */

#define RANGE_TARGETS 256 /* a larger block says nothing about each one */

/* Operators whose customers set their own rules. */
static const char *const many_tenants[] = {"microsoft-365", "mimecast", "proofpoint", "barracuda",
                                           "iphmx"};

/* ---- whose address ---- */

const struct target *heard_target_of(const struct inventory *inventory, const struct ip *ip)
{
    for (size_t i = 0; i < inventory->count; i++) {
        const struct target *t = &inventory->items[i];
        struct cidr block = {t->ip, t->prefix};
        struct cidr net = {ip_mask(&t->ip, 64), 64};
        if (cidr_contains(&block, ip))
            return t;
        if (ip->family == 6 && t->ip.family == 6 && cidr_contains(&net, ip))
            return t;
    }
    return NULL;
}

/* Is this the only address of its family that the configuration can name? */
static bool heard_is_all_of(const struct conf *conf, const struct ip *ip)
{
    bool named = false;
    for (size_t i = 0; i < conf->target_count; i++) {
        const struct conf_target *t = &conf->targets[i];
        if (t->kind == TARGET_EXCLUDE || t->kind == TARGET_DOMAIN)
            continue;
        if (t->kind != TARGET_IP)
            return false;
        if (t->cidr.base.family != ip->family)
            continue;
        if (ip_cmp(&t->cidr.base, ip) != 0 || t->cidr.len < (ip->family == 4 ? 32 : 64))
            return false;
        named = true;
    }
    return named;
}

/* Mail is sent from addresses, so domain targets are left out. */
static void heard_learn_targets(struct heard *h)
{
    struct heard_targets *t = &h->targets;
    size_t count[2] = {0};
    if (t->of == h->inventory)
        return;
    *t = (struct heard_targets){.of = h->inventory};
    for (size_t i = 0; i < h->inventory->count; i++) {
        const struct ip *ip = &h->inventory->items[i].ip;
        size_t family = ip->family == 6;
        if (!ip_name(ip))
            t->only[family] = count[family]++ == 0 ? *ip : (struct ip){0};
    }
    for (size_t family = 0; family < 2; family++)
        if (h->typed && !heard_is_all_of(h->typed, &t->only[family]))
            t->only[family] = (struct ip){0};
    if (count[0] + count[1] == 1)
        t->only_one = t->only[count[1]];
}

static const struct target *heard_watched(struct heard *h, const struct ip *ip)
{
    if (!ip->family)
        return NULL;
    heard_learn_targets(h);
    size_t at = siphash(h->memory.key, ip, sizeof *ip) % HEARD_TARGETS;
    if (ip_cmp(&h->targets.slots[at].ip, ip) != 0) {
        h->targets.slots[at].ip = *ip;
        h->targets.slots[at].target = heard_target_of(h->inventory, ip);
    }
    return h->targets.slots[at].target;
}

static struct ip heard_of_tag(const struct conf_log *log, struct maillog_piece tag)
{
    for (size_t i = 0; i < log->tag_count; i++) {
        size_t len = strlen(log->tags[i].name);
        bool same = tag.len >= len && strncmp(tag.s, log->tags[i].name, len) == 0;
        if (same && (tag.len == len || tag.s[len] == '/'))
            return log->tags[i].ip;
    }
    return (struct ip){0};
}

/*
 * The only address from which this log's mail can reach a host of that family (0: not known); none
 * when there are several.
 */
static struct ip heard_the_only(struct heard *h, const struct conf_log *log, uint8_t family)
{
    struct ip only = {0};
    size_t count = 0;
    if (log->address_count == 0) {
        heard_learn_targets(h);
        const struct ip *of = h->targets.only;
        if (family)
            return of[family == 6];
        return h->targets.only_one;
    }
    for (size_t i = 0; i < log->address_count; i++) {
        if (family && log->addresses[i].family != family)
            continue;
        only = log->addresses[i];
        count++;
    }
    return count == 1 ? only : (struct ip){0};
}

struct whose {
    struct ip own;  /* of a target; family 0: not known which */
    bool assumed;   /* it is the only one there is */
    bool elsewhere; /* known but not a target: nothing is said of it */
};

static struct whose heard_whose_is(struct heard *h, const struct ip *own)
{
    const struct target *t = heard_watched(h, own);
    struct whose whose = {.elsewhere = !t};
    if (t)
        whose.own = t->ip;
    return whose;
}

/* What the line says, else what can be assumed. A private address in the line says nothing, because
 * it hides the public one. */
static struct whose heard_whose_line(struct heard *h, const struct conf_log *log,
                                     const struct memory_section *section,
                                     const struct maillog_event *e)
{
    struct ip own = heard_of_tag(log, e->tag);
    if (e->own_ip.family && !ip_is_hidden(&e->own_ip))
        return heard_whose_is(h, &e->own_ip);
    if (own.family)
        return heard_whose_is(h, &own);
    own = heard_the_only(h, log, e->host_ip.family);
    if (section->not_assumed > h->now || !heard_watched(h, &own))
        return (struct whose){0};
    struct whose w = heard_whose_is(h, &own);
    w.assumed = true;
    return w;
}

/* ---- what it says ---- */

static enum pair_outcome heard_outcome_of(const struct explain_verdict *v)
{
    static const enum pair_outcome outcomes[EXPLAIN_KIND_COUNT] = {
        [EXPLAIN_IP_LIST] = PAIR_REFUSED, [EXPLAIN_NETWORK] = PAIR_REFUSED,
        [EXPLAIN_RDNS] = PAIR_REFUSED,    [EXPLAIN_THROTTLE] = PAIR_THROTTLED,
        [EXPLAIN_DOMAIN] = PAIR_CONTENT,  [EXPLAIN_CONTENT] = PAIR_CONTENT,
        [EXPLAIN_TENANT] = PAIR_TENANT,
    };
    enum pair_outcome outcome = outcomes[v->kind];
    return outcome == PAIR_REFUSED && v->decisive ? PAIR_DECISIVE : outcome;
}

static bool heard_is_about_address(enum pair_outcome outcome)
{
    return outcome >= PAIR_THROTTLED && outcome != PAIR_TAKEN;
}

/* A receiver's answer, parsed. */
struct answer {
    const struct maillog_event *e;
    struct explain_verdict v;
    struct pair_message m;
    const char *receiver;
    bool in_table;
    char domain[256]; /* of a receiver that is not in the table */
};

/* False: no receiver that can be identified answered. */
static bool heard_read_answer(struct heard *h, const struct maillog_event *e, int64_t time,
                              struct answer *a)
{
    const struct explain_operator *operator= explain_host(h->explain, e->host);
    *a = (struct answer){.e = e, .in_table = operator!= NULL };
    a->m = (struct pair_message){.time = time, .outcome = PAIR_TAKEN};
    if (!operator&& !heard_domain(e->host, a->domain, sizeof a->domain))
        return false;
    a->receiver = operator? explain_operator_name(operator) : a->domain;
    a->m.relay = (uint32_t)siphash(h->memory.key, e->host.s, e->host.len);
    if (e->outcome == MAILLOG_ACCEPTED)
        return true;
    explain_event(h->explain, e, &a->v);
    a->m.outcome = heard_outcome_of(&a->v);
    return true;
}

/* "421-4.7.28", "S3140": written so that a person can search the log for it. */
static void heard_format_code(const struct answer *a, char *out, size_t size)
{
    const struct explain_verdict *v = &a->v;
    bool both = a->e->code && strchr(v->status, '.');
    if (v->list[0] && strlen(v->list) < size)
        snprintf(out, size, "%s", v->list); /* the list matters more than the code */
    else if (v->code[0])
        snprintf(out, size, "%s", v->code);
    else if (both)
        snprintf(out, size, "%d-%s", a->e->code, v->status);
    else
        snprintf(out, size, "%s", v->status);
}

static void heard_keep_evidence(struct pair *p, const struct conf_log *log, const struct answer *a,
                                bool assumed)
{
    struct pair_evidence e = {.time = a->m.time, .outcome = a->m.outcome, .assumed = assumed};
    if (!pair_wants_evidence(p, e.outcome, e.time))
        return;
    heard_format_code(a, e.code, sizeof e.code);
    text_fit(e.log, sizeof e.log, "%s", log->name);
    text_fit(e.row, sizeof e.row, "%s", a->v.id);
    if (strlen(a->v.list) < sizeof e.list)
        snprintf(e.list, sizeof e.list, "%s", a->v.list);
    heard_link(a->v.url, e.url, sizeof e.url);
    heard_sample(a->e->text.s, a->e->text.len, e.sample);
    pair_keep_evidence(p, &e);
}

/* ---- counting ---- */

/* Lines without an id can't be told apart: they count as one message per hour and server. */
static size_t heard_message_id(const struct answer *a, char *out, size_t size)
{
    const struct maillog_piece id = a->e->queue_id;
    if (id.len)
        return (size_t)snprintf(out, size, "%.*s", id.len < 128 ? (int)id.len : 128, id.s);
    return (size_t)snprintf(out, size, "%" PRId64 "/%" PRIu32, a->m.time / HOUR_S, a->m.relay);
}

static void heard_count_for(struct heard *h, const struct conf_log *log, const struct answer *a,
                            const struct ip *own, bool assumed, const char *suffix)
{
    char id[256];
    size_t len = heard_message_id(a, id, sizeof id);
    struct pair *p = memory_pair(&h->memory, own, a->receiver, a->in_table);
    if (!p)
        return;
    len += (size_t)snprintf(id + len, sizeof id - len, "%s", suffix);
    for (size_t i = 0; i < sizeof many_tenants / sizeof *many_tenants; i++)
        p->many_tenants |= strcmp(a->receiver, many_tenants[i]) == 0;
    memory_count(&h->memory, p, id, len, &a->m);
    if (a->m.outcome != PAIR_TAKEN && a->v.kind == EXPLAIN_UNKNOWN)
        pair_note_unread(p, a->m.time);
    if (a->m.outcome != PAIR_TAKEN && a->m.outcome != PAIR_OTHER)
        heard_keep_evidence(p, log, a, assumed);
}

/* A refused block counts for every target in it, but never as more than a warning. */
static void heard_count_range(struct heard *h, const struct conf_log *log, struct answer *a)
{
    size_t found = 0;
    a->m.outcome = PAIR_RANGE;
    for (size_t i = 0; i < h->inventory->count && found < RANGE_TARGETS; i++) {
        const struct ip *own = &h->inventory->items[i].ip;
        char text[IP_TEXT_MAX];
        if (!cidr_contains(&a->v.range, own))
            continue;
        ip_format(own, text);
        heard_count_for(h, log, a, own, false, text);
        found++;
    }
}

/*
 * The address that the reply names decides. If it is not a target, it is somebody else's, or this
 * log's mail is sent from an address that is not watched: either way no target is refused.
 */
static struct whose heard_whose_answer(struct heard *h, const struct conf_log *log,
                                       struct memory_section *section, struct answer *a)
{
    struct whose w = heard_whose_line(h, log, section, a->e);
    const struct ip *named = &a->v.ip;
    if (a->e->outcome == MAILLOG_ACCEPTED || a->v.own_ip || !named->family)
        return w;
    const struct target *t = heard_watched(h, named);
    if (!t) {
        bool leaves = a->in_table && a->e->phase != MAILLOG_PHASE_UNKNOWN &&
                      a->e->phase < MAILLOG_DATA && heard_is_about_address(a->m.outcome);
        if (leaves && !ip_is_hidden(named))
            memory_note_unwatched(&h->memory, named, a->receiver, a->m.time);
        a->m.outcome = heard_is_about_address(a->m.outcome) ? PAIR_OTHER : a->m.outcome;
        return w;
    }
    if (w.assumed && a->in_table && ip_cmp(&w.own, &t->ip) != 0 && w.own.family == t->ip.family &&
        a->m.time + PAIR_LAPSE_S > section->not_assumed)
        section->not_assumed = a->m.time + PAIR_LAPSE_S;
    return (struct whose){.own = t->ip};
}

static void heard_count_event(struct heard *h, const struct conf_log *log,
                              struct memory_section *section, struct heard_lines *count,
                              const struct maillog_event *e, int64_t time)
{
    struct answer a;
    if (!heard_read_answer(h, e, time, &a))
        return;
    count->attempts++;
    struct whose w = heard_whose_answer(h, log, section, &a);
    count->nameless += w.assumed || (!w.own.family && !w.elsewhere);
    bool range = a.v.range.base.family && (!a.v.ip.family || a.v.own_ip);
    if (range && heard_is_about_address(a.m.outcome) && a.m.outcome != PAIR_THROTTLED)
        heard_count_range(h, log, &a);
    else if (!w.elsewhere)
        heard_count_for(h, log, &a, &w.own, w.assumed, "");
}

/* ---- lines ---- */

static bool heard_is_odd(const struct heard *h, const struct memory_section *section, int64_t time)
{
    return time > h->now + HEARD_AHEAD_S || time < section->last_line - BEHIND_S;
}

void heard_line(struct heard *h, const struct conf_log *log, struct heard_lines *count,
                const char *line, size_t len)
{
    struct memory_section *section = memory_section(&h->memory, log->name);
    const struct maillog_clock clock = {.now = h->now, .near = section->last_line};
    struct maillog_event e;
    int64_t time;
    count->lines++;
    if (!maillog_parse(line, len, &h->scratch, &e) || e.format == MAILLOG_UNKNOWN)
        return;
    count->known++;
    if (!maillog_time(e.stamp, &clock, &time)) {
        count->timeless++;
        return;
    }
    if (heard_is_odd(h, section, time)) {
        count->odd++;
        count->ahead += time > h->now + HEARD_AHEAD_S;
        return;
    }
    memory_note_line(section, time);
    if (time < h->since || e.outcome == MAILLOG_NOTHING || e.outcome == MAILLOG_OWN_SIDE)
        return;
    if (!e.attempted || heard_is_our_own(log, &e))
        return;
    if (e.probe && e.outcome == MAILLOG_ACCEPTED)
        return; /* a recipient was only verified: no mail was taken */
    heard_count_event(h, log, section, count, &e, time);
}
