/* SPDX-License-Identifier: ISC */
/*
 * What the source remembers between runs: which messages and reports were taken, the sums that are
 * not final yet, and what is believed. Kept in the state as one text and committed with the beliefs
 * that it led to. No recipient, sender or subject of mail is in it.
 */
#ifndef SOURCE_REPORTS_MEMORY_H
#define SOURCE_REPORTS_MEMORY_H

#include "complaint_day.h"
#include "dmarc_day.h"
#include "dmarc_sender.h"
#include "report_mail.h"
#include "reports_overview.h"
#include "taken.h"

#include "repmon/buf.h"
#include "repmon/siphash.h"

#define REPORTS_FIRST_LINE "reports 2" /* of the memory's text */
#define REPORTS_NAME_DAYS  7           /* after which a name not seen in its folder is forgotten */
#define REPORTS_TAKEN_DAYS 45          /* longer than any report counts */

/* What came through one section. */
struct reports_section {
    char *name; /* owned */
    struct reports_tally tally;
    bool said_unproven;  /* warned that nothing can be proven without `trust` */
    bool said_unwatched; /* warned of reports about unwatched domains */
};

struct reports_memory {
    uint8_t key[SIPHASH_KEY];
    struct taken names, reports;
    struct dmarc_days days;
    struct complaint_pairs complaints;
    struct dmarc_senders senders;
    struct reports_section *sections; /* owned */
    size_t section_count;
};

/* Empty, with a new random key. */
void reports_memory_init(struct reports_memory *m);
void reports_memory_fini(struct reports_memory *m);

/* False: not one of our texts; *m is then as reports_memory_init() makes it. */
bool reports_memory_parse(struct reports_memory *m, const char *text);
void reports_memory_format(const struct reports_memory *m, struct buf *out);

/* Forgets what is too old to keep. */
void reports_memory_forget(struct reports_memory *m, int64_t today);

/* The section, made if needed. Borrowed until the next is made. */
struct reports_section *reports_section_of(struct reports_memory *m, const char *name);
const struct reports_section *reports_section_find(const struct reports_memory *m,
                                                   const char *name);
void reports_section_add_bad(struct reports_tally *t, const struct reports_bad *bad);

#endif
