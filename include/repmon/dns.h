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
    DNS_AAAA = 28,
    DNS_DNAME = 39
};
enum dns_rcode {
    DNS_NOERROR = 0,
    DNS_FORMERR,
    DNS_SERVFAIL,
    DNS_NXDOMAIN,
    DNS_NOTIMP,
    DNS_REFUSED
};

/* More A records than this fit into no message: 16 octets each of at most 65,535. */
#define DNS_MAX_RECORDS 4096

/*
 * A record of the answer section that has the asked type and stands at the end of the chain of
 * CNAME and DNAME records, in whatever order they came.
 */
struct dns_record {
    struct ip ip;     /* A, AAAA */
    const char *text; /* TXT: strings joined, raw bytes; PTR, MX: the name, lower case, no dot */
    size_t len;
    uint16_t preference; /* MX */
};

struct dns_answer {
    uint8_t rcode;
    bool soa; /* the authority section holds an SOA: a real negative answer */
    /* The message broke off, lies about its lengths, or holds a chain without an end (a CNAME with
     * neither a record behind it nor a denial): trust nothing. */
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
struct dns; /* opaque: one c-ares channel, questions in flight, window */

struct dns_options {
    const struct conf_resolver *resolvers; /* copied; used one at a time, in this order */
    size_t count;
    int64_t timeout_ms; /* of one try */
    unsigned tries;
};

/* What became of a question. `answer` is borrowed until the callback returns. */
enum dns_how { DNS_ANSWERED = 0, DNS_TIMEOUT, DNS_UNREACHABLE, DNS_STOPPED };
struct dns_result {
    enum dns_how how;
    const struct dns_answer *answer; /* DNS_ANSWERED; may be malformed */
    uint8_t via;                     /* number of the resolver that answered */
    unsigned sent;                   /* datagrams for this question */
};

/* All are called from inside loop_wait() or dns_work(); none may call dns_free(). */
struct dns_hooks {
    void (*done)(void *ctx, void *user, const struct dns_result *result); /* exactly once each */
    bool (*blame)(void *ctx, void *user); /* a loss of this question says something of the path */
    void (*changed)(void *ctx, uint8_t via); /* the resolver of that number took over */
    /*
     * Whether this question may be sent again now: a retry counts against a list's pace like any
     * question. Asked at every wake until it says yes, which is taken for a send. NULL: always.
     */
    bool (*again)(void *ctx, void *user);
    void *ctx;
};

/* NULL with an error when there is no resolver or c-ares can't start. */
struct dns *dns_new(struct loop *loop, const struct dns_options *options,
                    const struct dns_hooks *hooks, struct error *err);
void dns_free(struct dns *dns);

/* Once a wake, before anything is asked: time-outs, retries, hand-over. */
void dns_work(struct dns *dns, int64_t now_ms);

/* How many questions may be asked now; retries that wait come first. */
unsigned dns_room(struct dns *dns);

/* Whether the next wake has room although this one has none: only its burst is spent. */
bool dns_room_next_wake(const struct dns *dns);

/*
 * Asks. `name` (absolute, no root dot, labels of letters, digits, - and _) stays the caller's and
 * must live until done(). `tries` sends share the time of the configured number (timeout × tries),
 * 0: that number. done() is never called from inside.
 */
void dns_ask(struct dns *dns, const char *name, uint16_t type, unsigned tries, void *user);

/* Questions not yet done. */
size_t dns_pending(const struct dns *dns);

/* Gives up every question: done() with DNS_STOPPED. */
void dns_stop(struct dns *dns);

unsigned dns_window(const struct dns *dns);       /* questions that may be in flight */
int64_t dns_round_trip_us(const struct dns *dns); /* recent mean; 0: not known */

/* Datagrams sent and sent again over all questions. */
void dns_counts(const struct dns *dns, uint64_t *sent, uint64_t *again);

/* The resolvers of resolv.conf (127.0.0.1 when it names none); returns how many, at most `max`. */
size_t dns_system_resolvers(struct conf_resolver *out, size_t max);

#endif
