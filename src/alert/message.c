/* SPDX-License-Identifier: ISC */
#include "repmon/message.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* ---- ranges ---- */

static void message_address_format(const struct ip *ip, uint8_t prefix,
                                   char out[static CIDR_TEXT_MAX])
{
    struct cidr c = {*ip, prefix ? prefix : (uint8_t)ip_bits(ip)};
    cidr_format(&c, out);
}

void message_range_format(const struct ip_range *r, char out[static MESSAGE_RANGE_MAX])
{
    char first[CIDR_TEXT_MAX], last[CIDR_TEXT_MAX];
    message_address_format(&r->first, r->prefix, first);
    message_address_format(&r->last, r->prefix, last);
    if (ip_cmp(&r->first, &r->last) == 0)
        snprintf(out, MESSAGE_RANGE_MAX, "%s", first);
    else
        snprintf(out, MESSAGE_RANGE_MAX, "%s-%s", first, last);
}

/* A domain: it has a letter and, unlike IPv6, no colon. */
static bool message_is_name(const char *text)
{
    bool letter = false;
    for (const char *c = text; *c; c++)
        letter |= isalpha((unsigned char)*c) != 0;
    return letter && !strchr(text, ':') && strlen(text) < IP_TEXT_MAX;
}

bool message_range_parse(const char *text, struct ip_range *out)
{
    char first[MESSAGE_RANGE_MAX];
    if (message_is_name(text)) {
        *out = (struct ip_range){ip_of_name(text), ip_of_name(text), 128};
        return true;
    }
    const char *dash = strchr(text, '-');
    size_t len = dash ? (size_t)(dash - text) : strlen(text);
    if (len >= sizeof first)
        return false;
    memcpy(first, text, len);
    first[len] = '\0';
    struct cidr a, b;
    if (!cidr_parse(first, &a, NULL) || !cidr_parse(dash ? dash + 1 : first, &b, NULL))
        return false;
    if (a.len != b.len || ip_cmp(&a.base, &b.base) > 0 || a.base.family != b.base.family)
        return false;
    *out = (struct ip_range){a.base, b.base, a.len};
    return true;
}

static uint64_t message_half(const struct ip *ip, size_t from)
{
    uint64_t n = 0;
    for (size_t i = from; i < from + 8; i++)
        n = n << 8 | ip->bytes[i];
    return n;
}

uint32_t message_range_count(const struct ip_range *r)
{
    uint64_t steps;
    if (r->first.family == 4) {
        steps = (ip_v4(&r->last) - ip_v4(&r->first)) >> (r->prefix ? 32 - r->prefix : 0);
    } else if (r->prefix <= 64) {
        steps = (message_half(&r->last, 0) - message_half(&r->first, 0)) >>
                (r->prefix ? 64 - r->prefix : 0);
    } else {
        bool far = message_half(&r->last, 0) != message_half(&r->first, 0);
        steps = far ? UINT32_MAX
                    : (message_half(&r->last, 8) - message_half(&r->first, 8)) >> (128 - r->prefix);
    }
    return steps < UINT32_MAX ? (uint32_t)steps + 1 : UINT32_MAX;
}

/* ---- levels ---- */

enum level message_entry_level(const struct entry *e)
{
    /* For a change about a list itself, the judge has set the level. */
    return change_level(e->kind, e->of_list, e->of_list ? e->severity_level : e->to);
}

enum level message_level(const struct message *m)
{
    enum level level = LEVEL_INFO;
    for (size_t i = 0; i < m->entry_count; i++)
        level = level_worse(level, message_entry_level(&m->entries[i]));
    return level;
}
