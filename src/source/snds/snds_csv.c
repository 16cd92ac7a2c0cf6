/* SPDX-License-Identifier: ISC */
#include "snds_fields.h"

#include "repmon/buf.h"

#include <csv.h>
#include <string.h>

#define BLOCK (64u << 10)

/* One row as it comes in; its fields follow each other in `text`, each with its NUL. */
struct csv_reading {
    const struct snds_taker *taker; /* borrowed */
    struct error *err;              /* borrowed */
    struct snds_layout layout;      /* from the first row on */
    struct buf text;
    size_t offsets[SNDS_COLUMNS_MAX];
    size_t count;
    int line;
    bool bad;
};

static void snds_on_field(void *data, size_t len, void *ctx)
{
    struct csv_reading *r = ctx;
    const char *s = data ? data : "";
    if (r->bad)
        return;
    if (len > SNDS_FIELD_MAX || memchr(s, '\0', len)) {
        r->bad = true;
        error_set(r->err, ERR_INPUT, "row %d has a field that is too long or not text", r->line);
        return;
    }
    if (r->count < SNDS_COLUMNS_MAX) {
        r->offsets[r->count++] = r->text.len;
    } else { /* more columns than any report has: an unquoted comma in the last one */
        r->text.len--;
        buf_char(&r->text, ',');
    }
    buf_add(&r->text, s, len);
    buf_char(&r->text, '\0');
    r->bad |= r->text.failed;
}

/* Joins the fields beyond the last column if that is free text; false: the row has too many. */
static bool snds_join_surplus(struct csv_reading *r)
{
    size_t last = r->taker->columns->count - 1;
    if (r->count <= r->layout.count)
        return true;
    if (r->layout.at[last] != r->layout.count)
        return false;
    for (size_t i = r->layout.count; i < r->count; i++)
        r->text.data[r->offsets[i] - 1] = ',';
    r->count = r->layout.count;
    return true;
}

static bool snds_csv_take_row(struct csv_reading *r)
{
    const char *row[SNDS_COLUMNS_MAX], *fields[SNDS_DATA_COLUMNS];
    for (size_t i = 0; i < r->count; i++)
        row[i] = buf_text(&r->text) + r->offsets[i];
    if (r->line == 1) {
        if (!snds_layout_read(r->taker->columns, row, r->count, &r->layout, r->err))
            return false;
        if (r->layout.header)
            return true;
    }
    if (r->count < r->layout.least || !snds_join_surplus(r))
        return error_set(r->err, ERR_INPUT, "row %d has %zu columns instead of %zu", r->line,
                         r->count, r->layout.count);
    for (size_t i = 0; i < r->taker->columns->count; i++) {
        size_t at = r->layout.at[i];
        fields[i] = at > 0 && at <= r->count ? row[at - 1] : "";
    }
    const struct snds_record record = {(size_t)r->line, fields, row, r->count};
    return r->taker->take(r->taker->ctx, &record, r->err);
}

static void snds_on_row(int end, void *ctx)
{
    struct csv_reading *r = ctx;
    (void)end;
    if (r->bad)
        error_set(r->err, ERR_INPUT, "row %d is too long", r->line);
    else
        r->bad = !snds_csv_take_row(r);
    r->line++;
    r->count = 0;
    buf_clear(&r->text);
}

/*
 * libcsv takes an open quote for a field that runs to the end of the file; CSV_STRICT_FINI makes
 * that an error at csv_fini(), and nothing is judged before then.
 */
bool snds_csv_read(const struct snds_body *body, const struct snds_taker *taker, struct error *err)
{
    struct csv_reading r = {.taker = taker, .err = err, .line = 1};
    struct csv_parser parser;
    const char *s = body->text;
    size_t len = body->len;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return error_set(err, ERR_BUG, "libcsv can't start");
    csv_set_blk_size(&parser, BLOCK);
    buf_init(&r.text, 2 * BLOCK);
    if (csv_parse(&parser, s, len, snds_on_field, snds_on_row, &r) != len && !r.bad)
        r.bad = !error_set(err, ERR_INPUT, "row %d: a quote in the wrong place", r.line);
    if (csv_fini(&parser, snds_on_field, snds_on_row, &r) != 0 && !r.bad)
        r.bad = !error_set(err, ERR_INPUT, "row %d: a quote that never ends", r.line);
    csv_free(&parser);
    buf_fini(&r.text);
    return !r.bad;
}
