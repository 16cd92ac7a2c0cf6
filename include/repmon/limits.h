/* SPDX-License-Identifier: ISC */
/* Every limit of the program in one place, each with its reason. */
#ifndef REPMON_LIMITS_H
#define REPMON_LIMITS_H

/* ---- inventory ---- */
#define LIMIT_TARGETS                                                                              \
    65536 /* a block is enumerated up to here; ids index the dense proof blobs                     \
           */
#define LIMIT_ALL_TARGETS   1048576 /* of all shards together: each reads the whole list */
#define DEFAULT_MAX_TARGETS 4096    /* a typo such as /8 must not become a flood of queries */
#define LIMIT_LABEL         128     /* a label is a host name or a few words */
#define LIMIT_TARGET_FILE   (64u << 20)

/* ---- configuration ---- */
#define LIMIT_CONF_FILE       (1u << 20)
#define LIMIT_CONF_LINE       4096  /* longer than any address, URL or code line in use */
#define LIMIT_ERRORS          100   /* told in one go; more would scroll the first one away */
#define LIMIT_SECRET          4096  /* a key, password, token or URL */
#define LIMIT_SECRET_DOCUMENT 16384 /* JSON with a private key: Google's has 2.4 KB */

/* ---- DNS ---- */
#define LIMIT_DNS_NAME    255   /* RFC 1035 2.3.4, presentation form without the root dot */
#define LIMIT_DNS_LABEL   63    /* RFC 1035 2.3.4 */
#define LIMIT_DNS_MESSAGE 65535 /* RFC 1035 4.2.2, by the length prefix of TCP */
#define LIMIT_ANSWERS     64    /* A records read of one answer; no list documents more than 10 */
#define LIMIT_REASON      512   /* TXT shown to people; operators write a sentence and a URL */
#define LIMIT_CODES       16    /* codes shown of one answer */
#define LIMIT_RESOLVERS   8     /* RESULTS_VIAS is twice this: one for each family */

/* ---- pacing (measured: doc/decisions.md) ---- */
#define CWND_START 32    /* in flight at first: a cold resolver and its socket take this */
#define CWND_MAX   1000  /* never above: beyond it only queues grow */
#define CWND_RATE  40000 /* questions a second that more in flight would only queue: see cwnd.c */
#define CWND_BURST                                                                                 \
    32 /* sends per wake, retries included: rbldnsd's socket holds 119 datagrams                   \
        */
#define QUEUE_SHARE      8  /* a queue that has not answered holds at most 1/8 of the window */
#define REASONS_PER_LIST 20 /* TXT questions per list and run */

/* ---- HTTP ---- */
#define LIMIT_SNDS_BODY (16u << 20)
#define LIMIT_HTTP_BODY (1u << 20) /* JSON and HTML */
#define LIMIT_URL       4096

/* ---- lists ---- */
#define LIMIT_LISTS          512        /* the catalogue has 64; own lists on top */
#define LIMIT_CATALOGUE      (4u << 20) /* the built-in one has 100 KB */
#define LIMIT_CATALOGUE_TEXT 1024       /* one string of it: a few sentences */
#define LIMIT_OUTCOMES       65535      /* interned outcomes; a cell is 16 bits */
#define LIMIT_NUMBERS_RAW    1024       /* one row of an SNDS report; theirs are about 150 bytes */

/* ---- alerts ---- */
#define LIMIT_ENTRY_ADDRESSES 100
#define LIMIT_DIGEST_ENTRIES  50
#define LIMIT_DIGEST_OPEN     50         /* as many as entries: more is a table, not a mail */
#define LIMIT_MESSAGE_JSON    (1u << 20) /* 50 entries of 100 ranges each are about 300 kB */

/* Changes of one cell that are remembered for `flap`; a larger number of the key is refused. */
#define LIMIT_FLAP 16

#endif
