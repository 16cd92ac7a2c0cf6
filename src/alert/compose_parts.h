/* SPDX-License-Identifier: ISC */
/*
 * What the body of a digest is put together from, shared by the files compose*.c only. Lines and
 * paragraphs (compose_lines.c), what is open or unknown now (compose_state.c), and how to
 * silence it (compose_ack.c).
 */
#ifndef COMPOSE_PARTS_H
#define COMPOSE_PARTS_H

#include "repmon/compose.h"

#include <time.h>

#define COMPOSE_PARAGRAPH 2000 /* bytes of one outside text shown in a body */

/*
 * One paragraph, its lines at most COMPOSE_COLUMNS wide. `first` starts the first line, later ones
 * are indented by as many blanks. A word that is too long (a URL) gets a line of its own, uncut.
 * `text` is cleaned and cut at COMPOSE_PARAGRAPH bytes.
 */
void compose_paragraph(struct buf *out, const char *first, const char *text);

/* An empty line and the heading of a section. */
void compose_heading(struct buf *out, const char *text);

/* Something is wrong with a list: how bad that is does not fit a subject. */
bool compose_is_list_trouble(const struct entry *e);

/* The headline, with the level of a list's trouble. */
void compose_text_headline(struct buf *out, const struct entry *e);

void compose_code_names(struct buf *out, const struct code *codes, size_t count);

/* The list's own words are shown unless the advice repeats them or the finding is over. */
bool compose_has_reason(const struct entry *e);

/* The note that comes before everything else, or NULL. */
const char *compose_first_note(const struct message *m);

/* "2026-11-21 07:00 +0100 (3 h ago)" */
void compose_moment(struct buf *out, time_t t, time_t now);

/* "203.0.113.5 psbl.surriel.com: listed (PSBL), warning" */
void compose_open_line(struct buf *line, const struct message_open *f);

/* The sections on findings still open and on lists that proved nothing; empty ones are left out. */
void compose_still_open(struct buf *out, const struct message *m);
void compose_unknown(struct buf *out, const struct message *m);

/* Which receivers answered lately; if none did, a first look says how to see their replies. */
void compose_unheard(struct buf *out, const struct message *m);

/*
 * Of an end: "203.0.113.9 is still listed there", the addresses that have something open on the
 * same list, according to the other entries and the findings still open. False: none.
 */
bool compose_not_over(struct buf *line, const struct message *m, const struct entry *e);

/* What a first look leaves out for this channel; "" for nothing. */
const char *compose_below(const struct message *m);

/* The text, with the configuration that the message is about added to each "repmon doctor". */
void compose_doctor(struct buf *out, const struct message *m, const char *text);

/* How to acknowledge exactly what the message is about (compose_ack.c). */
void compose_ack(struct buf *out, const struct message *m);

/* A range as blocks; at most `max`, and max + 1 when there are more. */
size_t compose_blocks(const struct ip_range *r, struct cidr *out, size_t max);

#endif
