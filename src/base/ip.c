/* SPDX-License-Identifier: ISC */
#include "repmon/ip.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool ip_from_bytes(int family, const void *bytes, struct ip *out)
{
    if (family != 4 && family != 6)
        return false;
    memset(out, 0, sizeof *out);
    out->family = (uint8_t)family;
    memcpy(out->bytes, bytes, family == 4 ? 4 : 16);
    return true;
}

bool ip_parse_raw(const char *s, struct ip *out)
{
    uint8_t bytes[16];
    if (inet_pton(AF_INET, s, bytes) == 1)
        return ip_from_bytes(4, bytes, out);
    if (inet_pton(AF_INET6, s, bytes) == 1)
        return ip_from_bytes(6, bytes, out);
    return false;
}

bool ip_parse(const char *s, struct ip *out)
{
    if (!ip_parse_raw(s, out))
        return false;
    if (out->family == 6 && memcmp(out->bytes, mapped_prefix, sizeof mapped_prefix) == 0) {
        struct ip mapped = *out;
        return ip_from_bytes(4, mapped.bytes + 12, out);
    }
    return true;
}

void ip_format(const struct ip *ip, char out[static IP_TEXT_MAX])
{
    const char *name = ip_name(ip);
    if (name)
        snprintf(out, IP_TEXT_MAX, "%s", name);
    else if (ip->family == 0 ||
             !inet_ntop(ip->family == 4 ? AF_INET : AF_INET6, ip->bytes, out, IP_TEXT_MAX))
        snprintf(out, IP_TEXT_MAX, "-");
}

unsigned ip_bits(const struct ip *ip)
{
    return ip->family == 4 ? 32 : 128;
}

uint32_t ip_v4(const struct ip *ip)
{
    if (ip->family != 4)
        return 0;
    return (uint32_t)ip->bytes[0] << 24 | (uint32_t)ip->bytes[1] << 16 |
           (uint32_t)ip->bytes[2] << 8 | ip->bytes[3];
}

struct ip ip_from_v4(uint32_t n)
{
    struct ip ip = {.family = 4};
    ip.bytes[0] = (uint8_t)(n >> 24);
    ip.bytes[1] = (uint8_t)(n >> 16);
    ip.bytes[2] = (uint8_t)(n >> 8);
    ip.bytes[3] = (uint8_t)n;
    return ip;
}

bool ip_step(struct ip *ip, unsigned len)
{
    if (len == 0)
        return false;
    unsigned at = (len - 1) / 8;
    unsigned add = 1u << (7 - (len - 1) % 8);
    for (;; add = 1) {
        unsigned sum = ip->bytes[at] + add;
        ip->bytes[at] = (uint8_t)sum;
        if (sum < 256)
            return true;
        if (at == 0)
            return false;
        at--;
    }
}

bool ip_next(struct ip *ip)
{
    return ip_step(ip, ip_bits(ip));
}

struct ip ip_mask(const struct ip *ip, unsigned len)
{
    struct ip out = *ip;
    for (unsigned i = 0; i < sizeof out.bytes; i++) {
        if (len >= (i + 1) * 8)
            continue;
        unsigned keep = len > i * 8 ? len - i * 8 : 0;
        out.bytes[i] &= (uint8_t)(0xff00u >> keep);
    }
    return out;
}

bool cidr_contains(const struct cidr *c, const struct ip *ip)
{
    if (c->base.family != ip->family)
        return false;
    size_t whole = c->len / 8u;
    unsigned rest = c->len % 8u;
    if (memcmp(c->base.bytes, ip->bytes, whole) != 0)
        return false;
    return rest == 0 ||
           ((c->base.bytes[whole] ^ ip->bytes[whole]) & (0xff00u >> rest) & 0xffu) == 0;
}

void cidr_format(const struct cidr *c, char out[static CIDR_TEXT_MAX])
{
    char text[IP_TEXT_MAX];
    ip_format(&c->base, text);
    if (c->len == ip_bits(&c->base))
        snprintf(out, CIDR_TEXT_MAX, "%s", text);
    else
        snprintf(out, CIDR_TEXT_MAX, "%s/%u", text, c->len);
}

uint64_t cidr_count(const struct cidr *c, unsigned unit)
{
    if (unit <= c->len)
        return 1;
    return unit - c->len >= 64 ? UINT64_MAX : (uint64_t)1 << (unit - c->len);
}

/* Only digits, no sign, no leading zero, at most `max`. */
static bool ip_parse_len(const char *s, unsigned max, uint8_t *out)
{
    size_t n = strlen(s);
    if (n == 0 || n > 3 || strspn(s, "0123456789") != n || (n > 1 && s[0] == '0'))
        return false;
    unsigned value = 0;
    for (; *s; s++)
        value = value * 10 + (unsigned)(*s - '0');
    if (value > max)
        return false;
    *out = (uint8_t)value;
    return true;
}

