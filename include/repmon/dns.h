/* SPDX-License-Identifier: ISC */
/*
 * Questions to one recursive resolver at a time, by c-ares (1.18 to 1.34), fed through loop.h's one
 * wait. c-ares gets one try a question; retries are decided here, so that they are paced like any
 * send. Names are absolute, no search list, no cache, REFUSED and SERVFAIL arrive as answers.
 * When the resolver stops answering the next one takes over and on_change() is called; questions in
 * flight are asked again there, so every reply says through which resolver it came.
 */
#ifndef REPMON_DNS_H
#define REPMON_DNS_H

#include "repmon/conf.h"
#include "repmon/error.h"
#include "repmon/ip.h"
#include "repmon/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dns_type {
    DNS_A = 1,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_PTR = 12,
    DNS_MX = 15,
    DNS_TXT = 16,
    DNS_AAAA = 28
};
enum dns_rcode {
    DNS_NOERROR = 0,
    DNS_FORMERR,
    DNS_SERVFAIL,
    DNS_NXDOMAIN,
    DNS_NOTIMP,
    DNS_REFUSED
};

#define DNS_MAX_RECORDS LIMIT_ANSWERS

/* A record of the answer section that has the asked type and stands at the end of the CNAME chain.
 */
struct dns_record {
    struct ip ip;     /* A, AAAA */
    const char *text; /* TXT: strings joined, raw bytes; PTR, MX: the name, lower case, no dot */
    size_t len;
    uint16_t preference; /* MX */
};

struct dns_answer {
    uint8_t rcode;
    bool soa;       /* the authority section holds an SOA: a real negative answer */
    bool malformed; /* the message broke off or lies about its lengths: trust nothing */
    uint32_t
        ttl; /* smallest of the records and their CNAMEs; of the SOA (RFC 2308) when negative */
    size_t count;                     /* records of the asked type */
    bool more;                        /* there were more than DNS_MAX_RECORDS */
    const struct dns_record *records; /* borrowed until the callback returns */
};

/*
 * Reads a reply message. Pure and fuzzed; `scratch` holds the texts. False: malformed, which is
 * also set in *out. `records` has room for DNS_MAX_RECORDS.
 */
struct dns_scratch {
    struct dns_record records[DNS_MAX_RECORDS];
    char text[LIMIT_DNS_MESSAGE + 1];
};
bool dns_read(const uint8_t *msg, size_t len, const char *name, uint16_t type,
              struct dns_scratch *scratch, struct dns_answer *out);

#endif
