/* SPDX-License-Identifier: ISC */
/*
 * Whether the resolver answers for the reverse names of watched addresses from local data: a hosts
 * file shows this host what no other host sees. As in the source `ptr`: the answer is the
 * resolver's own, though it holds no zone for the name.
 */
#include "doctor_state.h"

#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/lookup.h"

#include <stdio.h>
#include <string.h>

#define REVERSE_MAX 16 /* addresses looked at: a hosts file holds the machine's own */

struct reverse {
    const struct target *target; /* borrowed from the inventory */
    char name[IP_REVERSE_MAX + 16];
    bool named;      /* it has a PTR record */
    bool own;        /* that is the resolver's own (AA), or of a policy zone */
    bool holds_zone; /* so is the zone */
    bool odd;        /* what it says of the zone can't be */
};

struct reverses {
    struct reverse items[REVERSE_MAX];
    size_t count, asked; /* two questions each */
};

static bool doctor_reverse_next(void *ctx, struct lookup_question *out)
{
    struct reverses *r = ctx;
    if (r->asked == 2 * r->count)
        return false;
    struct reverse *item = &r->items[r->asked / 2];
    *out = (struct lookup_question){
        .name = item->name, .type = r->asked % 2 ? DNS_SOA : DNS_PTR, .user = item};
    r->asked++;
    return true;
}

/* Knot answers each type with the PTR record, PowerDNS with a zone per name of the hosts file. */
static bool doctor_reverse_is_odd(const struct dns_answer *answer)
{
    return answer->malformed || answer->policy ||
           (answer->count && strcmp(answer->records[0].text, "localhost") == 0);
}

static void doctor_reverse_take(void *ctx, const struct lookup_question *q, enum dns_how how,
                                const struct dns_answer *answer)
{
    struct reverse *item = q->user;
    (void)ctx;
    if (how != DNS_ANSWERED)
        return;
    if (q->type == DNS_PTR) {
        item->named = answer->count > 0;
        item->own = !answer->malformed && (answer->own || answer->policy);
    } else {
        item->holds_zone = !answer->malformed && answer->own && (answer->soa || answer->count);
        item->odd = doctor_reverse_is_odd(answer);
    }
}

static void doctor_reverse_collect(const struct doctor *d, struct reverses *r)
{
    for (size_t i = 0; i < d->inventory.count && r->count < REVERSE_MAX; i++) {
        const struct target *t = &d->inventory.items[i];
        char labels[IP_REVERSE_MAX];
        bool single = t->prefix == ip_bits(&t->ip);
        if (!single || !(t->flags & TARGET_SINGLY) || ip_is_hidden(&t->ip))
            continue;
        struct reverse *item = &r->items[r->count++];
        item->target = t;
        ip_reverse(&t->ip, labels);
        snprintf(item->name, sizeof item->name, "%s.%s", labels,
                 t->ip.family == 4 ? "in-addr.arpa" : "ip6.arpa");
    }
}

void doctor_reverse(struct doctor *d)
{
    struct reverses r = {.count = 0};
    struct buf names;
    if (!d->has_ask || d->conf->ptr.use == PTR_NONE)
        return;
    doctor_reverse_collect(d, &r);
    const struct lookup_ops ops = {
        .next = doctor_reverse_next, .done = doctor_reverse_take, .ctx = &r};
    struct dns_options dns = session_dns_options(&d->session);
    int64_t limit = clock_mono_ms() + dns.timeout_ms * (int64_t)(dns.tries + 1);
    if (r.count == 0 || !lookup_run(d->loop, &dns, &ops, limit, NULL) || loop_interrupted())
        return;
    buf_init(&names, REVERSE_MAX * (IP_TEXT_MAX + 2));
    for (size_t i = 0; i < r.count; i++) {
        char text[IP_TEXT_MAX];
        const struct reverse *item = &r.items[i];
        bool made_up = (item->own && !item->holds_zone) || (item->named && item->odd);
        if (!made_up)
            continue;
        ip_format(&item->target->ip, text);
        buf_fmt(&names, "%s%s", names.len ? ", " : "", text);
    }
    if (names.len)
        doctor_say(
            d, DOCTOR_WARN, "reverse names", "",
            "remove the address and its name from that file, or name another resolver with [dns] "
            "resolver",
            "of %s: this resolver answers from its own hosts file (or local data), so what others "
            "see is unknown",
            buf_text(&names));
    buf_fini(&names);
}
