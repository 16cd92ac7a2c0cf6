/* SPDX-License-Identifier: ISC */
/*
 * What the parts of the page share: html.c is the frame, html_PART.c one part each. Nobody else
 * includes this. A part writes whole elements, asks html_room() before each row, and says how many
 * it left out, so that the page stays under 2 MiB whatever the report holds.
 *
 * All text goes through html_text() or html_attribute(): nothing from outside can become markup,
 * and what reorders or hides text is replaced.
 */
#ifndef REPMON_RENDER_HTML_H
#define REPMON_RENDER_HTML_H

#include "html_finding.h"
#include "text_group.h"

#include <stdio.h>

#define HTML_TEXT_MAX 1024 /* bytes shown of one text from outside */

/* Shown when no source reports receivers' answers: who they are and how to see what they answer. */
#define HTML_NO_RECEIVER                                                                           \
    "None has been heard from. Gmail, Outlook.com, Microsoft 365, Yahoo and Apple publish no "     \
    "list; what they think of an address shows only in their replies to its mail ([log] watches "  \
    "the mail log)."

/* Parts that are there only when a source that feeds them is set up. */
enum html_part { HTML_RECEIVERS, HTML_COLOURS, HTML_COMPLAINTS, HTML_DOMAINS, HTML_PARTS };

struct html {
    const struct report *report; /* borrowed */
    FILE *out;                   /* the part that is being written, in memory */
    long budget;                 /* bytes of it, see html_room() */
    struct grouping grouping;
    struct html_findings findings;
    bool missing[HTML_PARTS]; /* parts that had nothing to show */
};

/* Whether the part may begin another row: each has its share of the 2 MiB. */
bool html_room(const struct html *h);

/* ---- html_out.c ---- */

/* Cleaned and escaped; text longer than HTML_TEXT_MAX is cut there and ends in "...". */
void html_text(FILE *out, const char *text);
/* The same in <bdi>, so that its direction of writing changes nothing around it. */
void html_name(FILE *out, const char *text);
/* A link to it when it is http or https, else its text. */
void html_link(FILE *out, const char *url, const char *text);
/* <time>: "2026-11-21 07:00 +0100". */
void html_time(FILE *out, time_t t);
/* "for 3 h", counted up to when the page was made: no script updates it. */
void html_since(const struct html *h, time_t t);
/* Sign and word of a level, because neither colour nor shape alone may tell it. */
void html_level(FILE *out, enum level level);
/* Letter of a level, for classes. */
char html_level_class(enum level level);
/* "5 addresses", "1 list": adds the s. */
void html_count(FILE *out, size_t n, const char *noun);
/* Opens a part: <section> with its heading. `more` (may be NULL) is a sentence below it. */
void html_part(FILE *out, const char *id, const char *heading, const char *more);
void html_part_end(FILE *out);
/* Opens an inline picture of so many units, which stretches to fill its place unless it is `fixed`;
 * title and desc are its text alternative. Its numbers belong in html_numbers(). */
struct html_picture {
    const char *class;
    unsigned width, height;
    bool fixed;
    const char *title, *desc; /* borrowed */
};
void html_picture(const struct html *h, const struct html_picture *picture);
void html_picture_end(const struct html *h);
/* Opens the numbers of a picture: a table that unfolds, with these column heads (ends with NULL).
 * The rows of <tr> follow. */
void html_numbers(FILE *out, const char *summary, const char *const *heads);
void html_numbers_end(FILE *out);
/* "2026-11-26" of YYYYMMDD. */
void html_day(FILE *out, int32_t day);

/* "203.0.113.5 to 203.0.113.9, 203.0.113.20, and others (20 addresses) mx1.example.org" */
void html_who(struct buf *out, const struct ip_range *ranges, size_t range_count, size_t shown,
              size_t count, const char *label);
/* What people call a list, below the name of its source. */
const char *html_list_title(const struct report_list *list);
/* The same for places that don't name its source: "Outlook.com (SNDS), main/status". */
void html_list_name(const struct report_list *list, struct buf *out);
/* Whether all of it failed in the last run that was to ask it. */
bool html_is_blind(const struct report_list *list);

/* ---- html_heard.c ---- */

struct html_heard {
    size_t unproven;                  /* for a normal reason: html_is_unproven() */
    size_t lists, proven;             /* DNS lists that are asked, and that proved something */
    size_t receivers;                 /* that accepted mail */
    size_t blind_lists, blind_others; /* that could not be asked or trusted */
    size_t acked;                     /* of both: acknowledged */
};
struct html_heard html_heard(const struct html *h);
/* Whether nothing proves what it knows, for a normal reason: no name to ask, no test entry. */
bool html_is_unproven(const struct html *h, size_t j);

/* ---- the parts, in the order of the page ---- */

void html_verdict(struct html *h);
void html_findings_part(struct html *h);
void html_unknown(struct html *h);
void html_matrix(struct html *h);
void html_timeline(struct html *h);
void html_receivers(struct html *h);
void html_calendar(struct html *h);
void html_complaints(struct html *h);
void html_domains(struct html *h);
/* What else could be shown, and which section of the configuration feeds it. */
void html_missing(struct html *h);

#endif
