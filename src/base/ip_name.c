/* SPDX-License-Identifier: ISC */
/*
 * Domains as targets alongside addresses: each name gets a number once, for the life of the
 * process, so that a target is a plain value of either kind and can be printed anywhere.
 */
#include "repmon/buf.h"
#include "repmon/ip.h"

#include <stdlib.h>
#include <string.h>

static struct {
    char **items; /* owned for the life of the process */
    uint32_t count;
} names;

static struct ip ip_numbered(uint32_t number)
{
    struct ip ip = {.family = IP_NAME};
    for (size_t i = 0; i < 4; i++)
        ip.bytes[i] = (uint8_t)(number >> (24 - 8 * i));
    return ip;
}

struct ip ip_of_name(const char *name)
{
    for (uint32_t i = 0; i < names.count; i++)
        if (strcmp(names.items[i], name) == 0)
            return ip_numbered(i);
    names.items = mem_grow(names.items, names.count + 1, sizeof *names.items);
    names.items[names.count] = mem_dup(name);
    return ip_numbered(names.count++);
}

const char *ip_name(const struct ip *ip)
{
    if (ip->family != IP_NAME)
        return NULL;
    uint32_t number = 0;
    for (size_t i = 0; i < 4; i++)
        number = number << 8 | ip->bytes[i];
    return number < names.count ? names.items[number] : NULL;
}

const char *ip_noun(const struct ip *first, const struct ip *last, size_t count)
{
    bool one = count == 1;
    if (last->family == IP_NAME) /* names are sorted before addresses */
        return one ? "domain" : "domains";
    if (first->family == IP_NAME)
        return "targets";
    return one ? "address" : "addresses";
}

int ip_cmp(const struct ip *a, const struct ip *b)
{
    const char *x = ip_name(a);
    const char *y = ip_name(b);
    return x && y ? strcmp(x, y) : memcmp(a, b, sizeof *a);
}
