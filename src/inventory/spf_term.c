/* SPDX-License-Identifier: ISC */
#include "spf_term.h"

#include "repmon/spf_check.h"
#include "spf_macro.h"

#include "repmon/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *word;
    enum spf_kind kind;
} mechanisms[] = {{"all", SPF_ALL}, {"include", SPF_INCLUDE}, {"a", SPF_A},
                  {"mx", SPF_MX},   {"ptr", SPF_PTR},         {"ip4", SPF_IP4},
                  {"ip6", SPF_IP6}, {"exists", SPF_EXISTS}};

const struct dns_record *spf_pick(const struct dns_answer *answer, unsigned *records)
{
    const struct dns_record *record = NULL;
    *records = 0;
    for (size_t i = 0; i < answer->count; i++) {
        if (spf_is_record(answer->records[i].text, answer->records[i].len)) {
            record = &answer->records[i];
            ++*records;
        }
    }
    return record;
}

bool spf_is_record(const char *text, size_t len)
{
    return len >= 6 && strncasecmp(text, "v=spf1", 6) == 0 && (len == 6 || text[6] == ' ');
}

/* "24" with nothing after it, at most `max`; no leading zero (RFC 7208 12, ip4-cidr-length). */
static bool spf_read_len(const char *text, unsigned max, unsigned *out)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 3 || text[digits] || (digits > 1 && *text == '0'))
        return false;
    *out = (unsigned)strtoul(text, NULL, 10);
    return *out <= max;
}

/* The slash before the digits that end the text; NULL: it doesn't end so. */
static char *spf_last_length(char *text)
{
    size_t len = strlen(text), digits = 0;
    while (digits < len && text[len - digits - 1] >= '0' && text[len - digits - 1] <= '9')
        digits++;
    bool found = digits > 0 && digits < len && text[len - digits - 1] == '/';
    return found ? text + len - digits - 1 : NULL;
}

/* Cuts "/24", "//64" or "/24//64" off the end; a slash further in front is part of the domain. */
static bool spf_cut_lengths(char *text, struct spf_term *t)
{
    char *slash = spf_last_length(text);
    if (slash && slash > text && slash[-1] == '/') {
        if (!spf_read_len(slash + 1, 128, &t->len6))
            return false;
        slash[-1] = '\0';
        slash = spf_last_length(text);
    }
    if (slash && !spf_read_len(slash + 1, 32, &t->len4))
        return false;
    if (slash)
        *slash = '\0';
    return true;
}

static bool spf_read_block(const char *text, struct spf_term *t)
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
    if (text[len] && !spf_read_len(text + len + 1, bits, &prefix))
        return false;
    struct ip mapped; /* ::ffff:a.b.c.d is the IPv4 address that receivers see */
    if (ip.family == 6 && prefix >= 96 && ip_parse(address, &mapped) && mapped.family == 4) {
        ip = mapped;
        prefix -= 96;
    }
    t->block = (struct cidr){.base = ip_mask(&ip, prefix), .len = (uint8_t)prefix};
    return true;
}

/* The domain-spec of a mechanism; false: it is none. */
static bool spf_read_domain(const char *text, struct spf_term *t)
{
    if (!spf_macro_is_domain(text))
        return false;
    snprintf(t->spec, sizeof t->spec, "%s", text);
    t->macro = !conf_name_parse(text, t->name);
    if (t->macro)
        t->name[0] = '\0';
    return true;
}

static bool spf_read_mechanism(char *text, struct spf_term *t)
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
    case SPF_IP6: return colon && spf_read_block(rest, t);
    case SPF_INCLUDE:
    case SPF_EXISTS: return colon && spf_read_domain(rest, t);
    case SPF_A:
    case SPF_MX:
        if (!spf_cut_lengths(rest, t))
            return false;
        break;
    default: break;
    }
    return colon ? spf_read_domain(rest, t) : *rest == '\0';
}

/* ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ), RFC 7208 12, name */
static bool spf_is_modifier_name(const char *text, size_t len)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    if (len == 0 || !strchr(letters, *text))
        return false;
    for (size_t i = 1; i < len; i++)
        if (!strchr(letters, text[i]) && !strchr("0123456789-_.", text[i]))
            return false;
    return true;
}

/* "name=value" */
static bool spf_read_modifier(char *text, struct spf_term *t)
{
    size_t len = strcspn(text, "=:/");
    const char *value = text + len + 1;
    if (text[len] != '=' || !spf_is_modifier_name(text, len))
        return false;
    if (len == 8 && strncasecmp(text, "redirect", 8) == 0)
        t->kind = spf_read_domain(value, t) ? SPF_REDIRECT : SPF_BAD;
    else if (len == 3 && strncasecmp(text, "exp", 3) == 0)
        t->kind = spf_read_domain(value, t) ? SPF_EXP : SPF_BAD;
    else
        t->kind = spf_macro_is_string(value) ? SPF_MODIFIER : SPF_BAD;
    return true;
}

bool spf_term_next(const char **at, const char *end, struct spf_term *out)
{
    char text[SPF_TERM_MAX + 1];
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

    if (len > SPF_TERM_MAX || memchr(p, '\0', len))
        return true;
    memcpy(text, p, len);
    text[len] = '\0';
    if (spf_read_modifier(text, out))
        return true;
    bool qualified = strchr("+-~?", *text) != NULL;
    if (qualified)
        out->qualifier = *text;
    if (!spf_read_mechanism(text + qualified, out))
        out->kind = SPF_BAD;
    return true;
}
