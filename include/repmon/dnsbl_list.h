/* SPDX-License-Identifier: ISC */
/*
 * The DNS lists of one run: catalogue × configuration × command line (repmon.conf(5), [dnsbl]).
 * Everything the source, the judge and the renderers need to know about a list is here; the key
 * is only in the query suffix.
 */
#ifndef REPMON_DNSBL_LIST_H
#define REPMON_DNSBL_LIST_H

#include "repmon/buf.h"
#include "repmon/catalogue.h"
#include "repmon/conf.h"
#include "repmon/error.h"
#include "repmon/inventory.h"
#include "repmon/ip.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why a list is not asked. NO_KEY lists that were chosen by name are still columns of the run. */
enum list_state {
    LIST_NOT_CHOSEN = 0,
    LIST_ON,
    LIST_NO_KEY,   /* needs a key and has none, or its file couldn't be read */
    LIST_REPLACED, /* another list that is on contains it */
    LIST_DISABLED, /* severity = off */
    LIST_STATE_COUNT
};

/* What one address family of a list needs; of a list of domains the first is for names, and its
 * points are names. Zero: the list has nothing for that family. */
struct dnsbl_family {
    bool on;
    char *
        suffix; /* owned, wiped: "KEY.zone" or "zone", without a leading dot. SECRET: never shown */
    size_t key_len; /* octets of the suffix that are the key; 0: there is none */
    bool has_listed;
    struct ip listed;                  /* positive point */
    const struct answer_match *expect; /* borrowed: every one must be hit; none: any listing */
    size_t expect_count;
    bool has_clean;
    struct ip clean; /* negative point */
};

struct dnsbl_list {
    enum list_state state;
    const char *zone;            /* borrowed; as people know it, never with a key */
    const char *name, *operator; /* borrowed */
    enum list_kind kind;
    enum severity severity;
    bool domains;      /* it lists domains: asked about names, never about an address */
    bool parents;      /* and about each parent of a name */
    unsigned families; /* FAMILY_4 | FAMILY_6; 0 of a list of domains */
    unsigned unit6;    /* 64 or 128 */
    struct dnsbl_family family[CATALOGUE_FAMILIES];

    /* Codes in order of search: the configuration's first. Severities are overridden already. */
    struct catalogue_code *codes; /* owned array */
    size_t code_count;
    size_t own_code_count;          /* the first so many are the configuration's */
    struct catalogue_error *errors; /* owned array */
    size_t error_count;
    bool score_octet;
    double warning, critical; /* bands of a score list */

    double rate;          /* queries a second; 0: no limit */
    uint64_t budget;      /* queries a UTC day; UINT64_MAX: no limit */
    int64_t every_ms;     /* ask at most this often; 0: every run */
    int64_t valid_for_ms; /* how long a belief holds without proof */
    bool in_catalogue;    /* false: an own list */
    bool has_section;     /* the configuration names it */
    /*
     * Chosen by default, needs registration, no section of its own: when it refuses or stays
     * silent it is `off` for this run with `cure`, and counts nowhere; but what it had proven to
     * be listed by then is (results_counts()).
     */
    bool off_when_not_served;
    enum tristate public_resolver;

    const char *lookup_url, *delist_url; /* borrowed; "" or with {ip} */
    const char *advice, *notes;          /* borrowed; "" */
    const char *cure;                    /* borrowed: what to do when it refuses; "" */
    char *why_off; /* owned or NULL: state in words, "no key: …", "contained in …" */
    const struct catalogue_list *catalogue; /* borrowed or NULL */
};

/*
 * items[0 .. count) are the columns of a run: lists that are on, and lists chosen by name that have
 * no key. items[count .. total) are the other known ones, for `repmon lists`. Both parts are in the
 * order of the catalogue, own lists after it in the order of the configuration.
 */
struct dnsbl_lists {
    struct dnsbl_list *items; /* owned */
    size_t count, total;
    struct conf_dnsbl *adhoc; /* owned: sections of --list zones that are not in the catalogue */
    size_t adhoc_count;
    char **notes; /* owned: "dnsbl.sorbs.net is skipped: dead since 2024-06-05 (empty)" */
    size_t note_count;
};

/*
 * One list from what the catalogue knows and the configuration says (one of them may be NULL);
 * state and names are not filled yet. An own list, which the catalogue does not know: kind block,
 * severity major (allow and score: minor), IPv4, no rate limit, any answer is a listing unless it
 * has code lines, test points as RFC 5782 section 5 (a score list has none). Used by
 * dnsbl_lists_build() and tests.
 */
bool dnsbl_list_make(const struct catalogue_list *known, const struct conf_dnsbl *section,
                     const struct conf *conf, struct dnsbl_list *out, struct error *err);

/* The suffix of each family, with the key of `section` (NULL: none). */
bool dnsbl_list_name(struct dnsbl_list *list, const struct conf_dnsbl *section, struct error *err);
void dnsbl_list_fini(struct dnsbl_list *list);

/*
 * `zones` are the --list choices (none: the configuration's `use`); they are asked whatever `use`
 * says and whatever replaces them; one that is known nowhere is asked as an own list, with a note.
 * ERR_USAGE: a --list zone that is a slip of a known one (dnsbl_slip()), no domain name, dead
 * (since when, why) or for domains only. ERR_CONFIG with file and line: a section whose zone is a
 * slip and that says nothing of a list of one's own, a key that can't be a label, a name that gets
 * too long, a bad match or test address. Error texts never hold a key. `catalogue` and `conf` must
 * outlive *out; on false *out is empty.
 */
bool dnsbl_lists_build(const struct catalogue *catalogue, const struct conf *conf,
                       const char *const *zones, size_t zone_count, struct dnsbl_lists *out,
                       struct error *err);
void dnsbl_lists_fini(struct dnsbl_lists *lists);
const struct dnsbl_list *dnsbl_lists_find(const struct dnsbl_lists *lists, const char *zone);

/*
 * Whether the list says anything about such a target: its family is on, a /64 only where the list
 * takes one, and an address that can't be reached from outside only on the user's own list, which
 * may know the own network. A list of addresses says nothing about a domain; one of domains says
 * something about an address by its reverse names.
 */
bool dnsbl_list_applies(const struct dnsbl_list *list, const struct target *t);

/* Of a list of domains that is on: whether name and zone together can be asked in the DNS. */
bool dnsbl_list_takes_name(const struct dnsbl_list *list, const char *name);

/* Appends the page for this address: {ip} filled in. Nothing when there is no page. */
void dnsbl_list_url(const char *page, const struct ip *ip, struct buf *out);

/* The known zone nearest to what was typed, or NULL when nothing is near. */
const char *dnsbl_nearest(const struct catalogue *c, const struct conf *conf, const char *typed);

/* The same, but only when the typed one is hardly meant as another: at most two letters differ, not
 * the first, or nothing but the top-level domain, or it is a part of it. `conf` NULL: the
 * catalogue's only. */
const char *dnsbl_slip(const struct catalogue *c, const struct conf *conf, const char *typed);

#endif
