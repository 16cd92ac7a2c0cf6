/* SPDX-License-Identifier: ISC */
#include "dns64.h"

#include <string.h>

#define WELL_KNOWN_1 0xc00000aau /* 192.0.0.170 and 171: what ipv4only.arpa has (RFC 7050 8.1) */
#define WELL_KNOWN_2 0xc00000abu

static const uint8_t lengths[] = {96, 64, 56, 48, 40, 32}; /* RFC 6052 2.2 */

/* The IPv4 address after a prefix of that length; octet 8 is skipped. `end`: what follows it. */
static uint32_t dns64_embedded(const struct ip *ip, unsigned len, size_t *end)
{
    uint32_t v4 = 0;
    size_t at = len / 8;
    for (size_t i = 0; i < 4; i++) {
        at += at == 8 && len < 96;
        v4 = v4 << 8 | ip->bytes[at++];
    }
    *end = at;
    return v4;
}

static void dns64_add(struct dns64 *d, const struct ip *ip, unsigned len)
{
    struct cidr prefix = {.base = ip_mask(ip, len), .len = (uint8_t)len};
    for (size_t i = 0; i < d->count; i++) {
        if (d->prefixes[i].len == len && ip_cmp(&d->prefixes[i].base, &prefix.base) == 0)
            return;
    }
    if (d->count < DNS64_PREFIXES)
        d->prefixes[d->count++] = prefix;
}

void dns64_learn(struct dns64 *d, const struct dns_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        const struct ip *ip = &answer->records[i].ip;
        for (size_t k = 0; ip->family == 6 && k < sizeof lengths; k++) {
            size_t end;
            uint32_t v4 = dns64_embedded(ip, lengths[k], &end);
            if (v4 == WELL_KNOWN_1 || v4 == WELL_KNOWN_2)
                dns64_add(d, ip, lengths[k]);
        }
    }
}

/* After a short prefix, octet 8 and everything after the address are zero. */
static bool dns64_has_form(const struct ip *ip, unsigned len)
{
    size_t at;
    dns64_embedded(ip, len, &at);
    if (len < 96 && ip->bytes[8] != 0)
        return false;
    while (at < 16 && ip->bytes[at] == 0)
        at++;
    return at == 16;
}

bool dns64_is_made_up(const struct dns64 *d, const struct ip *ip)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    static const uint8_t well_known[12] = {0x00, 0x64, 0xff, 0x9b};
    static const uint8_t local[6] = {0x00, 0x64, 0xff, 0x9b, 0x00, 0x01};
    if (ip->family != 6)
        return false;
    if (memcmp(ip->bytes, mapped, sizeof mapped) == 0 ||
        memcmp(ip->bytes, well_known, sizeof well_known) == 0 ||
        memcmp(ip->bytes, local, sizeof local) == 0)
        return true;
    for (size_t i = 0; i < d->count; i++) {
        if (cidr_contains(&d->prefixes[i], ip) && dns64_has_form(ip, d->prefixes[i].len))
            return true;
    }
    return false;
}
