/* SPDX-License-Identifier: ISC */
#include "repmon/catalogue.h"

#include <string.h>
#include <strings.h>

size_t family_index(unsigned family)
{
    return family == 6 ? 1 : 0;
}

static size_t catalogue_zone_length(const char *zone)
{
    size_t len = strlen(zone);
    return len > 0 && zone[len - 1] == '.' ? len - 1 : len;
}

static bool catalogue_same_zone(const char *known, const char *zone)
{
    size_t len = catalogue_zone_length(zone);
    return strlen(known) == len && strncasecmp(known, zone, len) == 0;
}

static bool catalogue_below(const char *known, const char *zone)
{
    size_t len = catalogue_zone_length(zone), tail = strlen(known);
    return len > tail && zone[len - tail - 1] == '.' &&
           strncasecmp(zone + len - tail, known, tail) == 0;
}

const struct catalogue_list *catalogue_find(const struct catalogue *c, const char *zone)
{
    for (size_t i = 0; i < c->list_count; i++) {
        if (catalogue_same_zone(c->lists[i].zone, zone))
            return &c->lists[i];
    }
    return NULL;
}

const struct catalogue_dead *catalogue_find_dead(const struct catalogue *c, const char *zone)
{
    for (size_t i = 0; i < c->dead_count; i++) {
        const struct catalogue_dead *dead = &c->dead[i];
        if (catalogue_same_zone(dead->zone, zone) ||
            (dead->suffix && catalogue_below(dead->zone, zone)))
            return dead;
    }
    return NULL;
}

bool catalogue_is_domain_only(const struct catalogue *c, const char *zone)
{
    for (size_t i = 0; i < c->domain_only_count; i++) {
        if (catalogue_same_zone(c->domain_only[i], zone))
            return true;
    }
    return false;
}
