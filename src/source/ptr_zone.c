/* SPDX-License-Identifier: ISC */
#include "ptr_zone.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

/* Whether `name` is `zone` or lies below it. */
static bool is_within(const char *name, const char *zone)
{
    size_t n = strlen(name), z = strlen(zone);
    return n >= z && strcmp(name + n - z, zone) == 0 && (n == z || name[n - z - 1] == '.');
}

bool ptr_zone_may_deny(const char *zone, const char *name)
{
    return is_within(name, zone) &&
           (is_within(zone, "in-addr.arpa") || is_within(zone, "ip6.arpa"));
}

/* Neighbours live in the same zone, so the last one is looked at first. */
static size_t find_zone(struct ptr_zones *z, const char *name, uint8_t via)
{
    for (size_t i = z->count; i-- > 0;) {
        if (z->items[i].via == via && strcmp(z->items[i].name, name) == 0)
            return i;
    }
    if (z->count == z->cap) {
        z->cap = z->cap ? z->cap * 2 : 4;
        z->items = mem_grow(z->items, z->cap, sizeof *z->items);
    }
    z->items[z->count] =
        (struct ptr_zone){.name = mem_dup(name), .via = via, .cause = CAUSE_NEVER_ASKED};
    return z->count++;
}

void ptr_zones_deny(struct ptr_zones *z, size_t row, const struct reply *reply)
{
    uint32_t zone = PTR_NO_ZONE;
    if (!reply->dns->alias)
        zone = (uint32_t)find_zone(z, reply->dns->zone, reply->via);
    if (z->denied_count == z->denied_cap) {
        z->denied_cap = z->denied_cap ? z->denied_cap * 2 : 16;
        z->denied = mem_grow(z->denied, z->denied_cap, sizeof *z->denied);
    }
    z->denied[z->denied_count++] = (struct ptr_denied){(uint32_t)row, zone};
}

void ptr_zones_take(struct ptr_zones *z, size_t zone, enum cause cause, const struct reply *reply)
{
    struct ptr_zone *item = &z->items[zone];
    if (cause == CAUSE_NONE && reply->via != item->via)
        cause = CAUSE_TIMEOUT; /* who denied the name answers no more, and can prove nothing */
    else if (cause == CAUSE_NONE && reply->dns->count == 0)
        cause = CAUSE_UNTRUSTED;
    item->cause = cause;
}

enum cause ptr_zones_cause(const struct ptr_zones *z, size_t i)
{
    uint32_t zone = z->denied[i].zone;
    return zone == PTR_NO_ZONE ? CAUSE_NONE : z->items[zone].cause;
}

void ptr_zones_fini(struct ptr_zones *z)
{
    for (size_t i = 0; i < z->count; i++)
        free(z->items[i].name);
    free(z->items);
    free(z->denied);
    *z = (struct ptr_zones){0};
}
