/* SPDX-License-Identifier: ISC */
#include "repmon/results.h"

#include "repmon/buf.h"
#include "repmon/hash.h"
#include "repmon/limits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct interned {
    char *answers; /* owned */
    uint8_t cause, via;
};

struct detail {
    uint64_t cell; /* row * columns + column */
    char *text;    /* owned; NULL: none */
    struct cell_times times;
};

struct results {
    size_t rows, columns;
    uint16_t *cells;          /* owned, row by row */
    struct column *column;    /* owned */
    char **notes;             /* owned: texts of columns; NULL: the note is the source's */
    struct interned *outcome; /* owned; number 0 is "never asked" */
    size_t outcomes, outcome_cap;
    struct hash outcome_index;
    struct detail *details; /* owned */
    size_t detail_count, detail_cap;
    struct hash detail_index;
};

struct results *results_new(size_t rows, size_t columns)
{
    struct results *g = mem_alloc(sizeof *g);
    assert(columns == 0 || rows <= SIZE_MAX / sizeof *g->cells / columns);
    g->rows = rows;
    g->columns = columns;
    g->cells = mem_array(rows * columns, sizeof *g->cells);
    g->column = mem_array(columns, sizeof *g->column);
    g->notes = mem_array(columns, sizeof *g->notes);
    for (size_t i = 0; i < columns; i++) {
        g->column[i].due = true;
        g->column[i].note = "";
        g->column[i].cause = CAUSE_NONE;
    }
    g->outcome_cap = 16;
    g->outcome = mem_array(g->outcome_cap, sizeof *g->outcome);
    g->outcome[0].answers = mem_dup("");
    g->outcomes = 1;
    return g;
}

void results_free(struct results *g)
{
    if (!g)
        return;
    for (size_t i = 0; i < g->outcomes; i++)
        free(g->outcome[i].answers);
    for (size_t i = 0; i < g->detail_count; i++)
        free(g->details[i].text);
    for (size_t i = 0; i < g->columns; i++)
        free(g->notes[i]);
    free(g->notes);
    free(g->details);
    free(g->outcome);
    hash_fini(&g->detail_index);
    hash_fini(&g->outcome_index);
    free(g->column);
    free(g->cells);
    free(g);
}

size_t results_columns(const struct results *g)
{
    return g->columns;
}

struct column *results_column(struct results *g, size_t column)
{
    assert(column < g->columns);
    return &g->column[column];
}

const struct column *results_column_const(const struct results *g, size_t column)
{
    assert(column < g->columns);
    return &g->column[column];
}

uint16_t results_intern(struct results *g, enum cause cause, uint8_t via, const char *answers)
{
    if (cause == CAUSE_NEVER_ASKED)
        return 0;
    if (cause != CAUSE_NONE)
        answers = "";
    uint64_t key = hash_text((uint64_t)cause << 8 | via, answers);
    for (size_t step = 0, id; (id = hash_next(&g->outcome_index, key, &step)) != HASH_NONE;) {
        const struct interned *o = &g->outcome[id];
        if (o->cause == cause && o->via == via && strcmp(o->answers, answers) == 0)
            return (uint16_t)id;
    }
    /* The last numbers are reserved for causes, so that a full table can still say so. */
    if (g->outcomes + CAUSE_COUNT * 16 > LIMIT_OUTCOMES && cause == CAUSE_NONE)
        return results_intern(g, CAUSE_BAD_FORMAT, via, "");
    if (g->outcomes == g->outcome_cap) {
        g->outcome_cap *= 2;
        g->outcome = mem_grow(g->outcome, g->outcome_cap, sizeof *g->outcome);
    }
    uint16_t id = (uint16_t)g->outcomes++;
    g->outcome[id] =
        (struct interned){.answers = mem_dup(answers), .cause = (uint8_t)cause, .via = via};
    hash_add(&g->outcome_index, key, id);
    return id;
}

void results_set(struct results *g, size_t row, size_t column, uint16_t outcome)
{
    assert(row < g->rows && column < g->columns && outcome < g->outcomes);
    g->cells[row * g->columns + column] = outcome;
}

