/* SPDX-License-Identifier: ISC */
#include "dnsbl_names.h"

#include "repmon/buf.h"
#include "repmon/conf.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_OF_A_ROW 4 /* of an address with more reverse names, the alphabetically first */

void dnsbl_names_init(struct dnsbl_names *n, const struct inventory *inventory)
{
    *n = (struct dnsbl_names){.row_count = inventory->count};
    n->rows = mem_array(inventory->count + 1, sizeof *n->rows);
    n->row_causes = mem_array(inventory->count + 1, sizeof *n->row_causes);
    for (size_t row = 0; row < inventory->count; row++) {
        const char *domain = ip_name(&inventory->items[row].ip);
        n->row_causes[row] = domain ? CAUSE_NONE : CAUSE_NEVER_ASKED;
        if (domain)
            dnsbl_names_add(n, domain, row);
    }
}

void dnsbl_names_fini(struct dnsbl_names *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->items[i].text);
    free(n->items);
    free(n->uses);
    hash_fini(&n->index);
    free(n->rows);
    free(n->row_causes);
    *n = (struct dnsbl_names){0};
}

/* ---- the table ---- */

static size_t dnsbl_names_number_of(struct dnsbl_names *n, const char *text)
{
    uint64_t key = hash_text(0, text);
    for (size_t step = 0, i; (i = hash_next(&n->index, key, &step)) != HASH_NONE;)
        if (strcmp(n->items[i].text, text) == 0)
            return i;
    if (n->count == n->cap) {
        n->cap = n->cap ? n->cap * 2 : 16;
        n->items = mem_grow(n->items, n->cap, sizeof *n->items);
    }
    n->items[n->count] = (struct dnsbl_name){.text = mem_dup(text)};
    hash_add(&n->index, key, n->count);
    return n->count++;
}

static void dnsbl_names_add_use(struct dnsbl_names *n, const char *text, size_t row, bool whole)
{
    size_t name = dnsbl_names_number_of(n, text);
    for (uint32_t u = n->rows[row]; u; u = n->uses[u - 1].next_of_row) {
        if (n->uses[u - 1].name == name) {
            n->uses[u - 1].whole |= whole;
            return;
        }
    }
    if (n->use_count == n->use_cap) {
        n->use_cap = n->use_cap ? n->use_cap * 2 : 16;
        n->uses = mem_grow(n->uses, n->use_cap, sizeof *n->uses);
    }
    n->uses[n->use_count] = (struct name_use){.row = (uint32_t)row,
                                              .name = (uint32_t)name,
                                              .next_of_name = n->items[name].first_use,
                                              .next_of_row = n->rows[row],
                                              .whole = whole};
    n->items[name].first_use = n->rows[row] = (uint32_t)++n->use_count;
}

/* "example.org" for "mx1.example.org"; NULL: only one label is left, which is not a domain. */
static const char *dnsbl_names_parent_of(const char *name)
{
    const char *dot = strchr(name, '.');
    return dot && strchr(dot + 1, '.') ? dot + 1 : NULL;
}

void dnsbl_names_add(struct dnsbl_names *n, const char *text, size_t row)
{
    dnsbl_names_add_use(n, text, row, true);
    for (const char *parent = dnsbl_names_parent_of(text); parent;
         parent = dnsbl_names_parent_of(parent))
        dnsbl_names_add_use(n, parent, row, false);
}

/* ---- reverse names ---- */

static int dnsbl_names_by_text(const void *a, const void *b)
{
    const struct dns_record *const *x = a, *const *y = b;
    return strcmp((*x)->text, (*y)->text);
}

/* DNS gives records in any order; sorting makes it ask about the same few each time. */
static size_t dnsbl_names_add_names(struct dnsbl_names *n, size_t row,
                                    const struct dns_answer *answer)
{
    const struct dns_record *sorted[DNS_MAX_RECORDS];
    size_t added = 0;
    for (size_t i = 0; i < answer->count; i++)
        sorted[i] = &answer->records[i];
    qsort(sorted, answer->count, sizeof *sorted, dnsbl_names_by_text);
    for (size_t i = 0; i < answer->count && added < NAMES_OF_A_ROW; i++) {
        char name[CONF_NAME_MAX];
        if (!conf_name_parse(sorted[i]->text, name) || !strchr(name, '.'))
            continue; /* not a name that a list could hold */
        dnsbl_names_add(n, name, row);
        added++;
    }
    return added;
}

void dnsbl_names_take(struct dnsbl_names *n, size_t row, enum cause trouble,
                      const struct dns_answer *answer)
{
    n->row_causes[row] = (uint8_t)trouble;
    if (trouble != CAUSE_NONE)
        return;
    if (dnsbl_names_add_names(n, row, answer) == 0)
        n->row_causes[row] = answer->count || answer->soa ? CAUSE_NOT_APPLICABLE : CAUSE_UNPROVEN;
    else if (answer->own)
        n->row_causes[row] = CAUSE_UNTRUSTED;
}
