/* SPDX-License-Identifier: ISC */
/*
 * The state keeps all of them in one table, whose columns have the names of SNDS. What they hold
 * for other lists is in reports_tell.c: of DMARC recipients are the messages that passed, data
 * those that failed, traps those thrown out although they passed; of complaints data are they.
 */
#include "history_numbers.h"

#include "output.h"
#include "repmon/buf.h"
#include "repmon/clock.h"
#include "table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNTS 4

/* How the numbers of a kind of list look. */
struct numbers_view {
    const char *title;
    size_t columns, colored;
    unsigned right;
    const char *heads[TABLE_COLUMNS];
    void (*print)(struct table *t, const struct stored_numbers *n, const char *day, const char *ip);
    void (*json)(struct json_out *w, const struct stored_numbers *n);
};

static void numbers_text(char *out, size_t size, int64_t n)
{
    if (n < 0)
        snprintf(out, size, "-");
    else
        snprintf(out, size, "%" PRId64, n);
}

static void numbers_json(struct json_out *w, const char *const keys[], const int64_t values[],
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (values[i] < 0)
            json_out_none(w, keys[i]);
        else
            json_out_number(w, keys[i], values[i]);
    }
}

/* ---- SNDS ---- */

static enum level numbers_snds_level(const struct stored_numbers *n)
{
    if (strcmp(n->colour, "red") == 0)
        return LEVEL_CRITICAL;
    if (strcmp(n->colour, "yellow") == 0)
        return LEVEL_WARNING;
    return n->colour[0] ? LEVEL_OK : LEVEL_UNKNOWN;
}

static void numbers_snds_print(struct table *t, const struct stored_numbers *n, const char *day,
                               const char *ip)
{
    char counts[COUNTS][24];
    const int64_t values[COUNTS] = {n->recipients, n->data, n->messages, n->traps};
    for (size_t i = 0; i < COUNTS; i++)
        numbers_text(counts[i], sizeof counts[i], values[i]);
    const char *cells[] = {day,
                           ip,
                           n->colour[0] ? n->colour : "-",
                           counts[0],
                           counts[1],
                           counts[2],
                           counts[3],
                           n->complaint_text};
    table_row(t, numbers_snds_level(n), cells);
}

static void numbers_snds_json(struct json_out *w, const struct stored_numbers *n)
{
    static const char *const keys[COUNTS] = {"recipients", "data", "messages", "traps"};
    const int64_t values[COUNTS] = {n->recipients, n->data, n->messages, n->traps};
    numbers_json(w, keys, values, COUNTS);
    json_out_text(w, "complaint", n->complaint_text);
    json_out_text(w, "colour", n->colour);
}

/* ---- DMARC ---- */

static int64_t numbers_relayed(const struct stored_numbers *n)
{
    return n->messages - n->recipients - n->data;
}

static void numbers_dmarc_print(struct table *t, const struct stored_numbers *n, const char *day,
                                const char *ip)
{
    char counts[COUNTS][24];
    const int64_t values[COUNTS] = {n->recipients, n->data, n->traps, numbers_relayed(n)};
    for (size_t i = 0; i < COUNTS; i++)
        numbers_text(counts[i], sizeof counts[i], values[i]);
    const char *cells[] = {day, ip, counts[0], counts[1], counts[2], counts[3], n->raw};
    table_row(t, n->data > 0 || n->traps > 0 ? LEVEL_WARNING : LEVEL_OK, cells);
}

static void numbers_dmarc_json(struct json_out *w, const struct stored_numbers *n)
{
    static const char *const keys[COUNTS] = {"passed", "failed", "quarantined", "relayed"};
    const int64_t values[COUNTS] = {n->recipients, n->data, n->traps, numbers_relayed(n)};
    numbers_json(w, keys, values, COUNTS);
    json_out_text(w, "reporters", n->raw);
}

/* ---- complaints ---- */

static void numbers_complaints_print(struct table *t, const struct stored_numbers *n,
                                     const char *day, const char *ip)
{
    char count[24];
    numbers_text(count, sizeof count, n->data);
    const char *cells[] = {day, ip, count, n->raw};
    table_row(t, LEVEL_WARNING, cells);
}

static void numbers_complaints_json(struct json_out *w, const struct stored_numbers *n)
{
    json_out_number(w, "complaints", n->data);
    json_out_text(w, "receivers", n->raw);
}

/* ---- Postmaster ---- */

static void numbers_spam_print(struct table *t, const struct stored_numbers *n, const char *day,
                               const char *ip)
{
    const char *cells[] = {day, ip, n->complaint_text};
    table_row(t, LEVEL_OK, cells);
}

static void numbers_delivery_print(struct table *t, const struct stored_numbers *n, const char *day,
                                   const char *ip)
{
    char refused[24];
    numbers_text(refused, sizeof refused, n->messages);
    const char *cells[] = {day, ip, n->complaint_text[0] ? n->complaint_text : "-", refused,
                           n->raw};
    table_row(t, LEVEL_OK, cells);
}