uint16_t results_get(const struct results *g, size_t row, size_t column)
{
    assert(row < g->rows && column < g->columns);
    return g->cells[row * g->columns + column];
}

struct outcome results_outcome(const struct results *g, uint16_t outcome)
{
    assert(outcome < g->outcomes);
    const struct interned *o = &g->outcome[outcome];
    return (struct outcome){.cause = (enum cause)o->cause, .via = o->via, .answers = o->answers};
}

size_t results_outcome_count(const struct results *g)
{
    return g->outcomes;
}

struct outcome results_effective(const struct results *g, size_t row, size_t column)
{
    const struct column *c = results_column_const(g, column);
    struct outcome o = results_outcome(g, results_get(g, row, column));
    if (o.cause == CAUSE_NEVER_ASKED) {
        o.cause = c->cause != CAUSE_NONE && !c->cut ? c->cause : CAUSE_NOT_ASKED;
        return o;
    }
    if (o.cause != CAUSE_NONE)
        return o;
    const struct validity *s = &c->via[o.via % RESULTS_VIAS];
    o.cause = o.answers[0] ? s->listing : s->empty;
    if (o.cause == CAUSE_NEVER_ASKED)
        o.cause = c->cause != CAUSE_NONE ? c->cause : CAUSE_UNPROVEN;
    return o;
}

bool results_counts(const struct results *g, size_t row, size_t column)
{
    const struct column *c = results_column_const(g, column);
    if (c->health != HEALTH_OFF || !c->due)
        return c->due;
    struct outcome o = results_effective(g, row, column);
    return o.cause == CAUSE_NONE && o.answers[0];
}

enum cause results_commonest_cause(const struct results *g, size_t column)
{
    size_t counts[CAUSE_COUNT] = {0};
    enum cause most = CAUSE_NONE;
    for (size_t row = 0; row < g->rows; row++) {
        enum cause cause = results_effective(g, row, column).cause;
        counts[cause]++;
        if (cause != CAUSE_NONE && (most == CAUSE_NONE || counts[cause] > counts[most]))
            most = cause;
    }
    return most;
}

void results_set_note(struct results *g, size_t column, const char *text)
{
    char *copy = mem_dup(text);
    free(g->notes[column]);
    g->notes[column] = copy;
    results_column(g, column)->note = copy;
}

static struct detail *results_find_detail(const struct results *g, size_t row, size_t column)
{
    uint64_t cell = (uint64_t)row * g->columns + column;
    for (size_t step = 0, at; (at = hash_next(&g->detail_index, cell, &step)) != HASH_NONE;)
        if (g->details[at].cell == cell)
            return &g->details[at];
    return NULL;
}

/* The detail of that cell, created if there is none. */
static struct detail *results_make_detail(struct results *g, size_t row, size_t column)
{
    struct detail *known = results_find_detail(g, row, column);
    if (known)
        return known;
    if (g->detail_count == g->detail_cap) {
        g->detail_cap = g->detail_cap ? g->detail_cap * 2 : 32;
        g->details = mem_grow(g->details, g->detail_cap, sizeof *g->details);
    }
    struct detail *d = &g->details[g->detail_count];
    *d = (struct detail){.cell = (uint64_t)row * g->columns + column};
    hash_add(&g->detail_index, d->cell, g->detail_count++);
    return d;
}

void results_set_detail(struct results *g, size_t row, size_t column, const char *text)
{
    struct detail *d = results_make_detail(g, row, column);
    free(d->text);
    d->text = mem_dup(text);
}

const char *results_detail(const struct results *g, size_t row, size_t column)
{
    const struct detail *d = results_find_detail(g, row, column);
    return d ? d->text : NULL;
}

void results_set_times(struct results *g, size_t row, size_t column, struct cell_times times)
{
    results_make_detail(g, row, column)->times = times;
}

struct cell_times results_times(const struct results *g, size_t row, size_t column)
{
    const struct detail *d = results_find_detail(g, row, column);
    return d ? d->times : (struct cell_times){0};
}
