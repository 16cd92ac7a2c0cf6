/* SPDX-License-Identifier: ISC */
/* Pages of a query, and what errors say. */
#include "postmaster_read.h"

#include "repmon/day.h"
#include "repmon/text_fit.h"
#include "repmon/url.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_MAX 1e15

static const char *postmaster_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static int32_t postmaster_day(const json_t *row)
{
    const json_t *date = json_object_get(row, "date");
    json_int_t year = json_integer_value(json_object_get(date, "year"));
    json_int_t month = json_integer_value(json_object_get(date, "month"));
    json_int_t day = json_integer_value(json_object_get(date, "day"));
    if (year < 2000 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31)
        return 0;
    int32_t number = (int32_t)(year * 10000 + month * 100 + day);
    return day_valid(number) ? number : 0;
}

/* A number of any of Google's types; an int64 is a string in its JSON. NAN: there is none. */
static double postmaster_number(const json_t *value)
{
    static const char *const members[] = {"floatValue", "doubleValue", "intValue"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const json_t *v = json_object_get(value, members[i]);
        if (json_is_number(v))
            return json_number_value(v);
        const char *text = json_string_value(v);
        if (text && text[0] && strspn(text, "0123456789") == strlen(text) && strlen(text) < 16)
            return strtod(text, NULL);
    }
    return NAN;
}

static bool postmaster_take_row(const json_t *row, postmaster_row_fn *take, void *ctx,
                                struct error *err)
{
    if (!json_is_object(row))
        return error_set(err, ERR_INPUT, "a row of Google's reply is not an object");
    enum postmaster_metric metric = postmaster_metric_of(postmaster_text(row, "metric"));
    if (metric == POSTMASTER_METRICS)
        return true;
    double value = postmaster_number(json_object_get(row, "value"));
    if (isnan(value))
        return true;
    bool share = metric != METRIC_REFUSED && metric < METRIC_REASON_COUNT;
    if (value < 0 || value > (share ? 1.000001 : COUNT_MAX))
        return error_set(err, ERR_INPUT,
                         "a number in Google's reply is neither a share nor a count");
    int32_t day = postmaster_day(row);
    if (!day)
        return error_set(err, ERR_INPUT, "a row in Google's reply has no day");
    take(ctx, metric, day, value);
    return true;
}

static bool postmaster_take_page(const json_t *root, postmaster_row_fn *take, void *ctx,
                                 struct buf *next, struct error *err)
{
    const json_t *rows = json_object_get(root, "domainStats");
    if (!json_is_object(root) || (rows && !json_is_array(rows)) || json_object_get(root, "error"))
        return error_set(err, ERR_INPUT, "Google's reply is not a list of numbers");
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (!postmaster_take_row(json_array_get(rows, i), take, ctx, err))
            return false;
    buf_clear(next);
    buf_str(next, postmaster_text(root, "nextPageToken"));
    return !next->failed || error_set(err, ERR_INPUT, "Google's reply has too long a page token");
}

bool postmaster_read_page(const char *text, size_t len, postmaster_row_fn *row, void *ctx,
                          struct buf *next, struct error *err)
{
    json_error_t problem;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &problem);
    if (!root)
        return error_set(err, ERR_INPUT, "Google's reply is not JSON (line %d)", problem.line);
    bool ok = postmaster_take_page(root, row, ctx, next, err);
    json_decref(root);
    return ok;
}

/* ---- errors ---- */

static void postmaster_clean(const char *text, char *out, size_t size)
{
    struct buf clean;
    buf_init(&clean, 4 * size);
    buf_clean(&clean, text, strlen(text), size);
    text_fit(out, size, "%s", buf_text(&clean));
    buf_fini(&clean);
}

/* A link is passed on only to Google's own console. */
static bool postmaster_is_console(const char *link)
{
    struct url url;
    if (!url_parse(link, &url, NULL) || !url.secure)
        return false;
    return strcmp(url.host, "console.developers.google.com") == 0 ||
           strcmp(url.host, "console.cloud.google.com") == 0;
}

static void postmaster_read_details(const json_t *details, struct postmaster_fault *out)
{
    for (size_t i = 0; i < json_array_size(details) && !out->reason[0]; i++) {
        const json_t *one = json_array_get(details, i);
        const char *link = postmaster_text(json_object_get(one, "metadata"), "activationUrl");
        postmaster_clean(postmaster_text(one, "reason"), out->reason, sizeof out->reason);
        if (strlen(link) < sizeof out->page && postmaster_is_console(link))
            snprintf(out->page, sizeof out->page, "%s", link);
    }
}

void postmaster_read_fault(const char *text, size_t len, struct postmaster_fault *out)
{
    *out = (struct postmaster_fault){0};
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *error = json_object_get(root, "error");
    const char *message = postmaster_text(error, "message");
    postmaster_clean(postmaster_text(error, "status"), out->status, sizeof out->status);
    postmaster_clean(message, out->message, sizeof out->message);
    out->version_over = strstr(message, "no longer supported") != NULL;
    postmaster_read_details(json_object_get(error, "details"), out);
    json_decref(root);
}
