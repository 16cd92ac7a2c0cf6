/* SPDX-License-Identifier: ISC */
#include "table.h"

#include "repmon/buf.h"
#include "repmon/text_wrap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CELL_BYTES   2048
#define GAP          2
#define NEXT_INDENT  4  /* of the further lines of a row */
#define FLOW_COLUMNS 24 /* what a text needs to be readable */
#define PIPE_CELL    40 /* in a pipe, a column wider than this aligns nothing after it */

static const char *const colors[LEVEL_COUNT] = {[LEVEL_UNKNOWN] = "\033[35m",
                                                [LEVEL_OK] = "\033[32m",
                                                [LEVEL_INFO] = "\033[36m",
                                                [LEVEL_WARNING] = "\033[33m",
                                                [LEVEL_CRITICAL] = "\033[31m"};

static size_t table_width_of(const char *s)
{
    return text_columns(s, strlen(s));
}

static void table_pad(FILE *out, size_t n)
{
    fprintf(out, "%*s", (int)n, "");
}

/* Where the cells of a page go; from `aligned` on a row may be wider than the terminal. */
struct layout {
    size_t widths[TABLE_COLUMNS];
    size_t at[TABLE_COLUMNS];
    size_t aligned;
};

static void table_lay_out(const struct table *t, struct layout *l)
{
    l->aligned = t->columns;
    for (size_t k = 0, at = 0; k < t->columns; k++) {
        l->at[k] = at;
        at += l->widths[k] + GAP;
        if (t->width && at - GAP > t->width && k > 0 && k < l->aligned)
            l->aligned = k;
        /* In a pipe a row stays one line, so that grep finds it whole. */
        if (!t->width && l->widths[k] > PIPE_CELL && k < l->aligned)
            l->aligned = k + 1;
    }
}

static size_t table_print_cell(const struct table *t, const char *text, size_t column,
                               size_t indent, const char *color)
{
    size_t end = column + table_width_of(text);
    fputs(color ? color : "", t->out);
    if (t->width && end > t->width) {
        struct buf lines;
        buf_init(&lines, 2 * CELL_BYTES);
        end = text_wrap(&lines, text, column, indent, t->width);
        fputs(buf_text(&lines), t->out);
        buf_fini(&lines);
    } else {
        fputs(text, t->out);
    }
    fputs(color ? "\033[0m" : "", t->out);
    return end;
}

/* One after another, each on a new line when it does not fit; a long text begins where the cursor
 * is.
 */
static void table_print_rest(const struct table *t, const char *const *cells, size_t from,
                             size_t count, size_t column, const char *color)
{
    for (size_t k = from; k < count; k++) {
        size_t wide = table_width_of(cells[k]);
        bool flows = k + 1 == count && wide + NEXT_INDENT > t->width &&
                     column + GAP + FLOW_COLUMNS <= t->width;
        if (wide == 0)
            continue;
        if (column > NEXT_INDENT && t->width && column + GAP + wide > t->width && !flows) {
            fputc('\n', t->out);
            column = 0;
        }
        size_t at = column == 0 ? NEXT_INDENT : column + GAP;
        table_pad(t->out, at - column);
        column = table_print_cell(t, cells[k], at, NEXT_INDENT, k == t->colored ? color : NULL);
    }
}

static size_t table_length_of(const char *const *cells, size_t from, size_t count)
{
    size_t n = 0;
    for (size_t k = from; k < count; k++)
        n += cells[k][0] ? table_width_of(cells[k]) + GAP : 0;
    return n ? n - GAP : 0;
}

static void table_print_row(const struct table *t, const char *const *cells, const struct layout *l,
                            const char *color)
{
    size_t count = t->columns, column = 0;
    while (count > 0 && cells[count - 1][0] == '\0')
        count--;
    size_t aligned = l->aligned < count ? l->aligned : count;
    /* A text at the end is read more easily in a column of its own than below the rest. */
    if (aligned + 1 == t->columns && l->at[aligned] + FLOW_COLUMNS <= t->width)
        aligned = count;
    for (size_t k = 0; k < aligned; k++) {
        size_t wide = table_width_of(cells[k]);
        size_t at = l->at[k] + (t->right & 1u << k && aligned > 1 ? l->widths[k] - wide : 0);
        if (wide == 0)
            continue;
        table_pad(t->out, at - column);
        column = table_print_cell(t, cells[k], at, l->at[k], k == t->colored ? color : NULL);
    }
    size_t rest = table_length_of(cells, aligned, count);
    if (rest && t->width && aligned < t->columns) {
        if (column + GAP + rest > t->width) {
            fputc('\n', t->out);
            column = 0;
        } else if (l->at[aligned] + rest <= t->width) {
            table_pad(t->out, l->at[aligned] - GAP - column);
            column = l->at[aligned] - GAP;
        }
    }
    table_print_rest(t, cells, aligned, count, column, color);
    fputc('\n', t->out);
}

static void table_print_page(struct table *t)
{
    struct layout l = {0};
    for (size_t k = 0; k < t->columns; k++) {
        if (t->heads && !t->headed)
            l.widths[k] = table_width_of(t->heads[k]);
        for (size_t i = 0; i < t->count; i++) {
            size_t wide = table_width_of(t->rows[i].cells[k]);
            l.widths[k] = wide > l.widths[k] ? wide : l.widths[k];
        }
    }
    table_lay_out(t, &l);
    if (t->heads && !t->headed && t->count) {
        fputs(t->color ? "\033[1m" : "", t->out);
        table_print_row(t, t->heads, &l, NULL);
        fputs(t->color ? "\033[0m" : "", t->out);
        t->headed = true;
    }
    for (size_t i = 0; i < t->count; i++) {
        struct table_row *row = &t->rows[i];
        table_print_row(t, (const char *const *)row->cells, &l,
                        t->color ? colors[row->level] : NULL);
        for (size_t k = 0; k < t->columns; k++)
            free(row->cells[k]);
    }
    t->count = 0;
}

void table_row(struct table *t, enum level level, const char *const cells[])
{
    struct table_row *row = &t->rows[t->count++];
    row->level = level;
    for (size_t k = 0; k < t->columns; k++) {
        struct buf clean;
        buf_init(&clean, CELL_BYTES);
        if (cells[k])
            buf_clean(&clean, cells[k], strlen(cells[k]), CELL_BYTES / 4);
        row->cells[k] = buf_take(&clean);
    }
    if (t->count == TABLE_PAGE)
        table_print_page(t);
}

void table_end(struct table *t)
{
    table_print_page(t);
}
