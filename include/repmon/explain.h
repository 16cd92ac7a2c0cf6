/* SPDX-License-Identifier: ISC */
/*
 * Reads what a receiver answered: which operator refused which address, what it means, and where
 * to have it lifted. The patterns are data (src/data/bounces.json), and an administrator may put
 * others before them; this module does not know the catalogue, so the caller passes in the DNS
 * lists that a refusal may name.
 *
 * Order of evidence: if the text shows which host was talked to, its operator refused; only
 * otherwise does the wording decide. The mail server's own words around the reply are cut off
 * first. Then the first row that matches decides: rows of an operator before general ones, words
 * before status codes. The address named in the reply wins, then the sending address in the fields
 * of the log line; a relay is never the refused address.
 *
 * To add a text: a row in bounces.json, a line in tests/data/bounces/. RFC 5321 4.2 (replies),
 * RFC 3463 (status), RFC 3464 (delivery reports), RFC 5965 (complaints).
 */
#ifndef REPMON_EXPLAIN_H
#define REPMON_EXPLAIN_H

#include "repmon/buf.h"
#include "repmon/error.h"
#include "repmon/ip.h"
#include "repmon/limits.h"
#include "repmon/maillog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPLAIN_LINE_MAX    (64u << 10) /* a longer line is read up to here */
#define EXPLAIN_BLOCK_MAX   (4u << 20)  /* a mail, or text without log lines, held at once */
#define EXPLAIN_REPLY_MAX   5120 /* bytes of a reply that are compared, about from its code on */
#define EXPLAIN_ENTRIES_MAX 4096 /* distinct refusals kept of a log */
#define EXPLAIN_WORDS_MAX   160  /* of the words that matched, for --why */

/* What would have to change for the mail to be taken. Zero: the text is not known. */
enum explain_kind {
    EXPLAIN_UNKNOWN = 0,
    EXPLAIN_IP_LIST,        /* this address is on a list, or refused by name for its reputation */
    EXPLAIN_NETWORK,        /* the network, provider or kind of line around it */
    EXPLAIN_RDNS,           /* its reverse name is missing, unconfirmed or generic */
    EXPLAIN_THROTTLE,       /* deferred because of the address's reputation or volume */
    EXPLAIN_GREYLIST,       /* deferred once because unknown */
    EXPLAIN_LIMIT,          /* of this session, sender or recipient */
    EXPLAIN_DOMAIN,         /* names, authentication or protocol duties of the sender */
    EXPLAIN_CONTENT,        /* the message */
    EXPLAIN_TENANT,         /* the sending account or tenant, at its own hoster */
    EXPLAIN_RECIPIENT_LIST, /* the recipient's or his organisation's own rule */
    EXPLAIN_THEIR_FAULT,    /* the receiver's own trouble */
    EXPLAIN_MAILBOX,        /* recipient unknown, full or disabled */
    EXPLAIN_KIND_COUNT
};

enum explain_confidence { EXPLAIN_LOW = 0, EXPLAIN_MEDIUM, EXPLAIN_HIGH, EXPLAIN_CONFIDENCE_COUNT };

/* Spelled as in repmon-refusals(7). */
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

/* An operator of the table. Borrowed from the explain. */
struct explain_operator;

/* One refusal, read. Strings borrowed from the explain. Zero: nothing was recognised. */
struct explain_verdict {
    const char *operator; /* "microsoft-consumer"; "unknown" */
    const char *title;    /* the operator for people; "" */
    const char *receiver; /* who answered, for people, where a host name tells it; "" */
    const char *quotes;   /* whose words a stranger passed on, for people; "" */
    bool lists;           /* the operator did not refuse: the receiver did, because of its list */
    enum explain_kind kind;
    enum explain_confidence confidence;
    bool decisive; /* one such reply proves it; never of a general row */
    bool cut;      /* not known, and the reply is longer than what was read of it */
    bool
        own_ip; /* `ip` is our side of the connection as the log tells it, not named by the reply */
    struct ip ip;                  /* the refused address; family 0: the text doesn't say */
    struct cidr range;             /* a block that the reply names; base.family 0: none */
    char list[LIMIT_DNS_NAME + 1]; /* catalogue zone, or the zone as named; "" */
    char code[40];                 /* the operator's code, as written; "" */
    char status[16];               /* "5.7.1", else "550"; "" */
    char url[512];                 /* with the address filled in; "" */
    char words[EXPLAIN_WORDS_MAX]; /* that matched; "" when a status code alone did */
    const char *meaning, *advice;
    const char *id;   /* of the row; "" */
    const char *file; /* the row's own file, where it is no built-in one; "" */
    unsigned line;    /* in that file; 0 */
};

