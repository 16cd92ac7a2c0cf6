/* SPDX-License-Identifier: ISC */
/*
 * What a run learned: 16 bits per (target, column), each the number of an interned outcome. A
 * column is one list of one source. An untouched cell is "never asked"; nothing is good by
 * default. To void a list's answers, its health row is changed, never its cells.
 */
#ifndef REPMON_RESULTS_H
#define REPMON_RESULTS_H

#include "repmon/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * An outcome: nothing proven (cause), or an answer. `answers` is the sorted, blank-separated set of
 * the source's own words ("127.0.0.2 127.0.0.10", "blocked", "good"); "" is the empty answer: "not
 * listed". `via` is the way it came (RESULTS_VIAS; 0 where there is only one).
 */
struct outcome {
    enum cause cause; /* CAUSE_NONE: answers counts */
    uint8_t via;
    const char *answers; /* borrowed from the results; never NULL */
};

/* Why an empty answer, and why a listing, of a list does not count through one way;
 * CAUSE_NONE: it counts. The zero value is "never asked": nothing counts. */
struct validity {
    enum cause empty;
    enum cause listing;
};

/*
 * Ways an answer can come: a source numbers them as it needs (dnsbl: resolver × 2, + 1 for IPv6),
 * because what was proven through one way says nothing about another.
 */
#define RESULTS_VIAS 16

/* Health of one column in this run, filled by its source. */
struct column {
    const char *source;
    const char *list; /* borrowed: zone as people know it, never with a key */
    enum severity severity;
    enum list_kind kind;
    bool dns_list; /* its answers are codes, and it proves itself by test points (section 8) */
    enum numbers_kind numbers; /* that it gives day by day */
    const char *title;         /* borrowed: what people call it, "Gmail"; NULL: `list` */
    bool of_domains;           /* it is about sending domains: never queried about an address */
    bool confirms_itself;      /* its answers are confirmed already: one is enough */
    bool testable[2];          /* it has an address that must be listed: IPv4, IPv6 */
    enum health health;
    enum cause cause;                  /* why it is not ok; CAUSE_NONE when it is */
    const char *note;                  /* borrowed: what would cure it, or "list not proven"; "" */
    bool cures;                        /* the note names culprit and cure: advice repeats it */
    struct validity via[RESULTS_VIAS]; /* why an answer that came this way does not count */
    time_t proven;     /* when the proof in force was obtained, its cache age taken off; 0: never */
    bool fresh;        /* it came from no cache: in the second of a listing it counts as after it */
    uint64_t asked;    /* questions sent, retries not counted */
    uint32_t nameless; /* unproven cells about which it could not be asked: no name was known */
    bool cut; /* it was still being queried: untouched cells are not-asked, whatever `cause` */
    bool due; /* false: `every` has not passed; its cells are not part of this run */
};

struct results; /* opaque: cells and outcome table */

struct results *results_new(size_t rows, size_t columns);
void results_free(struct results *g);
size_t results_columns(const struct results *g);
struct column *results_column(struct results *g, size_t column);
const struct column *results_column_const(const struct results *g, size_t column);

/* The number of an outcome, interned on first use. A full table gives that of `bad-format`. */
uint16_t results_intern(struct results *g, enum cause cause, uint8_t via, const char *answers);
void results_set(struct results *g, size_t row, size_t column, uint16_t outcome);
uint16_t results_get(const struct results *g, size_t row, size_t column);
struct outcome results_outcome(const struct results *g, uint16_t outcome);
size_t results_outcome_count(const struct results *g);

/*
 * The cell as it counts, after the column's standing: an answer that does not count becomes its
 * cause; an untouched cell takes the column's cause, or `not-asked` (see `cut`). This is what judge
 * and renderers read.
 */
struct outcome results_effective(const struct results *g, size_t row, size_t column);

/*
 * Whether the cell is part of this run: not when its column was not due, nor when its list is off.
 * But what a list proved to be listed before it refused stays proven: that always is.
 */
bool results_counts(const struct results *g, size_t row, size_t column);

/* Why most of the column's cells that prove nothing prove nothing; CAUSE_NONE: all do. */
enum cause results_commonest_cause(const struct results *g, size_t column);

/* Keeps a copy of the text as the column's note. */
void results_set_note(struct results *g, size_t column, const char *text);

/* Text with a cell: the TXT reason or a source's detail, already cleaned. Sparse; NULL for none. */
void results_set_detail(struct results *g, size_t row, size_t column, const char *text);
const char *results_detail(const struct results *g, size_t row, size_t column);

/*
 * When the answer of a cell was given and when what it says began, where a source hears of events
 * instead of asking. Sparse; zero: now.
 */
struct cell_times {
    time_t proven, since;
};
void results_set_times(struct results *g, size_t row, size_t column, struct cell_times times);
struct cell_times results_times(const struct results *g, size_t row, size_t column);

#endif
