/* SPDX-License-Identifier: ISC */
#include "table.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

#define CELL_BYTES 2048

static const char *const colors[LEVEL_COUNT] = {[LEVEL_UNKNOWN] = "\033[35m",
                                                [LEVEL_OK] = "\033[32m",
                                                [LEVEL_INFO] = "\033[36m",
                                                [LEVEL_WARNING] = "\033[33m",
                                                [LEVEL_CRITICAL] = "\033[31m"};

/* Columns of UTF-8 text: continuation bytes take none. */
static size_t width_of(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static void pad(FILE *out, size_t n)
{
    fprintf(out, "%*s", (int)n, "");
}

static void print_row(const struct table *t, const char *const *cells, const size_t *widths,
                      const char *color)
{
    size_t last = t->columns;
    while (last > 0 && cells[last - 1][0] == '\0')
        last--;
    for (size_t k = 0; k < last; k++) {
        size_t room = widths[k] - width_of(cells[k]);
        bool right = t->right & 1u << k;
        if (k)
            fputs("  ", t->out);
        if (right)
            pad(t->out, room);
        bool colored = color && k == t->colored;
        fprintf(t->out, "%s%s%s", colored ? color : "", cells[k], colored ? "\033[0m" : "");
        if (!right && k + 1 < last)
            pad(t->out, room);
    }
    fputc('\n', t->out);
}

static void print_page(struct table *t)
{
    size_t widths[TABLE_COLUMNS] = {0};
    for (size_t k = 0; k < t->columns; k++) {
        if (t->heads && !t->headed)
            widths[k] = width_of(t->heads[k]);
        for (size_t i = 0; i < t->count; i++) {
            size_t wide = width_of(t->rows[i].cells[k]);
            widths[k] = wide > widths[k] ? wide : widths[k];
        }
    }
    if (t->heads && !t->headed && t->count) {
        fputs(t->color ? "\033[1m" : "", t->out);
        print_row(t, t->heads, widths, NULL);
        fputs(t->color ? "\033[0m" : "", t->out);
        t->headed = true;
    }
    for (size_t i = 0; i < t->count; i++) {
        struct table_row *row = &t->rows[i];
        print_row(t, (const char *const *)row->cells, widths, t->color ? colors[row->level] : NULL);
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
        print_page(t);
}

void table_end(struct table *t)
{
    print_page(t);
}