struct explain; /* compiled patterns; not for two threads at once */

struct explain_setup {
    const char *json; /* the table; NULL: the built-in one */
    size_t len;
    const char *extra_name; /* an administrator's file, for errors; NULL: none */
    const char *extra;      /* its text: {"patterns":[…]}, perhaps "operators"; rows go first */
    size_t extra_len;
    const struct explain_zone *zones;
    size_t zone_count;
};

/* NULL with ERR_CONFIG, naming file and line, when the patterns are no good. */
struct explain *explain_new(const struct explain_setup *setup, struct error *err);
/*
 * Frees what the next text would rebuild: compiled patterns, some MiB after a log. NULL: nothing.
 */
void explain_rest(struct explain *e);
void explain_free(struct explain *e);

/*
 * One refusal (a reply, a bounce paragraph, a log line), folded or not. False: not recognised;
 * then operator and status of *out still say what could be read.
 */
bool explain_text(struct explain *e, const char *text, size_t len, struct explain_verdict *out);

/*
 * The reply of a log's event. The same words, whatever addresses, numbers and names are in them,
 * are looked up once: verdicts are kept by the rest of the text.
 */
bool explain_event(struct explain *e, const struct maillog_event *event,
                   struct explain_verdict *out);

/* The receiver that a host name belongs to; NULL when it is not in the table. */
const struct explain_operator *explain_host(struct explain *e, struct maillog_piece host);
const char *explain_operator_name(const struct explain_operator *o);  /* "gmail" */
const char *explain_operator_title(const struct explain_operator *o); /* "Gmail and …" */

/* The operator of that name for people ("gmail": "Gmail"), and what a row advises; NULL: there is
 * none. */
const char *explain_title(const struct explain *e, const char *operator);
const char *explain_row_advice(const struct explain *e, const char *id);

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
    uint64_t accepted;     /* messages that other hosts took */
    uint64_t earlier;      /* lines before what explain_stream_since() asked for */
    uint64_t complaints;   /* feedback reports (ARF, JMRP): no refusals */
    uint64_t dropped;      /* refusals beyond EXPLAIN_ENTRIES_MAX distinct ones */
    uint64_t cut;          /* lines longer than EXPLAIN_LINE_MAX */
    uint64_t one_text;     /* the most lines that were read as one text */
    bool log;              /* log lines were seen */
};

/* What a receiver answered to mail from one own address. */
struct explain_receiver {
    const char *name; /* "gmail"; "others" for all outside the table together */
    char title[64];   /* "Gmail" */
    struct ip ip;     /* family 0: neither reply nor log tells it */
    uint64_t accepted, refused, throttled, other; /* other: not about the address */
    int64_t since, until; /* of its first and last answer; 0: no stamp tells a time */
};

struct explain_stream; /* constant memory */

struct explain_stream *explain_stream_new(struct explain *e); /* borrows e */
/* Lines of a log before `since` are left out; `now` is for stamps without a year. Lines that tell
 * no time are read. */
void explain_stream_since(struct explain_stream *s, int64_t since, int64_t now);
void explain_stream_feed(struct explain_stream *s, const char *data, size_t len);
/* The end of one input: lines and texts do not continue in the next one. */
void explain_stream_end(struct explain_stream *s);
const struct explain_entry *explain_stream_entries(const struct explain_stream *s, size_t *count);
/* Row `i` of those counted, in the order first seen; NULL: there are no more. */
const struct explain_receiver *explain_stream_receiver(const struct explain_stream *s, size_t i);
/* Who answered in the last day of the log, and who was not heard from (receivers.h). */
void explain_stream_answered(const struct explain_stream *s, struct buf *out);
const struct explain_totals *explain_stream_totals(const struct explain_stream *s);
void explain_stream_free(struct explain_stream *s);

#endif
