/* SPDX-License-Identifier: ISC */
/* What the files of explain share: the word filter, the text as patterns see it, the patterns. */
#ifndef EXPLAIN_PARTS_H
#define EXPLAIN_PARTS_H

#include "maillog_parts.h"
#include "repmon/buf.h"
#include "repmon/explain.h"

/* ---- explain_filter.c: many words in one pass (Aho-Corasick) ---- */

#define FILTER_WORDS 2048 /* patterns and zones; ids are below it */

struct word_set {
    uint64_t bits[FILTER_WORDS / 64];
};

struct filter;

struct filter *filter_new(void);
/* Case is ignored; '_' (as qmail writes blanks), tabs and line breaks count as blanks. Several
 * words may share an id; only the beginning of a long word is looked for. False: the word can't be
 * looked for. */
bool filter_add(struct filter *f, const char *word, unsigned id);
void filter_build(struct filter *f); /* after the last word */
void filter_scan(const struct filter *f, const char *text, size_t len, struct word_set *found);
void filter_free(struct filter *f);
void word_set_add(struct word_set *s, unsigned id);
bool word_set_has(const struct word_set *s, unsigned id);
bool word_set_empty(const struct word_set *s);

/* ---- explain_text.c: a refusal as one line of plain ASCII, and its codes ---- */

/*
 * Joins folded lines and repeated codes ("550-5.7.26 … 550 5.7.26 …"), takes out server tags,
 * undoes qmail's underscores and the escapes of logs.
 */
void text_normalise(const char *raw, size_t len, struct buf *out);
/* The same without any blank: finds texts that were broken inside a word. */
void text_squeeze(const char *text, size_t len, struct buf *out);

struct text_facts {
    int reply;       /* 421, 550, …; 0: none */
    size_t reply_at; /* offset of the reply in the text */
    char status[16]; /* RFC 3463 "5.7.1"; "" */
};

void text_facts(const char *text, size_t len, struct text_facts *out);

/*
 * The offset of the reason behind the name of a Postfix restriction ("<user@example.net>: Recipient
 * address rejected: max 50 per hour"): that name says when the mail was refused, not why. 0: none.
 */
size_t text_reason(const char *text, size_t len);

/* ---- explain_address.c: whom the reply is about ---- */

struct text_addresses {
    struct ip ip;      /* the refused address; family 0: none */
    struct cidr range; /* a block that is named; base.family 0: none */
};

/* `host`: the other side, which is never the refused one; family 0: not known. */
void text_address(const char *text, size_t len, const struct text_facts *facts,
                  const struct ip *host, struct text_addresses *out);
/* Whether the address occurs in the text only as the host that answered, in a header about a user's
 * client, or as a list's answer. */
bool text_no_sender(const char *text, size_t len, const struct ip *ip);
/* The address that a piece such as "IPv6:2001:db8::1" or "203.0.113.5." holds, and nothing else. */
bool text_ip(const char *piece, size_t len, struct ip *out);

/* ---- explain_lines.c ---- */

/* A line of a log rather than of a text or a mail: it begins with a time or a program. */
bool text_is_log_line(const char *line, size_t len);
/* The first line of a mail. */
bool text_is_mail_start(const char *line, size_t len);

/* ---- explain_hosts.c: operators by host name ---- */

struct explain_default {
    bool given;
    const char *meaning, *url, *advice; /* borrowed from the JSON */
};

struct explain_operator {
    const char *name, *title, *family; /* borrowed; family "" */
    const char **hosts;                /* owned array of borrowed: suffixes, ".x.y" or whole */
    size_t host_count;
    const char **marks; /* owned array of borrowed: words that reveal it without a host name */
    size_t mark_count;
    const char **aliases; /* owned array of borrowed: what the catalogue calls it */
    size_t alias_count;
    bool lists; /* it keeps a list that others use to refuse */
    bool vague; /* its hosts serve the whole family: the row decides; alone it is `as` */
    const char *as;
    void *code; /* owned pcre2_code: finds its codes anywhere in the text; NULL */
    struct explain_default defaults[EXPLAIN_KIND_COUNT];
};

/* The operator whose suffix fits the name best; NULL. */
const struct explain_operator *hosts_of(const struct explain_operator *operators, size_t count,
                                        const char *host, size_t len);
/* The operator of the first host name in the text that one of the suffixes fits, else of the first
 * mark; NULL. */
const struct explain_operator *hosts_find(const struct explain_operator *operators, size_t count,
                                          const char *text, size_t len);

/* The same, but NULL when the text has host names of two operators. */
const struct explain_operator *hosts_alone(const struct explain_operator *operators, size_t count,
                                           const char *text, size_t len);

/* "Microsoft" when a reply ends with the tag of one of its servers, which text_normalise() takes
 * out ("[AM7EUR06FT013.eop-eur06.prod.protection.outlook.com 2026-…]"); else "". */
const char *hosts_tag(const char *raw, size_t len);

/* ---- explain_data.c: the patterns ---- */

