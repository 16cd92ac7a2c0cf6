/* SPDX-License-Identifier: ISC */
/*
 * What is known about every DNS list, read from src/data/dnsbl.json or from a file that replaces
 * it. It knows nothing of the configuration: dnsbl_list.h makes the lists of a run from both.
 *
 * To add a list: an object in dnsbl.json; tests/data/check_catalogue.py says what it must hold.
 */
#ifndef REPMON_CATALOGUE_H
#define REPMON_CATALOGUE_H

#include "repmon/dnsbl_match.h"
#include "repmon/error.h"
#include "repmon/ip.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CATALOGUE_FAMILIES 2 /* index 0: IPv4, 1: IPv6; see family_index() */
#define CATALOGUE_EXPECT   4 /* answers named for one test point */

struct catalogue_code {
    struct answer_match match;
    const char *name;    /* borrowed, as all strings here */
    const char *meaning; /* "" */
    const char *advice;  /* "": see the list's */
    enum severity severity;
    int score; /* 0 to 100 on a score list that has a table; -1: none */
    int trust; /* of an allow list, higher is better; -1: none */
};

/* An answer that means "you are not served" and says nothing about the address. */
struct catalogue_error {
    struct answer_match match;
    const char *meaning; /* a clause: "the key is disabled" */
    const char *cure;    /* a clause in the imperative; "": the list's */
};

/* The address, or of a list of domains the name, that must be listed, and what must be among the
 * answers. */
struct catalogue_point {
    bool known;
    struct ip ip;
    struct answer_match expect[CATALOGUE_EXPECT]; /* none: any listing will do */
    size_t expect_count;
};

/* The address or name that must not be listed. */
struct catalogue_clean {
    bool known;
    struct ip ip;
};

enum tristate { TRI_UNKNOWN = 0, TRI_NO, TRI_YES };

struct catalogue_list {
    const char *zone;  /* lower case, no trailing dot */
    const char *zone6; /* zone to ask about IPv6 when it is another one; NULL */
    const char *name, *operator;
    enum list_kind kind;
    enum severity severity;
    /*
     * A list of domains: asked about domains and the reverse names of addresses, never about an
     * address. Its test points are names, at index 0; it has no families. `parents`: it holds
     * registrable domains only, so each parent of a name is asked as well.
     */
    bool domains, parents;
    unsigned families;            /* FAMILY_4 | FAMILY_6 of conf.h */
    unsigned unit6;               /* 64: whole /64s are listed; else 128 */
    struct catalogue_code *codes; /* owned */
    size_t code_count;
    struct catalogue_error *errors; /* owned */
    size_t error_count;
    struct catalogue_point listed[CATALOGUE_FAMILIES];
    struct catalogue_clean clean[CATALOGUE_FAMILIES];
    bool score_octet; /* a score list whose last octet is the score; else codes carry it */
    double rate;      /* operator's limit, queries a second; 0: none published */
    uint64_t daily;   /* operator's limit, queries a UTC day; 0: none published */
    bool needs_key, needs_registration;
    enum tristate public_resolver;       /* whether it serves public resolvers */
    const char *lookup_url, *delist_url; /* "" or https, {ip} where the page takes the address */
    const char **replaces;               /* owned array: zones made superfluous by this one */
    size_t replace_count;
    bool in_default;
    const char *status;     /* "alive", "disputed" */
    const char *confidence; /* "high", "medium", "low" */
    const char *advice;     /* what to do about a listing; "" */
    const char *cure;       /* what to do when it refuses or stays silent; "" */
    const char *notes;      /* "" */
};

struct catalogue_dead {
    const char *zone;
    bool suffix;           /* every zone below is meant too */
    const char *since;     /* as known: "2024-06-05", "2013", "before 2020" */
    const char *behaviour; /* "empty", "wildcard", "parked", "timeout", … */
    const char *reason;    /* "" */
};

/* Who rejects mail but cannot be asked over DNS. */
struct catalogue_no_dns {
    const char *name, *url, *note;
};

struct catalogue {
    struct json_t *root;          /* owned: every string above is borrowed from it */
    const char *as_of;            /* "2026-10" */
    struct catalogue_list *lists; /* owned, sorted as in the file */
    size_t list_count;
    struct catalogue_dead *dead; /* owned */
    size_t dead_count;
    const char **domain_only; /* owned array: never queried */
    size_t domain_only_count;
    struct catalogue_no_dns *no_dns; /* owned */
    size_t no_dns_count;
};

/*
 * Strict: an unknown or doubled key, a value of the wrong type or out of range, text with control
 * characters and a zone named twice are ERR_CONFIG errors that say where ("lists[3]
 * (zen.spamhaus.org): codes[0].match: …"), because a mistyped "errors" would turn refusals into
 * listings. On false *out is empty. `name` is the file's name for messages.
 */
bool catalogue_parse(const char *name, const char *text, size_t len, struct catalogue *out,
                     struct error *err);

/* The compiled-in one when `path` is NULL; else the file, at most LIMIT_CATALOGUE bytes. */
bool catalogue_load(const char *path, struct catalogue *out, struct error *err);
void catalogue_fini(struct catalogue *c);

/* Zones are compared without regard to case or a trailing dot; NULL: not there. */
const struct catalogue_list *catalogue_find(const struct catalogue *c, const char *zone);
const struct catalogue_dead *catalogue_find_dead(const struct catalogue *c, const char *zone);
bool catalogue_is_domain_only(const struct catalogue *c, const char *zone);

/* 0 for 4, 1 for 6. */
size_t family_index(unsigned family);

#endif
