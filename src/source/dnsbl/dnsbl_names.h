/* SPDX-License-Identifier: ISC */
/*
 * What lists of domains are asked about in a run: the watched domains and the reverse names of the
 * watched addresses, each once, and the rows that each belongs to. A list of registrable domains is
 * also asked about the parents of a name ("example.org" for "mx1.example.org"): without a table of
 * public suffixes, that finds whichever level is listed.
 */
#ifndef DNSBL_NAMES_H
#define DNSBL_NAMES_H

#include "repmon/dns.h"
#include "repmon/hash.h"
#include "repmon/inventory.h"
#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Links a row to a name: one that it has (`whole`), or a parent of one. */
struct name_use {
    uint32_t row, name;
    uint32_t next_of_name, next_of_row; /* number + 1; 0: the last */
    bool whole;
};

struct dnsbl_name {
    char *text;         /* owned; lower case, no last dot */
    uint32_t first_use; /* number + 1 */
};

struct dnsbl_names {
    struct dnsbl_name *items; /* owned; they only get more */
    size_t count, cap;
    struct name_use *uses; /* owned */
    size_t use_count, use_cap;
    struct hash index;   /* by text */
    uint32_t *rows;      /* owned: the first use of each row, number + 1 */
    uint8_t *row_causes; /* owned: why a row has no names that prove anything; CAUSE_NONE: it has.
                            Of the question for the names, never of a list */
    size_t row_count;
};

/* Starts with the inventory's domains; addresses are "never asked" until their names are known. */
void dnsbl_names_init(struct dnsbl_names *n, const struct inventory *inventory);
void dnsbl_names_fini(struct dnsbl_names *n);

void dnsbl_names_add(struct dnsbl_names *n, const char *text, size_t row);

/*
 * Takes the answer to an address's PTR question. Without a name that others can see:
 * not-applicable. Names that the resolver answers from data of its own (AA) are asked about, but
 * prove nothing: untrusted. Denied without an SOA: unproven.
 */
void dnsbl_names_take(struct dnsbl_names *n, size_t row, enum cause trouble,
                      const struct dns_answer *answer);

#endif
