/* SPDX-License-Identifier: ISC */
#include "repmon/dnsbl_match.h"

#include <stdio.h>
#include <string.h>

#define QUAD_OCTETS 4

/* Up to three digits without leading zeros, at most `max`; advances *s. */
static bool dnsbl_number(const char **s, const char *end, unsigned max, uint32_t *out)
{
    const char *p = *s;
    uint32_t value = 0;
    while (p < end && *p >= '0' && *p <= '9' && p - *s < 3)
        value = value * 10 + (uint32_t)(*p++ - '0');
    if (p == *s || value > max || (**s == '0' && p - *s > 1))
        return false;
    *s = p;
    *out = value;
    return true;
}

/* Octets with or without stars; the mask has zeros where there is a star. */
static bool dnsbl_octets(const char **s, const char *end, bool stars, uint32_t *out, uint32_t *mask)
{
    uint32_t value = 0, bits = 0;
    for (int i = 0; i < QUAD_OCTETS; i++) {
        uint32_t octet = 0;
        bool star = stars && i > 0 && *s < end && **s == '*';
        if (star)
            (*s)++;
        else if (!dnsbl_number(s, end, 255, &octet))
            return false;
        value = value << 8 | octet;
        bits = bits << 8 | (star ? 0u : 255u);
        if (i + 1 < QUAD_OCTETS && (*s >= end || *(*s)++ != '.'))
            return false;
    }
    *out = value;
    *mask = bits;
    return true;
}

bool quad_parse(const char *text, size_t len, uint32_t *out)
{
    const char *s = text, *end = text + len;
    uint32_t value, mask;
    if (!dnsbl_octets(&s, end, false, &value, &mask) || s != end)
        return false;
    *out = value;
    return true;
}

void quad_format(uint32_t answer, char out[static QUAD_TEXT_MAX])
{
    snprintf(out, QUAD_TEXT_MAX, "%u.%u.%u.%u", answer >> 24, answer >> 16 & 255u,
             answer >> 8 & 255u, answer & 255u);
}

/* Each takes what follows the sign. */
static bool dnsbl_range_tail(const char *s, const char *end, uint32_t first,
                             struct answer_match *out)
{
    uint32_t last, mask;
    if (!dnsbl_octets(&s, end, false, &last, &mask) || s != end || last < first)
        return false;
    *out = (struct answer_match){.kind = MATCH_RANGE, .first = first, .last = last};
    return true;
}

static bool dnsbl_prefix_tail(const char *s, const char *end, uint32_t base,
                              struct answer_match *out)
{
    uint32_t len;
    if (!dnsbl_number(&s, end, 32, &len) || s != end)
        return false;
    uint32_t mask = len == 0 ? 0 : UINT32_MAX << (32 - len);
    if ((base & ~mask) != 0)
        return false;
    *out = (struct answer_match){
        .kind = len == 32 ? MATCH_EXACT : MATCH_WIDE, .base = base, .mask = mask};
    return true;
}

static bool dnsbl_bits_tail(const char *s, const char *end, uint32_t base, struct answer_match *out)
{
    uint32_t bits;
    if (!dnsbl_number(&s, end, 255, &bits) || s != end || bits == 0 || (base & 255u) != 0)
        return false;
    *out =
        (struct answer_match){.kind = MATCH_BITS, .base = base | bits, .mask = 0xffffff00u | bits};
    return true;
}

static const struct {
    char sign;
    bool (*parse)(const char *s, const char *end, uint32_t base, struct answer_match *out);
} tails[] = {{'-', dnsbl_range_tail}, {'/', dnsbl_prefix_tail}, {'&', dnsbl_bits_tail}};

bool match_parse(const char *text, struct answer_match *out, struct error *err)
{
    size_t len = strnlen(text, MATCH_TEXT_MAX);
    const char *s = text, *end = text + len;
    uint32_t base, mask;
    if (len < MATCH_TEXT_MAX && dnsbl_octets(&s, end, true, &base, &mask)) {
        if (s == end) {
            *out = (struct answer_match){
                .kind = mask == UINT32_MAX ? MATCH_EXACT : MATCH_WIDE, .base = base, .mask = mask};
            return true;
        }
        for (size_t i = 0; mask == UINT32_MAX && i < sizeof tails / sizeof tails[0]; i++) {
            if (*s == tails[i].sign && tails[i].parse(s + 1, end, base, out))
                return true;
        }
    }
    return error_set(err, ERR_CONFIG,
                     "not an answer pattern; write A.B.C.D, A.B.C.D-A.B.C.E, A.B.C.0/24, "
                     "A.B.C.0&BITS or A.B.*.D");
}

bool match_hits(const struct answer_match *m, uint32_t answer)
{
    if (m->kind == MATCH_RANGE)
        return answer >= m->first && answer <= m->last;
    return (answer & m->mask) == m->base;
}
