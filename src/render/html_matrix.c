/* SPDX-License-Identifier: ISC */
/*
 * Addresses × lists and receivers, a sign a cell. Addresses with the same findings are one row; a
 * cell in which not all of them agree says so, because a row must not look better than its worst.
 */
#include "html.h"

#include "repmon/causes.h"

#include <stdlib.h>
#include <string.h>

#define ROWS    500 /* the worst; the rest is counted */
#define COLUMNS 100 /* lists with something to tell go first */
#define LINE    2048
#define RANGES  3 /* of a row: more make it unreadable */

/* One cell: a letter, so that colour is never the only sign. */
struct cell {
    const char *class, *sign;
};

static const struct cell html_cells[] = {
    {"o", "✓"}, {"m", "(✓)"}, {"n", "–"}, {"u", "?"}, {"m", "~"}, {"i", "i"}, {"w", "W"},
    {"c", "C"}, {"a", "i"},   {"a", "W"}, {"a", "C"}, {"a", "?"}, {"n", "○"}, {NULL, NULL},
};
enum cell_kind {
    CELL_OK,
    CELL_OK_BEFORE, /* the last attempt proved nothing */
    CELL_NOTHING,
    CELL_UNKNOWN,
    CELL_MIXED,
    CELL_INFO,
    CELL_WARNING,
    CELL_CRITICAL,
    CELL_ACKED_INFO,
    CELL_ACKED_WARNING,
    CELL_ACKED_CRITICAL,
    CELL_ACKED_UNKNOWN,
    CELL_UNPROVEN, /* for a normal reason */
    CELL_ABSENT
};

static enum cell_kind html_cell(const struct report *r, const struct group *g, size_t j)
{
    struct result result;
    if (!r->result(r, g->first, j, &result))
        return CELL_ABSENT;
    if (result.level >= LEVEL_INFO)
        return (result.acked_until ? CELL_ACKED_INFO : CELL_INFO) +
               (unsigned)(result.level - LEVEL_INFO);
    if (group_has(g->known, j) && group_has(g->unknown, j))
        return CELL_MIXED;
    if (result.level == LEVEL_OK)
        return result.cause == CAUSE_NONE || cause_is_normal(result.cause) ? CELL_OK
                                                                           : CELL_OK_BEFORE;
    if (result.cause == CAUSE_UNPROVEN)
        return CELL_UNPROVEN;
    if (cause_is_normal(result.cause))
        return CELL_NOTHING;
    return result.acked_until ? CELL_ACKED_UNKNOWN : CELL_UNKNOWN;
}

static bool html_is_of_domains(const struct report *r, const struct group *g)
{
    struct report_target target = {0};
    r->target(r, g->first, &target);
    return ip_name(&target.ip) != NULL;
}

/* ---- which columns ---- */

struct matrix {
    const struct group **rows; /* owned: of addresses */
    size_t row_count, more;
    size_t *columns; /* owned: lists */
    size_t column_count, left_out;
};

static bool html_has_news(const struct html *h, size_t j)
{
    return h->grouping.lists[j].findings || html_is_blind(&h->report->lists[j]);
}

/* A list that says nothing about any of these addresses gets no column. */
static bool html_is_used(const struct html *h, const struct matrix *m, size_t j)
{
    bool used = h->report->lists[j].health != HEALTH_OFF && html_has_news(h, j) &&
                !h->report->lists[j].of_domains;
    for (size_t i = 0; i < m->row_count && !used; i++) {
        enum cell_kind kind = html_cell(h->report, m->rows[i], j);
        used = kind != CELL_ABSENT && kind != CELL_NOTHING;
    }
    return used;
}

