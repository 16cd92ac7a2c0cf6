/* SPDX-License-Identifier: ISC */
/* A zone for tests of SPF: rows of name, type and data; what is not there is denied. */
#ifndef SPF_ZONE_H
#define SPF_ZONE_H

#include "repmon/buf.h"
#include "repmon/spf_check.h"

#include <string.h>
#include <strings.h>

#define ZONE_RECORDS 64

struct zone_row {
    const char *name; /* NULL ends the zone */
    uint16_t type;
    const char *data; /* NULL: whoever asks hears nothing */
    size_t len;       /* of data; 0: as long as it is */
};

struct zone {
    const struct zone_row *rows;
    struct dns_record records[ZONE_RECORDS];
    unsigned asked;
    unsigned patience; /* so many questions are answered, the next is not yet; 0: all are */
};

static const char *zone_alias(const struct zone *z, const char *name)
{
    for (const struct zone_row *r = z->rows; r->name; r++)
        if (r->type == DNS_CNAME && strcasecmp(r->name, name) == 0)
            return r->data;
    return NULL;
}

static enum spf_found zone_ask(void *ctx, const char *name, uint16_t type, struct dns_answer *out)
{
    struct zone *z = ctx;
    if (z->patience && z->asked == z->patience)
        return SPF_NOT_YET;
    z->asked++;
    for (unsigned i = 0; i < 8 && zone_alias(z, name); i++)
        name = zone_alias(z, name);
    *out = (struct dns_answer){.rcode = DNS_NXDOMAIN, .soa = true, .records = z->records};
    for (const struct zone_row *r = z->rows; r->name; r++) {
        if (strcasecmp(r->name, name) != 0)
            continue;
        out->rcode = DNS_NOERROR;
        if (r->type != type || out->count == ZONE_RECORDS)
            continue;
        if (!r->data)
            return SPF_NO_ANSWER;
        struct dns_record *record = &z->records[out->count++];
        *record = (struct dns_record){.text = r->data, .len = r->len ? r->len : strlen(r->data)};
        if (type == DNS_A || type == DNS_AAAA)
            ip_parse_raw(r->data, &record->ip);
    }
    return SPF_FOUND;
}

#endif