struct explain_row {
    const char *id, *operator, * pattern, *list, *code, *meaning, *url, *advice; /* borrowed */
    const struct explain_operator *who; /* borrowed; NULL: any */
    enum explain_kind kind;
    enum explain_confidence confidence;
    char reply;    /* '4' or '5': only for such replies; 0: any */
    bool generic;  /* any receiver may say it: not tried on text broken inside words */
    bool either;   /* both of a family say it: lower confidence without a host name */
    bool zones;    /* matches when a known DNS list is named */
    bool decisive; /* one such reply proves it */
    bool anywhere; /* software or a service that answers for others, at whatever host */
    bool at_host;  /* so common that the host must tell the operator */
    bool named;    /* the address only where the pattern captures it */
    bool link;     /* the page to visit is the one in the reply */
    void *regex, *squeezed, *status; /* owned pcre2_code; NULL: not given, or not compiled yet */
    const char *file;                /* borrowed; "": built in */
    unsigned line;
};

/* What a log line may hold, found before anything is parsed. */
enum gate { GATE_NONE = 0, GATE_WEAK, GATE_REFUSAL, GATE_OWN, GATE_OWN_WEAK, GATE_FINE };

#define EXPLAIN_CACHE 8192 /* texts whose row is kept; a power of two */

/* The row that a text matched, by its words alone. */
struct explain_kept {
    uint64_t key;
    int32_t row;  /* -1: none */
    int32_t zone; /* the list that the row of lists found */
};

#define EXPLAIN_HOSTS 512 /* host names whose operator is kept; a power of two */

struct explain_kept_host {
    char name[56];
    const struct explain_operator *operator;
};

struct explain {
    void *root, *extra; /* owned json_t: the strings */
    struct explain_operator *operators;
    size_t operator_count;
    struct explain_row *rows;
    size_t row_count;
    char **zone_operators; /* owned: as words with hyphens */
    const struct explain_zone *zones;
    size_t zone_count;
    struct filter *words;  /* ids: rows, then zones */
    struct filter *gate;   /* ids: enum gate */
    void *match, *context; /* owned: pcre2_match_data, pcre2_match_context */
    struct buf text, squeezed, scratch;
    uint64_t gave_up;                /* matches that met a limit: hostile text */
    struct explain_kept *kept;       /* owned: EXPLAIN_CACHE */
    struct explain_kept_host *hosts; /* owned: EXPLAIN_HOSTS */
};

bool explain_load(struct explain *e, const struct explain_setup *setup, struct error *err);
const struct explain_operator *explain_operator_of(const struct explain *e, const char *name);

/* ---- explain_cache.c ---- */

/* A key of the text's words, without addresses, mailboxes in <>, long numbers and random ids. */
uint64_t cache_key(const char *text, size_t len, uint64_t seed);

/* ---- explain_match.c: PCRE2 ---- */

bool match_setup(struct explain *e, struct error *err);
bool match_compile(const char *pattern, bool without_blanks, void **code, struct error *err);
void match_free_code(void *code);
void match_teardown(struct explain *e);
/* Whether it matches; groups are then read by match_group() until the next call. */
bool match_run(struct explain *e, void *code, const char *text, size_t len);
/* Copies the group of this name that is set; false when none is. */
bool match_group(struct explain *e, void *code, const char *name, char *out, size_t size);
/* Where the last match lies. */
void match_span(struct explain *e, size_t *start, size_t *end);

/* ---- explain_verdict.c: rows against a text ---- */

struct explain_attempt {
    const char *text;
    size_t len;
    const struct text_facts *facts;
    const struct explain_operator *host; /* the host contacted, or named in the text; NULL */
    bool told;                           /* a host is given, so rows of other receivers don't fit */
    struct ip host_ip, own_ip;
    struct word_set found;
    size_t reason;      /* general rows try the text from here before the whole of it; 0: no such */
    bool squeezed, cut; /* cut: the text goes on */
    size_t zone;        /* out: the list that a row of lists found */
};

/* The number of the first row that fits, from `from` on; -1: none. */
int verdict_find(struct explain *e, struct explain_attempt *a, size_t from, size_t to,
                 struct explain_verdict *out);

/* ---- explain_settle.c: what a row that fits says of this text ---- */

/* NULL: unknown. */
const struct explain_operator *settle_operator(const struct explain *e, const struct explain_row *r,
                                               const struct explain_attempt *a,
                                               struct explain_verdict *v);
void settle_zone(const struct explain *e, const struct explain_zone *z, size_t index,
                 struct explain_verdict *v);
/* The page to go to, with address and code filled in. */
void settle_url(const struct explain *e, const struct explain_row *r,
                const struct explain_attempt *a, struct explain_verdict *v);
/* An address that no receiver ever sees. */
bool settle_is_private(const struct ip *ip);
void settle_copy(char *out, size_t size, const char *s);
enum explain_confidence settle_lower(enum explain_confidence c);
const struct explain_zone *settle_zone_named(const struct explain *e, const char *text,
                                             const struct word_set *found, size_t *index);

/* ---- explain.c, for the stream ---- */

/* `host`: the operator known from other parts of the same bounce, for texts without one: borrowed
 * or NULL. */
bool explain_text_from(struct explain *e, const char *text, size_t len,
                       const struct explain_operator *host, struct explain_verdict *out);

/* ---- dsn.c: MIME, using GMime if built in ---- */

/*
 * The parts of a mail that may hold a refusal: `status` gets the message/delivery-status fields,
 * `text` the decoded text parts, groups separated by blank lines. False: no MIME support, or not a
 * mail.
 */
bool dsn_parts(const char *mail, size_t len, struct buf *status, struct buf *text);

/* A user's complaint, not a refusal: ARF (RFC 5965), or JMRP's old or new form. */
bool dsn_is_complaint(const char *mail, size_t len);

#endif
