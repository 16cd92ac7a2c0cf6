/* SPDX-License-Identifier: ISC */
/*
 * What names resolve to: host names and SPF records, looked up together until every answer is in.
 * The answers are judged here and nowhere else: which addresses are the host's own, which come
 * only from this resolver (a hosts file, DNS64), and whether the result is complete. Nothing is
 * remembered.
 */
#ifndef REPMON_NAMES_H
#define REPMON_NAMES_H

#include "repmon/dns.h"
#include "repmon/error.h"
#include "repmon/ip.h"
#include "repmon/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

/* Why a name is not what it should be; the worst of what was found. */
enum name_trouble {
    NAME_FINE = 0,
    NAME_PARTLY,   /* a part got no usable answer: `blocks` are the other part */
    NAME_FAILED,   /* nothing could be learned, or the SPF record is wrong */
    NAME_EMPTY,    /* it has no address */
    NAME_HIDDEN,   /* it leads to an address that can't be reached from outside */
    NAME_TOO_MANY, /* its addresses are over a limit: set by who adds them, never here */
    NAME_TROUBLE_COUNT
};

/* An include of an SPF record that is not followed. */
struct name_left_out {
    char *name;   /* owned */
    bool counted; /* it could be read: the two below are right */
    uint64_t v4;  /* IPv4 addresses, each once */
    size_t v6;    /* IPv6 blocks */
};

struct name {
    char name[LIMIT_DNS_NAME + 1]; /* lower case, no root dot */
    bool spf;                      /* an SPF record; else a host */
    /* What came of it: */
    struct cidr *blocks; /* owned; sorted, each once: addresses that count */
    size_t count;
    enum name_trouble trouble;
    char why[640]; /* a sentence that names the name; "" when NAME_FINE */
    bool denied;   /* the name does not exist at all (NXDOMAIN) */
    bool proven;   /* a denial had its SOA (RFC 2308) */
    /*
     * IPv4, IPv6: all was answered, with addresses or denied with an SOA (RFC 2308): what is
     * missing from `blocks` is gone, as far as this resolver is right.
     */
    bool whole[2];
    uint32_t vias;                  /* a bit a resolver that answered */
    struct name_left_out *left_out; /* owned */
    size_t left_out_count;
    char **notes; /* owned: what of an SPF record can't be listed */
    size_t note_count;
    struct name_asker *askers; /* owned; not for anybody else */
    size_t asker_count;
};

struct names {
    struct name *items; /* owned; in the order they were added */
    size_t count;
    char *const *includes; /* borrowed: SPF includes to follow, "all" for each */
    size_t include_count;
    bool count_left_out; /* ask about the includes that are not followed, too */
};

/* false: no host name. */
bool names_add(struct names *names, const char *text, bool spf);

/* Asks until everything is answered or `deadline_ms`. False: no resolver could be used at all. */
bool names_look_up(struct names *names, struct loop *loop, const struct dns_options *dns,
                   int64_t deadline_ms, struct error *err);
/* Whether a name that is no host may send mail all the same: it has an MX or TXT record. */
bool name_has_mail_records(const char *name, struct loop *loop, const struct dns_options *dns,
                           int64_t deadline_ms);

void names_fini(struct names *names);

/* "include:_spf.example.net is not followed …": what it holds and the line that would add it. */
void name_left_out_text(const struct name *name, const struct name_left_out *left, char *out,
                        size_t size);

const char *name_trouble_word(enum name_trouble trouble);

#endif
