/* SPDX-License-Identifier: ISC */
#include "authorities.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

#define ZONES_MAX  8 /* at once; each holds a quarter of a MiB */
#define TIMEOUT_MS 1000
#define TRIES      2

struct zone_servers {
    struct dns *dns; /* owned; NULL: free */
    struct conf_resolver servers[LIMIT_RESOLVERS];
    size_t count;
};

struct authorities {
    struct loop *loop; /* borrowed */
    struct dns_hooks hooks;
    struct zone_servers zones[ZONES_MAX];
};

static void authorities_no_change(void *ctx, uint8_t via)
{
    (void)ctx, (void)via;
}

struct authorities *authorities_new(struct loop *loop, const struct dns_hooks *hooks)
{
    struct authorities *a = mem_alloc(sizeof *a);
    a->loop = loop;
    a->hooks = *hooks;
    a->hooks.changed = authorities_no_change;
    a->hooks.again = NULL;
    return a;
}

void authorities_free(struct authorities *a)
{
    for (size_t i = 0; a && i < ZONES_MAX; i++)
        dns_free(a->zones[i].dns);
    free(a);
}

static bool authorities_same(const struct zone_servers *z, const struct conf_resolver *servers,
                             size_t count)
{
    if (!z->dns || z->count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (ip_cmp(&z->servers[i].ip, &servers[i].ip) != 0)
            return false;
    return true;
}

static struct zone_servers *authorities_find(struct authorities *a,
                                             const struct conf_resolver *servers, size_t count)
{
    struct zone_servers *idle = NULL;
    for (size_t i = 0; i < ZONES_MAX; i++) {
        struct zone_servers *z = &a->zones[i];
        if (authorities_same(z, servers, count))
            return z;
        if (!z->dns || dns_pending(z->dns) == 0)
            idle = z;
    }
    return idle;
}

static bool authorities_open(struct authorities *a, struct zone_servers *z,
                             const struct conf_resolver *servers, size_t count)
{
    const struct dns_options options = {
        .resolvers = servers, .count = count, .timeout_ms = TIMEOUT_MS, .tries = TRIES};
    struct error ignored = {0};
    dns_free(z->dns);
    z->dns = dns_new(a->loop, &options, &a->hooks, &ignored);
    z->count = count;
    memcpy(z->servers, servers, count * sizeof *servers);
    return z->dns != NULL;
}

bool authorities_ask(struct authorities *a, const struct conf_resolver *servers, size_t count,
                     const struct dns_question *question)
{
    count = count < LIMIT_RESOLVERS ? count : LIMIT_RESOLVERS;
    struct zone_servers *z = count ? authorities_find(a, servers, count) : NULL;
    if (!z)
        return false;
    if (!authorities_same(z, servers, count) && !authorities_open(a, z, servers, count))
        return false;
    dns_ask(z->dns, question);
    return true;
}

void authorities_work(struct authorities *a)
{
    for (size_t i = 0; a && i < ZONES_MAX; i++)
        if (a->zones[i].dns)
            dns_work(a->zones[i].dns);
}

int64_t authorities_wake_ms(const struct authorities *a, int64_t otherwise)
{
    for (size_t i = 0; a && i < ZONES_MAX; i++) {
        struct dns *dns = a->zones[i].dns;
        if (dns && dns_pending(dns) && dns_wake_ms(dns) < otherwise)
            otherwise = dns_wake_ms(dns);
    }
    return otherwise;
}

void authorities_stop(struct authorities *a)
{
    for (size_t i = 0; a && i < ZONES_MAX; i++)
        if (a->zones[i].dns)
            dns_stop(a->zones[i].dns);
}
