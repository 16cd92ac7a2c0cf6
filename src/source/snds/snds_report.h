/* SPDX-License-Identifier: ISC */
/*
 * The two reports of Microsoft SNDS as rows: data (numbers and colour for an address and day) and
 * status (ranges with an abnormal state), in CSV or in JSON. Pure; nothing here judges.
 *
 * A report is read as a whole before its first row is handed out: one that is cut off, holds an
 * open quote or has another format yields no rows at all. All text of a row is cleaned.
 */
#ifndef SNDS_REPORT_H
#define SNDS_REPORT_H

#include "repmon/error.h"
#include "repmon/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Worst last. Microsoft: below 10 % of the mail judged as spam, 10 to 90 %, above. */
enum snds_colour { SNDS_NO_COLOUR = 0, SNDS_GREEN, SNDS_YELLOW, SNDS_RED };

/* "green", "yellow", "red"; "" for none. */
const char *snds_colour_word(enum snds_colour colour);
enum snds_colour snds_colour_parse(const char *word); /* case does not matter */

/* A complaint rate as reported: "< 0.1%", "0.4%", a band's upper bound; not reported: "", "-". */
struct snds_rate {
    double percent; /* negative: not reported */
    bool below;     /* less than `percent`, not equal to it */
};
struct snds_rate snds_rate_parse(const char *text);

/* A row of the data report. Numbers: -1 is "not reported", which is not 0. */
struct snds_row {
    struct ip ip;
    int32_t day; /* YYYYMMDD of the middle of its period; 0: no readable period */
    int64_t rcpt, data, recipients, traps;
    enum snds_colour colour;
    struct snds_rate complaint;
    const char *complaint_text; /* borrowed until the callback returns, like the next */
    const char *raw;            /* the whole row */
};

/* A row of the status report: every address from first to last, both included. */
struct snds_range {
    uint32_t first, last;
    bool blocked;        /* the third column; "no" is bad as well */
    const char *details; /* borrowed until the callback returns */
};

enum snds_shape {
    SNDS_ROWS = 0, /* read to its end */
    SNDS_EMPTY,    /* nothing in it, not even a header */
    SNDS_HTML,     /* a page for people: a login, most likely */
    SNDS_BAD       /* something else; `err` says what, naming the line */
};

typedef void snds_row_fn(void *ctx, const struct snds_row *row);
typedef void snds_range_fn(void *ctx, const struct snds_range *range);

/* What came over HTTP. In doubt it is not a report, however many rows it holds: missing rows would
 * look like good news. */
struct snds_body {
    const char *type; /* media type; "" */
    const char *text; /* NUL-terminated after len bytes */
    size_t len;
    const char *doubt; /* why it may not be whole (http.h); NULL: it is */
};

/*
 * The callback may be NULL. A header row decides by its names, in any order, whatever else it
 * holds; without one there are 14 columns, of which 13 must be there. JSON that continues on
 * another page is bad.
 */
enum snds_shape snds_read_data(const struct snds_body *body, snds_row_fn *row, void *ctx,
                               struct error *err);
/* The same with four columns. */
enum snds_shape snds_read_status(const struct snds_body *body, snds_range_fn *range, void *ctx,
                                 struct error *err);

#endif
