/* SPDX-License-Identifier: ISC */
#include "ptr_answer.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NUMBERS_MAX 32
#define FEW         2 /* so few targets may well all lose their names at once */

/* ---- generic names ---- */

/* Words found only in the names of mass-market customer lines. */
static const char *const line_words[] = {
    "adsl", "broadband",  "dhcp",   "dial", "dialin", "dialup",    "dsl",
    "dyn",  "dynamic",    "dynip",  "pool", "ppp",    "pppoe",     "residential",
    "sdsl", "unassigned", "unused", "vdsl", "xdsl",   "dynamicip",
};

/* Words that count only next to an octet of the address. */
static const char *const block_words[] = {
    "cable",  "client",      "clients", "cpe",    "cust",      "customer", "host",
    "ip",     "ipv4",        "ipv6",    "node",   "res",       "rev",      "reverse",
    "static", "unallocated", "vps",     "server", "dedicated",
};

/* Length of the part in front of the registered domain; the whole when there is no such part. */
static size_t ptr_host_part(const char *name)
{
    size_t len = strlen(name), dots = 0;
    for (size_t i = len; i > 0; i--) {
        if (name[i - 1] == '.' && ++dots == 2)
            return i - 1;
    }
    return 0;
}

static bool ptr_has_word(const char *s, size_t len, const char *const *words, size_t count)
{
    for (size_t i = 0; i < len;) {
        size_t n = 0;
        while (i + n < len && isalpha((unsigned char)s[i + n]))
            n++;
        for (size_t w = 0; n && w < count; w++) {
            if (strlen(words[w]) == n && strncasecmp(words[w], s + i, n) == 0)
                return true;
        }
        i += n ? n : 1;
    }
    return false;
}

/* The decimal numbers of the text in order. */
static size_t ptr_numbers(const char *s, size_t len, unsigned *out)
{
    size_t count = 0;
    for (size_t i = 0; i < len && count < NUMBERS_MAX;) {
        if (!isdigit((unsigned char)s[i])) {
            i++;
            continue;
        }
        unsigned value = 0;
        for (; i < len && isdigit((unsigned char)s[i]); i++)
            value = value > 999 ? 1000 : value * 10 + (unsigned)(s[i] - '0');
        out[count++] = value;
    }
    return count;
}

/* Whether the last `n` octets of the address appear side by side, forwards or backwards. */
static bool ptr_has_octets(const unsigned *found, size_t count, const uint8_t *bytes, size_t n)
{
    for (size_t at = 0; at + n <= count; at++) {
        bool forwards = true, backwards = true;
        for (size_t i = 0; i < n; i++) {
            forwards &= found[at + i] == bytes[4 - n + i];
            backwards &= found[at + i] == bytes[3 - i];
        }
        if (forwards || backwards)
            return true;
    }
    return false;
}

static bool ptr_contains(const char *s, size_t len, const char *what)
{
    return memmem(s, len, what, strlen(what)) != NULL;
}

static bool ptr_has_address4(const char *host, size_t len, const uint8_t *b)
{
    char text[32];
    unsigned found[NUMBERS_MAX];
    size_t count = ptr_numbers(host, len, found);
    if (ptr_has_octets(found, count, b, 3))
        return true;
    snprintf(text, sizeof text, "%03u%03u%03u%03u", b[0], b[1], b[2], b[3]);
    if (ptr_contains(host, len, text))
        return true;
    snprintf(text, sizeof text, "%03u%03u%03u%03u", b[3], b[2], b[1], b[0]);
    if (ptr_contains(host, len, text))
        return true;
    snprintf(text, sizeof text, "%02x%02x%02x%02x", b[0], b[1], b[2], b[3]);
    return ptr_contains(host, len, text);
}

