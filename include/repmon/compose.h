/* SPDX-License-Identifier: ISC */
/*
 * A message in words, for mail, chats and stdout. Pure: it knows no channel and no clock. Every
 * text is cleaned UTF-8. The words "all clear" do not occur: what was not proven is not clear.
 */
#ifndef REPMON_COMPOSE_H
#define REPMON_COMPOSE_H

#include "repmon/buf.h"
#include "repmon/message.h"

#include <stddef.h>

#define COMPOSE_COLUMNS     78  /* RFC 5322 2.1.1: no line should be longer */
#define COMPOSE_SUBJECT_MAX 200 /* bytes; the change is in the first 60 */

/* One line, the change first: "LISTED (critical) mx1 203.0.113.5 zen.spamhaus.org XBL (+2) [mon1]".
 */
void compose_subject(const struct message *m, struct buf *out);

/* Body of a mail and of the digest on stdout: lines of at most 78 columns (a URL is never cut). */
void compose_text(const struct message *m, struct buf *out);

/* What a chat shows under the subject, at most `max` bytes, cut at an entry and then with how many
 * are left out. The first entry's headline is in the subject and not repeated. */
void compose_short(const struct message *m, size_t max, struct buf *out);

/* "LISTED (critical) mx1 203.0.113.5 zen.spamhaus.org XBL": one entry, as subjects and chats show
 * it. What is over has no level. */
void compose_headline(const struct entry *e, struct buf *out);

/* The entry that only says that everything was queried for the first time. */
bool compose_is_first_look(const struct entry *e);

/* The code that the headline names; NULL: none. */
const struct code *compose_worst_code(const struct entry *e);

/* The words for what happened: "LISTED", "BLOCKED AT OUTLOOK", "TALOS POOR". */
void compose_change(const struct entry *e, struct buf *out);

/* "203.0.113.5", a range, or "12 addresses"; "" for an entry about a list as a whole. */
void compose_who(const struct entry *e, struct buf *out);

/* What to do next: the entry's own advice, else the rule for its kind of change. Never "". */
const char *compose_advice(const struct entry *e);

/* What a cause of blindness means, in a few words. */
const char *compose_cause(enum cause cause);
/* The same of a list of this source; of all lists at once when `list` is "". */
const char *compose_why(bool dns_list, const char *list, enum cause cause);

#endif
