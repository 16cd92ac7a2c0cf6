/* SPDX-License-Identifier: ISC */
#include "repmon/results.h"

#include "repmon/buf.h"
#include "repmon/limits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct interned {
    char *answers; /* owned */
    uint32_t hash;
    uint8_t cause, via;
};

struct detail {
    uint64_t cell; /* row * columns + column, + 1; 0: free */
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
    uint16_t *slots; /* owned hash table over outcome; 0: free */
    size_t slot_count;
    struct detail *details; /* owned hash table */
    size_t detail_count, detail_slots;
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
    g->slot_count = 64;
    g->slots = mem_array(g->slot_count, sizeof *g->slots);
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
    for (size_t i = 0; i < g->detail_slots; i++)
        free(g->details[i].text);
    for (size_t i = 0; i < g->columns; i++)
        free(g->notes[i]);
    free(g->notes);
    free(g->details);
    free(g->outcome);
    free(g->slots);
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

/* FNV-1a: short keys, no attacker gains from a collision in a table of at most 65,535. */
static uint32_t results_hash(enum cause cause, uint8_t via, const char *answers)
{
    uint32_t h = 2166136261u;
    h = (h ^ (uint8_t)cause) * 16777619u;
    h = (h ^ via) * 16777619u;
    for (; *answers; answers++)
        h = (h ^ (uint8_t)*answers) * 16777619u;
    return h;
}

static void results_rehash(struct results *g)
{
    free(g->slots);
    g->slot_count *= 2;
    g->slots = mem_array(g->slot_count, sizeof *g->slots);
    for (size_t i = 1; i < g->outcomes; i++) {
        size_t at = g->outcome[i].hash % g->slot_count;
        while (g->slots[at])
            at = (at + 1) % g->slot_count;
        g->slots[at] = (uint16_t)i;
    }
}

uint16_t results_intern(struct results *g, enum cause cause, uint8_t via, const char *answers)
{
    if (cause == CAUSE_NEVER_ASKED)
        return 0;
    if (cause != CAUSE_NONE)
        answers = "";
    uint32_t h = results_hash(cause, via, answers);
    size_t at = h % g->slot_count;
    for (; g->slots[at]; at = (at + 1) % g->slot_count) {
        const struct interned *o = &g->outcome[g->slots[at]];
        if (o->hash == h && o->cause == cause && o->via == via && strcmp(o->answers, answers) == 0)
            return g->slots[at];
    }
    /* The last numbers are kept for causes, so that a full table can still say so. */
    if (g->outcomes + CAUSE_COUNT * 16 > LIMIT_OUTCOMES && cause == CAUSE_NONE)
        return results_intern(g, CAUSE_BAD_FORMAT, via, "");
    if (g->outcomes == g->outcome_cap) {
        g->outcome_cap *= 2;
        g->outcome = mem_grow(g->outcome, g->outcome_cap, sizeof *g->outcome);
    }
    uint16_t id = (uint16_t)g->outcomes++;
    g->outcome[id] = (struct interned){
        .answers = mem_dup(answers), .hash = h, .cause = (uint8_t)cause, .via = via};
    g->slots[at] = id;
    if (g->outcomes * 2 > g->slot_count)
        results_rehash(g);
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

static struct detail *results_find_detail(const struct results *g, uint64_t cell)
{
    size_t at = (size_t)(cell * 0x9e3779b97f4a7c15ull >> 20) % g->detail_slots;
    while (g->details[at].cell && g->details[at].cell != cell)
        at = (at + 1) % g->detail_slots;
    return &g->details[at];
}

/* The row of that cell, made when there is none. */
static struct detail *results_make_detail(struct results *g, size_t row, size_t column)
{
    if ((g->detail_count + 1) * 2 > g->detail_slots) {
        struct detail *old = g->details;
        size_t count = g->detail_slots;
        g->detail_slots = count ? count * 2 : 64;
        g->details = mem_array(g->detail_slots, sizeof *g->details);
        for (size_t i = 0; i < count; i++) {
            if (old[i].cell)
                *results_find_detail(g, old[i].cell) = old[i];
        }
        free(old);
    }
    uint64_t cell = (uint64_t)row * g->columns + column + 1;
    struct detail *d = results_find_detail(g, cell);
    g->detail_count += d->cell == 0;
    d->cell = cell;
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
    if (g->detail_count == 0)
        return NULL;
    return results_find_detail(g, (uint64_t)row * g->columns + column + 1)->text;
}

void results_set_times(struct results *g, size_t row, size_t column, struct cell_times times)
{
    results_make_detail(g, row, column)->times = times;
}

struct cell_times results_times(const struct results *g, size_t row, size_t column)
{
    if (g->detail_count == 0)
        return (struct cell_times){0};
    return results_find_detail(g, (uint64_t)row * g->columns + column + 1)->times;
}
