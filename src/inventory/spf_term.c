/* SPDX-License-Identifier: ISC */
#include "spf_term.h"

#include "repmon/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TERM_MAX 320 /* a name of 253 bytes, its mechanism and lengths */

static const struct {
    const char *word;
    enum spf_kind kind;
} mechanisms[] = {{"all", SPF_ALL}, {"include", SPF_INCLUDE}, {"a", SPF_A},
                  {"mx", SPF_MX},   {"ptr", SPF_PTR},         {"ip4", SPF_IP4},
                  {"ip6", SPF_IP6}, {"exists", SPF_EXISTS}};

bool spf_is_record(const char *text, size_t len)
{
    return len >= 6 && strncasecmp(text, "v=spf1", 6) == 0 && (len == 6 || text[6] == ' ');
}

/* "24" with nothing behind it, at most `max`; no leading zero (RFC 7208 12, ip4-cidr-length). */
static bool read_len(const char *text, unsigned max, unsigned *out)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 3 || text[digits] || (digits > 1 && *text == '0'))
        return false;
    *out = (unsigned)strtoul(text, NULL, 10);
    return *out <= max;
}

/* Cuts "/24", "//64" or "/24//64" off the end. */
static bool cut_lengths(char *text, struct spf_term *t)
{
    char *slash = strchr(text, '/');
    if (!slash)
        return true;
    char *six = strstr(slash, "//");
    if (six && !read_len(six + 2, 128, &t->len6))
        return false;
    if (six)
        *six = '\0';
    if (six != slash && !read_len(slash + 1, 32, &t->len4))
        return false;
    *slash = '\0';
    return true;
}

static bool read_block(const char *text, struct spf_term *t)
{
    char address[IP_TEXT_MAX];
    size_t len = strcspn(text, "/");
    struct ip ip;
    if (len >= sizeof address)
        return false;
    memcpy(address, text, len);
    address[len] = '\0';
    if (!ip_parse_raw(address, &ip) || ip.family != (t->kind == SPF_IP4 ? 4 : 6))
        return false;
    unsigned bits = ip_bits(&ip), prefix = bits;
    if (text[len] && !read_len(text + len + 1, bits, &prefix))
        return false;
    struct ip mapped; /* ::ffff:a.b.c.d is the IPv4 address that receivers see */
    if (ip.family == 6 && prefix >= 96 && ip_parse(address, &mapped) && mapped.family == 4) {
        ip = mapped;
        prefix -= 96;
    }
    t->block = (struct cidr){.base = ip_mask(&ip, prefix), .len = (uint8_t)prefix};
    return true;
}

/* The domain of a mechanism; false: neither a name nor a macro. */
static bool read_domain(const char *text, struct spf_term *t)
{
    t->macro = strchr(text, '%') != NULL;
    return t->macro || conf_name_parse(text, t->name);
}

static bool read_mechanism(char *text, struct spf_term *t)
{
    size_t len = strcspn(text, ":/");
    size_t i = 0, count = sizeof mechanisms / sizeof mechanisms[0];
    while (i < count &&
           (strlen(mechanisms[i].word) != len || strncasecmp(mechanisms[i].word, text, len) != 0))
        i++;
    if (i == count)
        return false;
    t->kind = mechanisms[i].kind;
    bool colon = text[len] == ':';
    char *rest = text + len + colon;
    switch (t->kind) {
    case SPF_ALL: return *rest == '\0' && !colon;
    case SPF_IP4:
    case SPF_IP6: return colon && read_block(rest, t);
    case SPF_INCLUDE:
    case SPF_EXISTS: return colon && read_domain(rest, t);
    case SPF_A:
    case SPF_MX:
        if (!cut_lengths(rest, t))
            return false;
        break;
    default: break;
    }
    return colon ? read_domain(rest, t) : *rest == '\0';
}

/* "name=value", where the name begins with a letter (RFC 7208 12, unknown-modifier) */
static bool read_modifier(char *text, struct spf_term *t)
{
    size_t len = strcspn(text, "=:/");
    if (text[len] != '=' || len == 0)
        return false;
    if (len == 8 && strncasecmp(text, "redirect", 8) == 0)
        t->kind = read_domain(text + 9, t) ? SPF_REDIRECT : SPF_BAD;
    else
        t->kind = SPF_MODIFIER;
    return true;
}

bool spf_term_next(const char **at, const char *end, struct spf_term *out)
{
    char text[TERM_MAX + 1];
    const char *p = *at;
    while (p < end && *p == ' ')
        p++;
    const char *stop = memchr(p, ' ', (size_t)(end - p));
    size_t len = (size_t)((stop ? stop : end) - p);
    *at = p + len;
    if (len == 0)
        return false;

    struct buf shown;
    *out = (struct spf_term){.kind = SPF_BAD, .qualifier = '+', .len4 = 32, .len6 = 128};
    buf_init(&shown, sizeof out->shown * 4);
    buf_clean(&shown, p, len, sizeof out->shown - 4);
    snprintf(out->shown, sizeof out->shown, "%s", buf_text(&shown));
    buf_fini(&shown);

    if (len > TERM_MAX || memchr(p, '\0', len))
        return true;
    memcpy(text, p, len);
    text[len] = '\0';
    if (read_modifier(text, out))
        return true;
    bool qualified = strchr("+-~?", *text) != NULL;
    if (qualified)
        out->qualifier = *text;
    if (!read_mechanism(text + qualified, out))
        out->kind = SPF_BAD;
    return true;
}
