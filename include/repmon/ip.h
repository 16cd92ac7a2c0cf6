/* SPDX-License-Identifier: ISC */
/*
 * Addresses and blocks as values. Parsing is strict (inet_pton): no leading zeros, no short forms.
 * An IPv4-mapped IPv6 address becomes its IPv4 form when parsed, because that is the address a
 * receiver sees and asks for; the one exception, the IPv6 test point of RFC 5782 section 5, is
 * parsed by ip_parse_raw().
 */
#ifndef REPMON_IP_H
#define REPMON_IP_H

#include "repmon/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IP_TEXT_MAX    256 /* a name; an address needs INET6_ADDRSTRLEN, 46 */
#define CIDR_TEXT_MAX  260
#define IP_REVERSE_MAX 64 /* 32 nibbles and 31 dots, NUL */

/*
 * What a target is: an address, or the name of a sending domain. Sorted by ip_cmp(): names first,
 * then all of IPv4 before IPv6, each by value. Zero is "no address".
 */
#define IP_NAME 1
struct ip {
    uint8_t family;    /* 4, 6, IP_NAME, or 0 for none */
    uint8_t bytes[16]; /* network order; IPv4 uses the first four, the rest is zero; a name is a
                          number of this process */
};

/* A block; host bits of `base` are zero. */
struct cidr {
    struct ip base;
    uint8_t len; /* prefix length: 0 to 32, or 0 to 128 */
};

bool ip_parse(const char *s, struct ip *out);
bool ip_parse_raw(const char *s, struct ip *out); /* keeps ::ffff:a.b.c.d as IPv6 */
bool ip_from_bytes(int family, const void *bytes, struct ip *out);
void ip_format(const struct ip *ip, char out[static IP_TEXT_MAX]);
int ip_cmp(const struct ip *a, const struct ip *b);

/* A domain, lower case without the last dot, as a value; and the name of one, else NULL. */
struct ip ip_of_name(const char *name);
const char *ip_name(const struct ip *ip);

/* What `count` sorted targets are, from the first to the last: "address", "domains", "targets". */
const char *ip_noun(const struct ip *first, const struct ip *last, size_t count);

bool ip_next(struct ip *ip);           /* false after the last address of the family */
unsigned ip_bits(const struct ip *ip); /* 32 or 128 */

/* The IPv4 address as a number in host order; 0 for IPv6. */
uint32_t ip_v4(const struct ip *ip);
struct ip ip_from_v4(uint32_t host_order);

/*
 * "ADDRESS" or "ADDRESS/LEN". Host bits that are set are an error which names the block meant.
 * The error text names what is wrong and never repeats more than the cleaned input.
 */
bool cidr_parse(const char *s, struct cidr *out, struct error *err);
void cidr_format(const struct cidr *c, char out[static CIDR_TEXT_MAX]);
bool cidr_contains(const struct cidr *c, const struct ip *ip);
struct ip ip_mask(const struct ip *ip, unsigned len); /* host bits cleared */

/* Number of sub-blocks of length `unit` in the block, capped at UINT64_MAX. */
uint64_t cidr_count(const struct cidr *c, unsigned unit);

/* Advances `ip` by one block of length `len`; false after the last of the family. */
bool ip_step(struct ip *ip, unsigned len);

/*
 * The name under a DNS list: "2.0.0.127" for IPv4, 32 lower-case nibbles for IPv6, no trailing dot
 * (RFC 5782 sections 2.1 and 2.4). An IPv4-mapped IPv6 address is written as nibbles here.
 */
void ip_reverse(const struct ip *ip, char out[static IP_REVERSE_MAX]);

/*
 * Why the address has no meaning on the public Internet ("private (RFC 1918)", "documentation
 * (RFC 5737)", "loopback", …), or NULL when it has one. IANA special-purpose registries.
 */
const char *ip_special(const struct ip *ip);

/* 127.0.0.0/8 and ::1. */
bool ip_is_loopback(const struct ip *ip);

/* Whether the address can't be reached from outside (a name is none): it is special, and not for
 * documentation. What the public lists say about it means nothing; a name that resolves to it is of
 * no use.
 */
bool ip_is_hidden(const struct ip *ip);

#endif
