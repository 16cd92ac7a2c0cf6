/* SPDX-License-Identifier: ISC */
#include "dns_health.h"

#define NEVER_THERE_MS 400  /* its port is closed, and it has not answered in this run */
#define RESTART_MS     4000 /* it answered before: name servers restart in up to 3 s */
#define USELESS_MS     1000 /* fails everything it is asked; or half a time-out */
#define CHANGED_LISTS  3    /* lists that answered before and now all fail */

void dns_health_init(struct dns_health *h, int64_t timeout_ms, int64_t now_ms)
{
    *h = (struct dns_health){.timeout_ms = timeout_ms, .busy_ms = now_ms};
}

void dns_health_heard(struct dns_health *h, int64_t now_ms)
{
    h->heard_ms = now_ms;
    h->nobody_ms = h->nobody_last = 0;
}

void dns_health_asked(struct dns_health *h, struct dns_list *list)
{
    if (!list->asked)
        h->lists++;
    list->asked = true;
}

void dns_health_useful(struct dns_health *h, struct dns_list *list, int64_t now_ms)
{
    dns_health_heard(h, now_ms);
    h->useful_ms = now_ms;
    list->useful = true;
    if (!h->useless_ms)
        return;
    h->useless_ms = 0;
    h->useless_lists = h->useless_changed = 0;
    h->episode++;
}

void dns_health_useless(struct dns_health *h, struct dns_list *list, int64_t now_ms)
{
    dns_health_heard(h, now_ms);
    if (!h->useless_ms)
        h->useless_ms = now_ms;
    if (list->useless_in == h->episode + 1)
        return;
    list->useless_in = h->episode + 1;
    h->useless_last = now_ms;
    h->useless_lists++;
    h->useless_changed += list->useful;
}

void dns_health_nobody(struct dns_health *h, int64_t now_ms)
{
    if (!h->nobody_ms)
        h->nobody_ms = now_ms;
    h->nobody_last = now_ms;
}

void dns_health_probe(struct dns_health *h, bool useless, int64_t now_ms)
{
    dns_health_heard(h, now_ms);
    h->probe_useless = useless;
}

static int64_t dns_patience_ms(const struct dns_health *h)
{
    return h->timeout_ms / 2 < USELESS_MS ? h->timeout_ms / 2 : USELESS_MS;
}

int64_t dns_health_decides_ms(const struct dns_health *h)
{
    int64_t at = h->useless_ms + dns_patience_ms(h);
    return at > h->useless_last ? at : h->useless_last;
}

static bool dns_is_useless(const struct dns_health *h, int64_t now_ms)
{
    if (!h->useless_ms || now_ms - h->useless_ms < dns_patience_ms(h))
        return false;
    if (h->useful_ms)
        return h->useless_changed >= CHANGED_LISTS;
    if (h->probe_useless)
        return true;
    return h->useless_lists >= 2 && h->useless_lists * 2 >= h->lists;
}

enum dns_verdict dns_health_verdict(struct dns_health *h, int64_t now_ms)
{
    int64_t since = h->heard_ms > h->busy_ms ? h->heard_ms : h->busy_ms;
    if (dns_health_is_gone(h, h->heard_ms ? RESTART_MS : NEVER_THERE_MS))
        return DNS_LEAVE;
    if (dns_is_useless(h, now_ms))
        return DNS_LEAVE;
    if (!h->nobody_ms && now_ms - since >= h->timeout_ms)
        return DNS_LEAVE;
    bool in_doubt = now_ms - since >= h->timeout_ms / 4 || (h->useless_ms && !h->useful_ms);
    if (!in_doubt || now_ms - h->probed_ms < h->timeout_ms / 4)
        return DNS_KEEP;
    h->probed_ms = now_ms;
    return DNS_PROBE;
}

bool dns_health_is_gone(const struct dns_health *h, int64_t patience_ms)
{
    return h->nobody_ms && h->nobody_last - h->nobody_ms >= patience_ms;
}
