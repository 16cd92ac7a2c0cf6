/* SPDX-License-Identifier: ISC */
/*
 * Queries to one recursive resolver at a time, over UDP sockets of repmon's own: what one list's
 * servers send, a closed port or a broken connection affects only the query it belongs to. Answers
 * that don't fit into a datagram are fetched over TCP by c-ares. Names are absolute; there is no
 * search list and no cache.
 *
 * A query that stays unanswered is sent again, byte for byte, after a few mean round trips and
 * then after pauses that double; the first answer to any of them counts. SERVFAIL and REFUSED
 * count as lost, too: that is how an overloaded resolver answers. When the resolver is no longer
 * of use, the next one takes over and changed() is called; open queries are sent to it again, so
 * every reply says through which resolver it came.
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
#include <stdio.h>

enum dns_type {
    DNS_A = 1,
    DNS_NS = 2,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_PTR = 12,
    DNS_MX = 15,
    DNS_TXT = 16,
    DNS_AAAA = 28,
    DNS_DNAME = 39,
    DNS_OPT = 41
};
enum dns_rcode {
    DNS_NOERROR = 0,
    DNS_FORMERR,
    DNS_SERVFAIL,
    DNS_NXDOMAIN,
    DNS_NOTIMP,
    DNS_REFUSED,
    DNS_BADVERS = 16 /* of EDNS; its upper bits are in the OPT record */
};

/* More A records than this fit into no message: 16 octets each of at most 65,535. */
#define DNS_MAX_RECORDS 4096

/*
 * A record of the answer section that has the asked type and is at the end of the chain of
 * CNAME and DNAME records, in whatever order they came.
 */
struct dns_record {
    struct ip ip;     /* A, AAAA */
    const char *text; /* TXT: strings joined, raw bytes; PTR, NS, MX: the name, lower case, no dot;
                         SOA: the primary name server's */
    size_t len;
    uint16_t preference; /* MX */
};