static int html_index_order(const void *a, const void *b)
{
    const size_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void html_choose_columns(const struct html *h, struct matrix *m)
{
    size_t lists = h->report->list_count;
    m->columns = mem_array(lists, sizeof *m->columns);
    for (int round = 0; round < 2; round++) {
        for (size_t j = 0; j < lists; j++) {
            if (html_has_news(h, j) != (round == 0) || !html_is_used(h, m, j))
                continue;
            if (m->column_count < COLUMNS)
                m->columns[m->column_count++] = j;
            else
                m->left_out++;
        }
    }
    if (m->column_count)
        qsort(m->columns, m->column_count, sizeof *m->columns, html_index_order);
}

static void html_choose_rows(const struct html *h, struct matrix *m)
{
    const struct grouping *g = &h->grouping;
    m->rows = mem_array(ROWS, sizeof *m->rows);
    for (size_t i = 0; i < g->count; i++) {
        if (html_is_of_domains(h->report, &g->groups[i]))
            continue;
        if (m->row_count < ROWS)
            m->rows[m->row_count++] = &g->groups[i];
        else
            m->more += g->groups[i].count;
    }
}

/* ---- drawing ---- */

static const char *html_heading(const struct report_list *list)
{
    return list->heading ? list->heading : list->source;
}

static void html_matrix_head(const struct html *h, const struct matrix *m)
{
    const struct report_list *lists = h->report->lists;
    fputs("<thead>\n<tr><th rowspan=\"2\" scope=\"col\">address</th>", h->out);
    for (size_t k = 0; k < m->column_count;) {
        const char *heading = html_heading(&lists[m->columns[k]]);
        size_t end = k + 1;
        while (end < m->column_count && strcmp(html_heading(&lists[m->columns[end]]), heading) == 0)
            end++;
        fprintf(h->out, "<th class=\"g\" scope=\"colgroup\" colspan=\"%zu\">", end - k);
        html_text(h->out, heading);
        fputs("</th>", h->out);
        k = end;
    }
    fputs("</tr>\n<tr class=\"v\">", h->out);
    for (size_t k = 0; k < m->column_count; k++) {
        fputs("<th scope=\"col\"><span>", h->out);
        html_text(h->out, html_list_title(&lists[m->columns[k]]));
        fputs("</span></th>", h->out);
    }
    fputs("</tr>\n</thead>\n", h->out);
}

static void html_matrix_row(const struct html *h, const struct matrix *m, const struct group *g)
{
    struct buf who;
    buf_init(&who, LINE);
    html_who(&who, g->ranges, g->range_count, RANGES, g->count, g->label);
    fprintf(h->out, "<tr><th scope=\"row\" class=\"%c\">", html_level_class(g->level));
    html_name(h->out, buf_text(&who));
    fputs("</th>", h->out);
    for (size_t k = 0; k < m->column_count; k++) {
        const struct cell *cell = &html_cells[html_cell(h->report, g, m->columns[k])];
        if (cell->class)
            fprintf(h->out, "<td class=\"%s\">%s</td>", cell->class, cell->sign);
        else
            fputs("<td></td>", h->out);
    }
    fputs("</tr>\n", h->out);
    buf_fini(&who);
}

/* On paper nothing scrolls: many columns are set smaller there. */
static const char *html_width_class(size_t columns)
{
    if (columns > 60)
        return " many most";
    return columns > 24 ? " many" : "";
}

static void html_matrix_legend(FILE *out)
{
    fputs("<p class=\"legend\"><b class=\"c\">C</b> critical <b class=\"w\">W</b> warning "
          "<b class=\"i\">i</b> information <b class=\"a\">C</b> acknowledged "
          "<b class=\"o\">✓</b> proven, nothing bad <b class=\"m\">(✓)</b> earlier state, the last "
          "attempt proved nothing <b class=\"u\">?</b> not known <b class=\"m\">~</b> known for "
          "some of them "
          "<b class=\"n\">○</b> not proven, for a normal reason "
          "<b class=\"n\">–</b> no data, or not applicable</p>\n",
          out);
}

void html_matrix(struct html *h)
{
    struct matrix m = {0};
    html_choose_rows(h, &m);
    html_choose_columns(h, &m);
    html_part(h->out, "matrix", "Addresses and lists", NULL);
    if (m.row_count && m.column_count) {
        html_matrix_legend(h->out);
        fprintf(
            h->out,
            "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Addresses and lists, "
            "a table\">\n<table class=\"matrix%s\">\n",
            html_width_class(m.column_count));
        html_matrix_head(h, &m);
        fputs("<tbody>\n", h->out);
        for (size_t i = 0; i < m.row_count; i++) {
            if (html_room(h))
                html_matrix_row(h, &m, m.rows[i]);
            else
                m.more += m.rows[i]->count;
        }
        fputs("</tbody></table></div>\n", h->out);
    } else {
        fputs("<p>No list has been queried yet.</p>\n", h->out);
    }
    if (m.more)
        fprintf(h->out,
                "<p>%zu further addresses are in no worse state than the last row; "
                "<code>repmon status -v</code> shows all.</p>\n",
                m.more);
    if (m.left_out)
        fprintf(h->out, "<p>%zu further lists have nothing to report.</p>\n", m.left_out);
    html_part_end(h->out);
    free(m.rows);
    free(m.columns);
}
