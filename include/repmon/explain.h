/* SPDX-License-Identifier: ISC */
/*
 * Reads what a receiver answered: which operator refused which address, what it means, where to
 * get it cured. The patterns are data (src/data/bounces.json); this module knows no catalogue, so
 * the caller hands in the DNS lists that a refusal may name.
 *
 * To add a text: a row in bounces.json (the first row that matches wins), a line in
 * tests/data/bounces/. RFC 5321 4.2 (replies), RFC 3463 (status), RFC 3464 (delivery reports).
 */
#ifndef REPMON_EXPLAIN_H
#define REPMON_EXPLAIN_H

#include "repmon/error.h"
#include "repmon/ip.h"
#include "repmon/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPLAIN_LINE_MAX    (64u << 10) /* a longer line is read up to here */
#define EXPLAIN_BLOCK_MAX   (4u << 20)  /* a mail, or text without log lines, held at once */
#define EXPLAIN_ENTRIES_MAX 4096        /* distinct refusals kept of a log */

/* What the refusal is about. Zero: the text is not known. */
enum explain_kind {
    EXPLAIN_UNKNOWN = 0,
    EXPLAIN_IP_LIST, /* this address is on a list */
    EXPLAIN_NETWORK, /* the network around it, or the kind of line */
    EXPLAIN_THROTTLE,
    EXPLAIN_DOMAIN, /* authentication, names, DNS of the sender */
    EXPLAIN_CONTENT,
    EXPLAIN_TENANT,         /* the account or tenant that sends, at a hoster */
    EXPLAIN_RECIPIENT_LIST, /* the recipient's own list */
    EXPLAIN_THEIR_FAULT,
    EXPLAIN_MAILBOX,
    EXPLAIN_KIND_COUNT
};

enum explain_confidence { EXPLAIN_LOW = 0, EXPLAIN_MEDIUM, EXPLAIN_HIGH, EXPLAIN_CONFIDENCE_COUNT };

/* The contract's spelling. */
const char *explain_kind_word(enum explain_kind);
const char *explain_confidence_word(enum explain_confidence);

/* A DNS list that a refusal may name. All strings borrowed for the life of the explain. */
struct explain_zone {
    const char *zone;     /* "zen.spamhaus.org" */
    const char *operator; /* as the catalogue has it; becomes lower-case words with hyphens */
    const char *url;      /* look-up or removal page, may hold {ip}; "" */
    const char *advice;   /* "" */
    bool domain;          /* a list of domains: it says nothing about an address */
    bool closed;          /* the list is dead: a refusal that names it is the receiver's fault */
};

/* One refusal, read. Strings borrowed from the explain. Zero: nothing was recognised. */
struct explain_verdict {
    const char *operator; /* "microsoft-consumer"; "unknown" */
    const char *title;    /* the operator for people; "" */
    const char *receiver; /* who answered, for people, where a host name tells it; "" */
    bool lists;           /* the operator did not refuse: the receiver did, because of its list */
    enum explain_kind kind;
    enum explain_confidence confidence;
    struct ip ip;                      /* the refused address; family 0: the text doesn't say */
    char list[LIMIT_DNS_NAME + 1];     /* catalogue zone, or the zone as named; "" */
    char code[40];                     /* the operator's code, as written; "" */
    char status[16];                   /* "5.7.1", else "550"; "" */
    char url[512];                     /* with the address filled in; "" */
    const char *meaning, *advice, *id; /* id: the pattern's; "" */
};

struct explain; /* compiled patterns; not for two threads at once */

/* Compiles the patterns of `json`, or the built-in ones when it is NULL; NULL with ERR_CONFIG when
 * they are no good. */
struct explain *explain_new(const char *json, size_t len, const struct explain_zone *zones,
                            size_t zone_count, struct error *err);
void explain_free(struct explain *e);

/*
 * One refusal (a reply, a bounce paragraph, a log line), folded or not. False: not recognised;
 * then operator and status of *out still say what could be read.
 */
bool explain_text(struct explain *e, const char *text, size_t len, struct explain_verdict *out);

/* ---- a stream: a paste, a mail with its MIME parts, or a log of any length ---- */

/* A distinct refusal: operator, address, kind, list, code. */
struct explain_entry {
    struct explain_verdict verdict;
    uint64_t count;
    uint64_t first_line, last_line; /* from 1 */
};

struct explain_totals {
    uint64_t lines;
    uint64_t recognised;   /* refusals explained */
    uint64_t unrecognised; /* refusals whose text is not known */
    uint64_t own;          /* lines in which this host refuses others: left out */
    uint64_t dropped;      /* refusals beyond EXPLAIN_ENTRIES_MAX distinct ones */
    uint64_t cut;          /* lines longer than EXPLAIN_LINE_MAX */
    bool log;              /* log lines were seen */
};

struct explain_stream; /* constant memory */

struct explain_stream *explain_stream_new(struct explain *e); /* borrows e */
void explain_stream_feed(struct explain_stream *s, const char *data, size_t len);
/* After the last byte. Then entries (in the order first seen) and totals are complete. */
void explain_stream_end(struct explain_stream *s);
const struct explain_entry *explain_stream_entries(const struct explain_stream *s, size_t *count);
const struct explain_totals *explain_stream_totals(const struct explain_stream *s);
void explain_stream_free(struct explain_stream *s);

#endif
