/* SPDX-License-Identifier: ISC */
#include "postmaster_request.h"

#include "repmon/json_out.h"

#include <string.h>

#define PAGE_SIZE 200 /* the most that Google gives */

/* `name`: as it is requested and returned. */
static const struct {
    const char *name, *word;
} reasons[POSTMASTER_REASONS] = {
    [REASON_LOW_IP] = {"rej_ip", "low_ip_reputation"},
    [REASON_RBL] = {"rej_rbl", "ip_in_rbls"},
    [REASON_PTR] = {"rej_ptr", "bad_or_missing_ptr_record"},
    [REASON_LOW_DOMAIN] = {"rej_dom", "low_domain_reputation"},
};

static const struct {
    const char *name, *standard, *filter;
} plain[METRIC_REASON_SHARE] = {
    [METRIC_SPAM] = {"spam", "SPAM_RATE", NULL},
    [METRIC_ERRORS] = {"err", "DELIVERY_ERROR_RATE", NULL},
    [METRIC_REFUSED] = {"err_n", "DELIVERY_ERROR_COUNT", "error_type = \"reject\""},
};

const char *postmaster_reason_word(enum postmaster_reason reason)
{
    return reasons[reason].word;
}

static bool postmaster_is_count(enum postmaster_metric metric)
{
    return metric >= METRIC_REASON_COUNT;
}

static size_t postmaster_reason_of(enum postmaster_metric metric)
{
    size_t from = postmaster_is_count(metric) ? METRIC_REASON_COUNT : METRIC_REASON_SHARE;
    return (size_t)metric - from;
}

void postmaster_metric_name(enum postmaster_metric metric, struct buf *out)
{
    if (metric < METRIC_REASON_SHARE)
        buf_str(out, plain[metric].name);
    else
        buf_fmt(out, "%s%s", reasons[postmaster_reason_of(metric)].name,
                postmaster_is_count(metric) ? "_n" : "");
}

enum postmaster_metric postmaster_metric_of(const char *name)
{
    size_t metric = 0;
    bool found = false;
    struct buf text;
    buf_init(&text, 64);
    while (!found && metric < POSTMASTER_METRICS) {
        buf_clear(&text);
        postmaster_metric_name((enum postmaster_metric)metric, &text);
        found = strcmp(buf_text(&text), name) == 0;
        metric += !found;
    }
    buf_fini(&text);
    return (enum postmaster_metric)metric;
}

static void postmaster_write_metric(struct json_out *w, enum postmaster_metric metric)
{
    struct buf name, filter;
    buf_init(&name, 64);
    buf_init(&filter, 256);
    const char *standard =
        postmaster_is_count(metric) ? "DELIVERY_ERROR_COUNT" : "DELIVERY_ERROR_RATE";
    postmaster_metric_name(metric, &name);
    if (metric < METRIC_REASON_SHARE)
        standard = plain[metric].standard;
    if (metric >= METRIC_REASON_SHARE)
        buf_fmt(&filter, "error_type = \"reject\" AND error_reason = \"%s\"",
                reasons[postmaster_reason_of(metric)].word);
    else if (plain[metric].filter)
        buf_str(&filter, plain[metric].filter);
    json_out_open(w, NULL, '{');
    json_out_text(w, "name", buf_text(&name));
    json_out_open(w, "baseMetric", '{');
    json_out_text(w, "standardMetric", standard);
    json_out_close(w, '}');
    if (filter.len)
        json_out_text(w, "filter", buf_text(&filter));
    json_out_close(w, '}');
    buf_fini(&name);
    buf_fini(&filter);
}

static void postmaster_write_day(struct json_out *w, const char *key, int32_t day)
{
    json_out_open(w, key, '{');
    json_out_number(w, "year", day / 10000);
    json_out_number(w, "month", day / 100 % 100);
    json_out_number(w, "day", day % 100);
    json_out_close(w, '}');
}

static void postmaster_write_range(struct json_out *w, int32_t from, int32_t to)
{
    json_out_open(w, "timeQuery", '{');
    json_out_open(w, "dateRanges", '{');
    json_out_open(w, "dateRanges", '[');
    json_out_open(w, NULL, '{');
    postmaster_write_day(w, "start", from);
    postmaster_write_day(w, "end", to);
    json_out_close(w, '}');
    json_out_close(w, ']');
    json_out_close(w, '}');
    json_out_close(w, '}');
}

void postmaster_query(const char *domain, int32_t from, int32_t to, const char *page,
                      struct buf *out)
{
    struct json_out w;
    struct buf parent;
    buf_init(&parent, 512);
    buf_fmt(&parent, "domains/%s", domain);
    json_out_init(&w, NULL);
    json_out_open(&w, NULL, '{');
    json_out_text(&w, "parent", buf_text(&parent)); /* in addition to the path, else a bare 400 */
    json_out_text(&w, "aggregationGranularity", "DAILY");
    json_out_number(&w, "pageSize", PAGE_SIZE);
    if (page)
        json_out_text(&w, "pageToken", page);
    postmaster_write_range(&w, from, to);
    json_out_open(&w, "metricDefinitions", '[');
    for (size_t i = 0; i < POSTMASTER_METRICS; i++)
        postmaster_write_metric(&w, (enum postmaster_metric)i);
    json_out_close(&w, ']');
    json_out_close(&w, '}');
    buf_clear(out);
    buf_add(out, w.line.data, w.line.len);
    json_out_drop(&w);
    buf_fini(&parent);
}