struct dns_answer {
    uint8_t rcode;
    bool soa;       /* the authority section holds an SOA: a real negative answer */
    bool own;       /* AA: the server's own data, a zone or a hosts file, and no answer of others */
    bool policy;    /* an SOA as addition: BIND's sign that a response policy zone made it up */
    bool recursive; /* RA: it asks others for what it has not itself */
    /* The message broke off, lies about its lengths, or holds a chain without an end (a CNAME with
     * neither a record after it nor a denial), or it is a referral to other servers: trust nothing.
     */
    bool malformed;
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

/* "SERVFAIL", "REFUSED", …; "an unknown error" for what has no name here. Static text. */
const char *dns_rcode_word(uint8_t rcode);

struct loop;
struct dns; /* opaque: sockets, questions in flight, window */

struct dns_options {
    const struct conf_resolver *resolvers; /* copied; used one at a time, in this order */
    size_t count;
    int64_t timeout_ms;
    unsigned tries; /* a question lives for timeout × tries */
};

/*
 * What is known of the servers of one list through the present resolver. The caller keeps one for
 * each list, zero at first, until dns_free(); only this module writes it.
 */
struct dns_list {
    uint8_t of; /* number of the resolver + 1; 0: never asked */
    bool asked;
    bool useful;                     /* it said something: an address, or that there is none */
    bool plain;                      /* its servers choke on EDNS */
    uint32_t useless_in, refused_in; /* see dns_health.h, dns.c */
    int64_t mean_us;                 /* round trip; 0: not known */
};

/* What became of a question. `answer` is borrowed until the callback returns. */
enum dns_how { DNS_ANSWERED = 0, DNS_TIMEOUT, DNS_UNREACHABLE, DNS_STOPPED };
struct dns_result {
    enum dns_how how;
    const struct dns_answer *answer; /* DNS_ANSWERED; may be malformed */
    uint8_t via;                     /* number of the resolver that answered */
    unsigned sent;                   /* datagrams for this question */
};

enum dns_again { DNS_NEVER = 0, DNS_LATER, DNS_NOW };

/* All are called from inside loop_wait() or dns_work(); none may call dns_free() or dns_ask(). */
struct dns_hooks {
    void (*done)(void *ctx, void *user, const struct dns_result *result); /* exactly once each */
    void (*changed)(void *ctx, uint8_t via); /* the resolver of that number took over */
    /*
     * Whether this question may be sent again: that counts in a list's rate and budget like any
     * question. Asked at every wake while it says DNS_LATER; DNS_NOW is taken for a send. NULL:
     * always.
     */
    enum dns_again (*again)(void *ctx, void *user);
    void *ctx;
};

/* NULL with an error when there is no resolver. One that can't be reached is not an error: it is
 * silent. */
struct dns *dns_new(struct loop *loop, const struct dns_options *options,
                    const struct dns_hooks *hooks, struct error *err);
void dns_free(struct dns *dns);

/* Once a wake, before anything is asked: time-outs, retransmissions, fail-over. */
void dns_work(struct dns *dns);

/* When dns_work() has something to do although nothing arrived, on clock_mono_ms(). */
int64_t dns_wake_ms(const struct dns *dns);

/* How many questions may be asked now; those that wait come first. */
unsigned dns_room(struct dns *dns);

/*
 * Whether this list may use that room, too: lists that have not answered yet leave some to others.
 */
bool dns_has_room_for(const struct dns *dns, const struct dns_list *list);

/* Whether the next wake has room although this one has none: only its burst is spent. */
bool dns_room_next_wake(const struct dns *dns);

struct dns_question {
    const char *name; /* absolute, no root dot, labels of letters, digits, - and _; borrowed until
                         done() */
    uint16_t type;
    unsigned tries;        /* as if this many were configured, in the same time; 0: those */
    struct dns_list *list; /* whose servers are asked; NULL: nothing is known and learned */
    void *user;            /* borrowed */
};

/*
 * Asks. At most max(4, 2 × tries) sends, three while the list never said anything. done() is never
 * called from inside.
 */
void dns_ask(struct dns *dns, const struct dns_question *question);

/* Questions not yet done. */
size_t dns_pending(const struct dns *dns);

/*
 * Says that the answers of the present resolver are worthless, which only the caller can know: the
 * next one takes over, if there is one. Never from inside a callback.
 */
void dns_leave(struct dns *dns);

/* Gives up every question: done() with DNS_STOPPED. */
void dns_stop(struct dns *dns);

unsigned dns_window(const struct dns *dns);       /* questions that may be in flight */
int64_t dns_round_trip_us(const struct dns *dns); /* recent mean; 0: not known */

/* Datagrams sent and sent again over all questions. */
void dns_counts(const struct dns *dns, uint64_t *sent, uint64_t *again);

/* The limit on the window, because the resolver turned queries away; 0: it never did. */
unsigned dns_limit(const struct dns *dns);
uint8_t dns_via(const struct dns *dns); /* number of the resolver in use */

/* What a run remembers of that: "RESOLVER NUMBER" (fields.h). */
#define DNS_LIMIT_FACT "resolver limit"

/* "192.0.2.1:53", "[2001:db8::1]:53", "[fe80::1%eth0]:53" */
#define DNS_RESOLVER_TEXT (IP_TEXT_MAX + CONF_SCOPE_MAX + 10)
void dns_resolver_text(const struct conf_resolver *resolver, char out[static DNS_RESOLVER_TEXT]);

/*
 * The resolvers of resolv.conf, at most `max`; 127.0.0.1 when there is no such file, or it names
 * none. Those that can't be used are left out, and named with -v.
 */
size_t dns_system_resolvers(struct conf_resolver *out, size_t max);
size_t dns_resolvers_read(FILE *file, struct conf_resolver *out, size_t max); /* NULL: no file */

#endif
