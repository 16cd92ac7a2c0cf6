/* SPDX-License-Identifier: ISC */
#include "dns_wire.h"

#include "repmon/dns.h"

#include <ctype.h>
#include <string.h>

#define CLASS_IN 1

static uint8_t *dns_put_u16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return at + 2;
}

static unsigned dns_get_u16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/* RFC 1035 section 3.1: length and octets of each label. NULL when it is not a valid name. */
static uint8_t *dns_put_name(uint8_t *at, const char *name)
{
    if (strlen(name) > LIMIT_DNS_NAME - 2)
        return NULL;
    while (*name) {
        size_t len = strcspn(name, ".");
        if (len == 0 || len > LIMIT_DNS_LABEL)
            return NULL;
        *at++ = (uint8_t)len;
        memcpy(at, name, len);
        at += len;
        name += len;
        if (*name == '.')
            name++;
    }
    *at++ = 0;
    return at;
}

size_t dns_query_write(const struct dns_query *query, uint8_t out[static DNS_QUERY_MAX])
{
    static const uint8_t flags_and_counts[DNS_HEADER - 2] = {1 /* RD */, 0, 0, 1};
    uint8_t *at = dns_put_u16(out, query->id);
    memcpy(at, flags_and_counts, sizeof flags_and_counts);
    out[11] = !query->plain; /* additional records: the OPT of RFC 6891 section 6.1.2 */
    at = dns_put_name(out + DNS_HEADER, query->name);
    if (!at)
        return 0;
    at = dns_put_u16(at, query->type);
    at = dns_put_u16(at, CLASS_IN);
    if (!query->plain) {
        *at++ = 0; /* root */
        at = dns_put_u16(at, DNS_OPT);
        at = dns_put_u16(at, DNS_EDNS_SIZE);
        memset(at, 0, 6); /* extended code, version, flags, no data */
        at += 6;
    }
    return (size_t)(at - out);
}

bool dns_reply_id(const uint8_t *msg, size_t len, uint16_t *id)
{
    if (len < DNS_HEADER || (msg[2] & 0xf8) != 0x80) /* QR, and opcode QUERY */
        return false;
    *id = (uint16_t)dns_get_u16(msg);
    return true;
}

/* Whether the name at *at, which must not be compressed, is this one; moves *at past it. */
static bool dns_same_name(const uint8_t *msg, size_t len, size_t *at, const char *name)
{
    while (*name) {
        size_t label = *at < len ? msg[(*at)++] : 0;
        if (label == 0 || label > LIMIT_DNS_LABEL || label >= len - *at)
            return false;
        for (size_t i = 0; i < label; i++) {
            uint8_t theirs = msg[*at + i], ours = (uint8_t)name[i];
            if (!ours || (theirs != ours && tolower(theirs) != tolower(ours)))
                return false;
        }
        *at += label;
        name += label;
        if (*name && *name++ != '.')
            return false;
    }
    return *at < len && msg[(*at)++] == 0;
}

bool dns_reply_matches(const uint8_t *msg, size_t len, const struct dns_query *query)
{
    uint16_t id;
    size_t at = DNS_HEADER;
    if (!dns_reply_id(msg, len, &id) || id != query->id)
        return false;
    unsigned questions = dns_get_u16(msg + 4);
    if (questions == 0)
        return dns_reply_rcode(msg) != 0;
    return questions == 1 && dns_same_name(msg, len, &at, query->name) && len - at >= 4 &&
           dns_get_u16(msg + at) == query->type && dns_get_u16(msg + at + 2) == CLASS_IN;
}

bool dns_reply_truncated(const uint8_t *msg)
{
    return (msg[2] & 2) != 0;
}

uint8_t dns_reply_rcode(const uint8_t *msg)
{
    return msg[3] & 15;
}