bool cidr_parse(const char *s, struct cidr *out, struct error *err)
{
    const char *slash = strchr(s, '/');
    size_t len = slash ? (size_t)(slash - s) : strlen(s);
    char address[IP_TEXT_MAX];
    struct ip ip, raw;
    if (len >= sizeof address)
        return error_set(err, ERR_CONFIG, "this is too long to be an address");
    memcpy(address, s, len);
    address[len] = '\0';
    if (!ip_parse(address, &ip) || !ip_parse_raw(address, &raw))
        return error_set(err, ERR_CONFIG, "not an IPv4 or IPv6 address%s",
                         slash ? " before the /" : "");
    uint8_t bits = (uint8_t)ip_bits(&raw);
    if (slash && !ip_parse_len(slash + 1, bits, &bits))
        return error_set(err, ERR_CONFIG, "the number after / must be from 0 to %u", ip_bits(&raw));
    if (raw.family != ip.family) { /* an IPv4-mapped block */
        if (bits < 96)
            return error_set(err, ERR_CONFIG, "an IPv4-mapped block needs a length of 96 or more");
        bits = (uint8_t)(bits - 96);
    }
    *out = (struct cidr){.base = ip_mask(&ip, bits), .len = bits};
    if (ip_cmp(&out->base, &ip) != 0) {
        char meant[CIDR_TEXT_MAX];
        cidr_format(out, meant);
        return error_set(err, ERR_CONFIG,
                         "host bits are set: write %s for the block, or the address alone", meant);
    }
    return true;
}

void ip_reverse(const struct ip *ip, char out[static IP_REVERSE_MAX])
{
    static const char digits[] = "0123456789abcdef";
    char *p = out;
    if (ip->family == 4) {
        for (int i = 3; i >= 0; i--) {
            unsigned v = ip->bytes[i];
            if (v >= 100)
                *p++ = (char)('0' + v / 100);
            if (v >= 10)
                *p++ = (char)('0' + v / 10 % 10);
            *p++ = (char)('0' + v % 10);
            *p++ = '.';
        }
    } else {
        for (int i = 15; i >= 0; i--) {
            *p++ = digits[ip->bytes[i] & 15];
            *p++ = '.';
            *p++ = digits[ip->bytes[i] >> 4];
            *p++ = '.';
        }
    }
    p[-1] = '\0';
}

/* IANA special-purpose address registries (RFC 6890 and its updates), most specific first. */
static const struct {
    const char *block;
    const char *why;
    bool shown; /* in examples and tests it represents a public address */
} special[] = {
    {"0.0.0.0/8", "\"this network\" (RFC 791)", false},
    {"10.0.0.0/8", "private (RFC 1918)", false},
    {"100.64.0.0/10", "carrier-grade NAT (RFC 6598)", false},
    {"127.0.0.0/8", "loopback (RFC 1122)", false},
    {"169.254.0.0/16", "link-local (RFC 3927)", false},
    {"172.16.0.0/12", "private (RFC 1918)", false},
    {"192.0.0.0/24", "protocol assignments (RFC 6890)", false},
    {"192.0.2.0/24", "documentation (RFC 5737)", true},
    {"192.88.99.0/24", "former 6to4 relay (RFC 7526)", false},
    {"192.168.0.0/16", "private (RFC 1918)", false},
    {"198.18.0.0/15", "benchmarking (RFC 2544)", false},
    {"198.51.100.0/24", "documentation (RFC 5737)", true},
    {"203.0.113.0/24", "documentation (RFC 5737)", true},
    {"224.0.0.0/4", "multicast (RFC 5771)", false},
    {"240.0.0.0/4", "reserved (RFC 1112)", false},
    {"::/128", "unspecified (RFC 4291)", false},
    {"::1/128", "loopback (RFC 4291)", false},
    {"64:ff9b::/96", "made up by DNS64 (RFC 6052)", false},
    {"64:ff9b:1::/48", "local translation (RFC 8215)", false},
    {"100::/64", "discard (RFC 6666)", false},
    {"2001:2::/48", "benchmarking (RFC 5180)", false},
    {"2001:10::/28", "former ORCHID (RFC 4843)", false},
    {"2001:20::/28", "ORCHID (RFC 7343)", false},
    {"2001:db8::/32", "documentation (RFC 3849)", true},
    {"2002:a00::/24", "6to4 of a private address (RFC 3056)", false},
    {"2002:7f00::/24", "6to4 of the loopback (RFC 3056)", false},
    {"2002:a9fe::/32", "6to4 of a link-local address (RFC 3056)", false},
    {"2002:ac10::/28", "6to4 of a private address (RFC 3056)", false},
    {"2002:c0a8::/32", "6to4 of a private address (RFC 3056)", false},
    {"3fff::/20", "documentation (RFC 9637)", true},
    {"5f00::/16", "segment routing (RFC 9602)", false},
    {"fc00::/7", "unique local (RFC 4193)", false},
    {"fe80::/10", "link-local (RFC 4291)", false},
    {"fec0::/10", "site-local (RFC 3879)", false},
    {"ff00::/8", "multicast (RFC 4291)", false},
};

#define SPECIALS (sizeof special / sizeof special[0])

/* Its row, or SPECIALS. */
static size_t ip_find_special(const struct ip *ip)
{
    static struct cidr blocks[SPECIALS]; /* read once */
    static bool ready;
    size_t i = 0;
    for (; !ready && i < SPECIALS; i++)
        cidr_parse(special[i].block, &blocks[i], NULL);
    ready = true;
    for (i = 0; i < SPECIALS; i++) {
        if (cidr_contains(&blocks[i], ip))
            break;
    }
    return i;
}

const char *ip_special(const struct ip *ip)
{
    size_t i = ip_find_special(ip);
    return i < SPECIALS ? special[i].why : NULL;
}

bool ip_is_loopback(const struct ip *ip)
{
    static const uint8_t one[16] = {[15] = 1};
    if (ip->family == 4)
        return ip->bytes[0] == 127;
    return ip->family == 6 && memcmp(ip->bytes, one, sizeof one) == 0;
}

bool ip_is_hidden(const struct ip *ip)
{
    if (ip->family == IP_NAME)
        return true;
    size_t i = ip_find_special(ip);
    return i < SPECIALS && !special[i].shown;
}
