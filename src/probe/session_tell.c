/* SPDX-License-Identifier: ISC */
#include "session_tell.h"

#include "repmon/buf.h"
#include "repmon/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A list's cells, counted by result. */
struct session_tally {
    size_t findings, clear, unknown;
    enum cause cause; /* of the last unknown one */
};

static struct session_tally session_count_cells(const struct session *a, size_t column)
{
    struct session_tally t = {0};
    for (size_t row = 0; row < a->inventory->count; row++) {
        if (!results_counts(a->results, row, column))
            continue;
        struct outcome o = results_effective(a->results, row, column);
        struct verdict v = {.level = LEVEL_UNKNOWN, .cause = o.cause};
        if (o.cause == CAUSE_NONE)
            session_explain(a, column, o.answers, &v);
        t.findings += v.cause == CAUSE_NONE && v.level > LEVEL_OK;
        t.clear += v.cause == CAUSE_NONE && v.level == LEVEL_OK;
        t.unknown += v.cause != CAUSE_NONE;
        if (v.cause != CAUSE_NONE)
            t.cause = v.cause;
    }
    return t;
}

/* For a list that was only tested: why it did not prove itself. */
static enum cause session_test_cause(const struct column *c)
{
    for (size_t v = 0; v < RESULTS_VIAS; v++) {
        enum cause cause = c->via[v].empty;
        if (cause != CAUSE_NEVER_ASKED && cause != CAUSE_NONE)
            return cause;
    }
    return CAUSE_NONE;
}

static void session_tell_list(const struct session *a, size_t column)
{
    const struct column *c = results_column_const(a->results, column);
    enum cause cause = a->tests_only ? session_test_cause(c) : c->cause;
    const char *health = c->due ? health_word(c->health) : "not due";
    if (a->tests_only)
        health = "tested";
    struct buf text;
    buf_init(&text, 512);
    buf_str(&text, health);
    if (strcmp(cause_word(cause), health) != 0 && cause != CAUSE_NONE)
        buf_fmt(&text, " (%s)", cause_word(cause));
    if (!a->tests_only && c->due) {
        struct session_tally t = session_count_cells(a, column);
        buf_fmt(&text, ": %zu found, %zu clear, %zu unknown", t.findings, t.clear, t.unknown);
        if (t.unknown && t.cause != c->cause)
            buf_fmt(&text, " (%s)", cause_word(t.cause));
    }
    log_info("%s: %s; %" PRIu64 " %s", c->list, buf_text(&text), c->asked,
             c->asked == 1 ? "query" : "queries");
    if (c->cures)
        log_info("%s: %s", c->list, c->note);
    buf_fini(&text);
}

void session_tell_start(const struct session *a)
{
    char resolver[IP_TEXT_MAX] = "no resolver", others[48] = "";
    size_t lists = session_list_count(a), other = a->column_count - lists;
    if (other)
        snprintf(others, sizeof others, " and %zu other source%s", other, other == 1 ? "" : "s");
    if (a->resolver_count)
        ip_format(&a->resolvers[0].ip, resolver);
    if (a->tests_only)
        log_info("testing %zu list%s through %s", lists, lists == 1 ? "" : "s", resolver);
    else
        log_info("querying %zu list%s%s about %zu target%s through %s", lists,
                 lists == 1 ? "" : "s", others, a->inventory->count,
                 a->inventory->count == 1 ? "" : "s", resolver);
}

void session_tell_end(const struct session *a, const struct probe_stats *stats)
{
    if (log_get() < LOG_VERBOSE)
        return;
    for (size_t j = 0; j < a->column_count; j++)
        session_tell_list(a, j);
    log_info("%" PRIu64 " DNS queries sent, %" PRIu64 " of them repeated%s", stats->sent,
             stats->again, stats->cut ? "; ended before all had answered" : "");
}
