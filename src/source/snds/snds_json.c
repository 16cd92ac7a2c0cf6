/* SPDX-License-Identifier: ISC */
#include "snds_fields.h"

#include "repmon/buf.h"

#include <jansson.h>
#include <string.h>

/* The row's value under the best of the names that a column has. */
static const json_t *snds_value_of(json_t *row, const char *const names[6])
{
    for (size_t i = 0; i < 6 && names[i]; i++) {
        for (void *at = json_object_iter(row); at; at = json_object_iter_next(row, at)) {
            if (snds_name_is(json_object_iter_key(at), names[i]))
                return json_object_iter_value(at);
        }
    }
    return NULL;
}

/* Any plain value as the text that CSV would hold. */
static bool snds_add_value(struct buf *b, const json_t *v)
{
    switch (v ? json_typeof(v) : JSON_NULL) {
    case JSON_STRING: buf_add(b, json_string_value(v), json_string_length(v)); break;
    case JSON_INTEGER: buf_fmt(b, "%" JSON_INTEGER_FORMAT, json_integer_value(v)); break;
    case JSON_REAL: buf_fmt(b, "%g", json_real_value(v)); break;
    case JSON_TRUE: buf_str(b, "true"); break;
    case JSON_FALSE: buf_str(b, "false"); break;
    case JSON_NULL: break;
    default: return false;
    }
    return buf_char(b, '\0');
}

static bool snds_json_take_row(json_t *row, const struct snds_taker *taker, struct buf *text,
                               size_t number, struct error *err)
{
    const struct snds_columns *columns = taker->columns;
    const char *fields[SNDS_DATA_COLUMNS];
    size_t offsets[SNDS_DATA_COLUMNS];
    buf_clear(text);
    if (!json_is_object(row))
        return error_set(err, ERR_INPUT, "entry %zu of the JSON is not an object", number);
    for (size_t i = 0; i < columns->count; i++) {
        offsets[i] = text->len;
        if (!snds_add_value(text, snds_value_of(row, columns->names[i])) ||
            text->len - offsets[i] > SNDS_FIELD_MAX)
            return error_set(err, ERR_INPUT, "entry %zu of the JSON is not plain text", number);
    }
    for (size_t i = 0; i < columns->count; i++)
        fields[i] = buf_text(text) + offsets[i];
    if (fields[0][0] == '\0')
        return error_set(err, ERR_INPUT, "entry %zu of the JSON has no address", number);
    const struct snds_record record = {number, fields, fields, columns->count};
    return taker->take(taker->ctx, &record, err);
}

static bool snds_is_nothing(const json_t *v)
{
    return json_is_null(v) || json_is_false(v) ||
           (json_is_string(v) && json_string_length(v) == 0) ||
           ((json_is_object(v) || json_is_array(v)) &&
            json_object_size(v) + json_array_size(v) == 0);
}

/* Looks for signs that rows are missing: a link to the next page (OData 4.01, 11.2.6.7), a token
 * for it, or a higher count. */
static bool snds_is_whole(json_t *root, size_t rows, struct error *err)
{
    static const char *const more[] = {
        "odatanextlink", "nextlink",          "next",      "nextpage",       "nextpagelink",
        "nextpagetoken", "continuationtoken", "skiptoken", "odataskiptoken", "hasmore",
        "hasnextpage",   "truncated",         "ispartial"};
    static const char *const counts[] = {"odatacount", "count", "total", "totalcount"};
    for (void *at = json_object_iter(root); at; at = json_object_iter_next(root, at)) {
        const char *key = json_object_iter_key(at);
        json_t *v = json_object_iter_value(at);
        for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
            if (snds_name_is(key, more[i]) && !snds_is_nothing(v))
                return error_set(err, ERR_INPUT,
                                 "the report continues on another page (%s), which is not read",
                                 more[i]);
        }
        bool links = snds_name_is(key, "links") || snds_name_is(key, "paging");
        if (links && json_is_object(v) && !snds_is_whole(v, rows, err))
            return false;
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            if (snds_name_is(key, counts[i]) && json_is_integer(v) &&
                json_integer_value(v) > (json_int_t)rows)
                return error_set(err, ERR_INPUT, "the report has %zu rows, but announces more",
                                 rows);
        }
    }
    return true;
}

bool snds_json_read(const struct snds_body *body, const struct snds_taker *taker, struct error *err)
{
    json_error_t problem;
    json_t *root = json_loadb(body->text, body->len, JSON_REJECT_DUPLICATES, &problem);
    if (!root)
        return error_set(err, ERR_INPUT, "line %d is not JSON", problem.line);
    const json_t *rows = root;
    if (json_is_object(root))
        rows = json_object_get(root, "value") ? json_object_get(root, "value")
                                              : json_object_get(root, "data");
    struct buf text;
    buf_init(&text, (size_t)SNDS_DATA_COLUMNS * (SNDS_FIELD_MAX + 1));
    bool ok = json_is_array(rows) || error_set(err, ERR_INPUT, "the JSON is not a list of rows");
    if (ok)
        ok = snds_is_whole(root, json_array_size(rows), err);
    for (size_t i = 0; ok && i < json_array_size(rows); i++)
        ok = snds_json_take_row(json_array_get(rows, i), taker, &text, i + 1, err);
    buf_fini(&text);
    json_decref(root);
    return ok;
}