static void numbers_json_share(struct json_out *w, const struct stored_numbers *n)
{
    if (n->complaint < 0)
        json_out_none(w, "share");
    else
        json_out_real(w, "share", n->complaint);
}

static void numbers_delivery_json(struct json_out *w, const struct stored_numbers *n)
{
    static const char *const keys[] = {"refused"};
    numbers_json_share(w, n);
    numbers_json(w, keys, &n->messages, 1);
    json_out_given(w, "reasons", n->raw);
}

/* ---- all ---- */

static const struct numbers_view numbers_snds = {
    .title = "SNDS numbers, by the day of their report",
    .columns = 8,
    .colored = 2,
    .right = 0x78,
    .heads = {"day", "address", "filter", "recipients", "data", "messages", "traps", "complaints"},
    .print = numbers_snds_print,
    .json = numbers_snds_json};
static const struct numbers_view numbers_dmarc = {
    .title = "Messages in DMARC reports, by day (UTC)",
    .columns = 7,
    .colored = 3,
    .right = 0x3c,
    .heads = {"day", "address", "passed", "failed", "quarantined", "relayed", "reporters"},
    .print = numbers_dmarc_print,
    .json = numbers_dmarc_json};
static const struct numbers_view numbers_complaints = {
    .title = "Complaints, by the day they came (UTC)",
    .columns = 4,
    .colored = 2,
    .right = 0x4,
    .heads = {"day", "address", "complaints", "receivers"},
    .print = numbers_complaints_print,
    .json = numbers_complaints_json};

static const struct numbers_view numbers_spam = {
    .title = "Mail that Gmail users reported as spam, by day",
    .columns = 3,
    .colored = 2,
    .right = 0x4,
    .heads = {"day", "domain", "spam rate"},
    .print = numbers_spam_print,
    .json = numbers_json_share};
static const struct numbers_view numbers_delivery = {
    .title = "Mail that Google refused or deferred, by day",
    .columns = 5,
    .colored = 2,
    .right = 0xc,
    .heads = {"day", "domain", "errors", "refused", "reasons"},
    .print = numbers_delivery_print,
    .json = numbers_delivery_json};

/* Lists by their whole name, and those of accounts by what follows the account's. */
static const struct {
    const char *name;
    const struct numbers_view *view;
} numbers_lists[] = {
    {"dmarc", &numbers_dmarc}, {"complaints", &numbers_complaints}, {"/data", &numbers_snds},
    {"/spam", &numbers_spam},  {"/delivery", &numbers_delivery},
};

static const struct numbers_view *numbers_view_of(const char *list)
{
    const char *slash = list ? strrchr(list, '/') : NULL;
    for (size_t i = 0; list && i < sizeof numbers_lists / sizeof *numbers_lists; i++)
        if (strcmp(numbers_lists[i].name, slash ? slash : list) == 0)
            return numbers_lists[i].view;
    return NULL;
}

bool history_has_numbers(const char *list)
{
    return numbers_view_of(list) != NULL;
}

static void numbers_print(const struct numbers_view *view, struct table *t,
                          const struct stored_numbers *n)
{
    char day[16], ip[IP_TEXT_MAX];
    snprintf(day, sizeof day, "%04d-%02d-%02d", (int)(n->day / 10000), (int)(n->day / 100 % 100),
             (int)(n->day % 100));
    ip_format(&n->ip, ip);
    view->print(t, n, day, ip);
}

static void numbers_write(const struct numbers_view *view, struct json_out *w,
                          const struct stored_numbers *n)
{
    json_out_newline(w);
    json_out_open(w, NULL, '{');
    json_out_day(w, "day", (int32_t)n->day);
    json_out_target(w, &n->ip, (uint8_t)ip_bits(&n->ip));
    view->json(w, n);
    json_out_close(w, '}');
}

static bool numbers_show_rows(struct pager *it, const struct numbers_view *view, struct table *t,
                              struct json_out *w, struct error *err)
{
    struct stored_numbers n;
    bool first = true;
    while (numbers_next(it, &n, err)) {
        if (!w && first)
            printf("\n%s\n", view->title);
        first = false;
        if (w)
            numbers_write(view, w, &n);
        else
            numbers_print(view, t, &n);
    }
    return err->class == ERR_NONE;
}

bool history_show_numbers(struct store *store, const struct history_query *query,
                          struct json_out *w, struct error *err)
{
    const struct numbers_view *view = numbers_view_of(query->list);
    struct render_options how = {0};
    struct pager *it = store_samples(store, query, err);
    if (!it)
        return false;
    output_terminal(&how);
    struct table *t = mem_alloc(sizeof *t);
    *t = (struct table){.out = stdout,
                        .color = how.color,
                        .width = output_table_width(),
                        .columns = view->columns,
                        .colored = view->colored,
                        .right = view->right,
                        .heads = view->heads};
    if (w) {
        json_out_newline(w);
        json_out_open(w, "numbers", '[');
    }
    bool ok = numbers_show_rows(it, view, t, w, err);
    if (w)
        json_out_close(w, ']');
    table_end(t);
    pager_free(it);
    free(t);
    return ok;
}