/* The low 64 bits as they are written: groups with and without zeros, nibbles backwards. */
static bool ptr_has_address6(const char *host, size_t len, const struct ip *ip)
{
    char plain[48] = "", padded[48] = "", reverse[IP_REVERSE_MAX];
    for (size_t i = 8; i < 16; i += 2) {
        unsigned group = (unsigned)ip->bytes[i] << 8 | ip->bytes[i + 1];
        size_t at = strlen(plain), to = strlen(padded);
        snprintf(plain + at, sizeof plain - at, "%s%x", at ? "-" : "", group);
        snprintf(padded + to, sizeof padded - to, "%s%04x", to ? "-" : "", group);
    }
    char dense[17];
    snprintf(dense, sizeof dense, "%.4s%.4s%.4s%.4s", padded, padded + 5, padded + 10, padded + 15);
    ip_reverse(ip, reverse);
    reverse[31] = '\0'; /* sixteen nibbles and the dots between them */
    char whole[IP_TEXT_MAX];
    ip_format(ip, whole);
    for (char *c = whole; *c; c++)
        *c = *c == ':' ? '-' : *c;
    return ptr_contains(host, len, plain) || ptr_contains(host, len, padded) ||
           ptr_contains(host, len, dense) || ptr_contains(host, len, reverse) ||
           ptr_contains(host, len, whole);
}

bool ptr_is_generic(const char *name, const struct ip *ip)
{
    unsigned found[NUMBERS_MAX];
    size_t len = ptr_host_part(name);
    if (ptr_has_word(name, len, line_words, sizeof line_words / sizeof *line_words))
        return true;
    if (ip->family == 6)
        return ptr_has_address6(name, len, ip);
    if (ptr_has_address4(name, len, ip->bytes))
        return true;
    size_t count = ptr_numbers(name, len, found);
    return ptr_has_octets(found, count, ip->bytes, 1) &&
           ptr_has_word(name, len, block_words, sizeof block_words / sizeof *block_words);
}

bool ptr_is_mass_loss(size_t judged, size_t turned)
{
    return turned > FEW && turned * 2 > judged;
}

/* ---- the verdict ---- */

static void ptr_add_names(const struct ptr_facts *f, enum ptr_forward state, const char *lead,
                          struct buf *out)
{
    bool any = false;
    for (size_t i = 0; i < f->count; i++) {
        const struct ptr_name *n = &f->names[i];
        if (n->forward != state)
            continue;
        const char *before = out->len ? "; " : "";
        buf_str(out, any ? ", " : before);
        buf_str(out, any ? "" : lead);
        if (n->name[0])
            buf_clean(out, n->name, strlen(n->name), LIMIT_DNS_NAME);
        else
            buf_str(out, "an empty name");
        any = true;
    }
}

static void ptr_answer_describe(const struct ptr_facts *f, bool helo_missing, bool generic,
                                struct buf *out)
{
    ptr_add_names(f, PTR_CONFIRMED, "PTR ", out);
    ptr_add_names(f, PTR_DENIED, "does not resolve back to the address: PTR ", out);
    ptr_add_names(f, PTR_OPEN, "could not be looked up: PTR ", out);
    if (f->total > f->count)
        buf_fmt(out, "; %zu more PTR records were not checked", f->total - f->count);
    else if (f->total > 1)
        buf_fmt(out, "; %zu PTR records, one is enough", f->total);
    if (helo_missing)
        buf_fmt(out, "; none is the HELO name %s", f->helo);
    if (generic)
        buf_str(out, "; looks like a name the provider gives to every address");
}

enum cause ptr_judge(const struct ptr_facts *f, char answers[static PTR_ANSWERS_MAX],
                     struct buf *detail)
{
    enum cause cause = CAUSE_NONE;
    bool denied = false, generic = true, helo = false;
    answers[0] = '\0';
    for (size_t i = 0; i < f->count; i++) {
        const struct ptr_name *n = &f->names[i];
        denied |= n->forward == PTR_DENIED;
        if (n->forward == PTR_OPEN)
            cause = n->cause;
        generic &= ptr_is_generic(n->name, &f->ip);
        helo |= f->helo && strcasecmp(f->helo, n->name) == 0;
    }
    /* The expected name may be among those that were not looked at. */
    bool helo_missing = f->helo && !helo && f->total <= f->count;
    bool mismatch = denied || helo_missing;
    if (!mismatch && cause != CAUSE_NONE)
        return cause;
    ptr_answer_describe(f, helo_missing, generic, detail);
    static const char *const words[2][2] = {{"confirmed", "mismatch"},
                                            {"generic", "generic mismatch"}};
    snprintf(answers, PTR_ANSWERS_MAX, "%s", words[generic][mismatch]);
    return CAUSE_NONE;
}
