/* SPDX-License-Identifier: ISC */
#include "lists.h"

#include "args.h"
#include "command.h"
#include "output.h"
#include "repmon/dnsbl_setup.h"
#include "repmon/log.h"
#include "repmon/loop.h"
#include "repmon/progress.h"
#include "startup.h"

#include <string.h>

enum { OPT_TEST, OPT_ALL, OPT_FORMAT, OPT_COUNT };

static const struct option_row options[OPT_COUNT] = {
    [OPT_TEST] = {'t', "test", NULL, "run each list's self-test now, as a run does"},
    [OPT_ALL] = {'a', "all", NULL, "include disabled and dead lists, with date and reason"},
    [OPT_FORMAT] = {'f', "format", "FORMAT", "text or json (default: text)"},
};

struct lists_data {
    bool test, all, json;
};

static bool lists_set(void *data, size_t row, const char *value, struct error *err)
{
    struct lists_data *d = data;
    switch (row) {
    case OPT_TEST: d->test = true; return true;
    case OPT_ALL: d->all = true; return true;
    default: return args_json(value, &d->json, err);
    }
}

bool lists_is_on(const struct dnsbl_list *list)
{
    return list->state == LIST_ON;
}

const char *lists_why(const struct dnsbl_list *list)
{
    if (list->state == LIST_ON)
        return "";
    if (list->why_off)
        return list->why_off;
    if (list->catalogue && list->catalogue->needs_key)
        return "not chosen; it needs a key";
    return list->catalogue && list->catalogue->in_default ? "not chosen: [dnsbl] use"
                                                          : "not chosen; a section switches it on";
}

bool lists_is_shown(const struct lists_view *v, const struct dnsbl_list *list)
{
    bool meant = list->has_section || (list->catalogue && list->catalogue->in_default);
    return v->all || list->state == LIST_ON || (list->state == LIST_NO_KEY && list->has_section) ||
           (list->state == LIST_REPLACED && meant);
}

const char *lists_key_word(const struct dnsbl_list *list)
{
    for (size_t i = 0; i < CATALOGUE_FAMILIES; i++) {
        if (list->family[i].key_len)
            return "given";
    }
    bool needed = list->state == LIST_NO_KEY || (list->catalogue && list->catalogue->needs_key);
    return needed ? "missing" : "no";
}

const struct self_test_list *lists_test(const struct lists_view *v, const struct dnsbl_list *list)
{
    size_t i = (size_t)(list - v->lists->items);
    return v->tests && i < v->test_count ? &v->tests[i] : NULL;
}

bool lists_is_red(const struct self_test_list *test)
{
    return test->verdict == SELF_TEST_FAILED || test->verdict == SELF_TEST_HALF ||
           test->verdict == SELF_TEST_NO_KEY;
}

static void lists_show(const struct lists_view *v, const struct lists_data *d)
{
    if (d->json)
        lists_json(v);
    else
        lists_text(v);
}

static int lists_show_untested(const struct context *ctx, struct lists_view v,
                               const struct lists_data *d, struct error *err)
{
    struct catalogue catalogue;
    struct dnsbl_lists lists;
    if (!catalogue_load(ctx->conf.dnsbl_catalogue, &catalogue, err))
        return 0;
    if (dnsbl_lists_build(&catalogue, &ctx->conf, NULL, 0, &lists, err)) {
        v.catalogue = &catalogue;
        v.lists = &lists;
        lists_show(&v, d);
        dnsbl_lists_fini(&lists);
    }
    catalogue_fini(&catalogue);
    return 0;
}

static void lists_show_progress(void *ctx, uint64_t done, uint64_t total, const char *text)
{
    (void)ctx;
    progress_update(done, total, text);
}

static int lists_show_tested(const struct context *ctx, struct lists_view v,
                             const struct lists_data *d, struct error *err)
{
    struct self_test tests;
    struct self_test_options how = {.conf = &ctx->conf,
                                    .progress = ctx->quiet ? NULL : lists_show_progress};
    bool red = false;
    loop_catch_signals(NULL);
    if (!ctx->quiet)
        progress_start();
    bool tested = self_test_run(&how, &tests, err);
    progress_stop();
    if (tested) {
        const struct dnsbl_setup *setup = self_test_setup(&tests);
        v.catalogue = &setup->catalogue;
        v.lists = &setup->lists;
        v.tests = tests.items;
        v.test_count = tests.count;
        v.own_resolver = session_resolver_is_here(&tests.session);
        lists_show(&v, d);
        if (loop_interrupted())
            log_warn("interrupted by a signal: what had not answered by then counts as failed");
        for (size_t i = 0; i < tests.count; i++)
            red |= lists_is_red(&tests.items[i]);
    }
    self_test_fini(&tests);
    return red ? 1 : 0;
}

static bool lists_begin(struct context *ctx, const void *data, char **words, size_t count,
                        struct error *err)
{
    (void)ctx;
    (void)data;
    (void)words;
    return !count || error_set(err, ERR_USAGE, "lists takes options, but no arguments");
}

static int lists_run(struct context *ctx, void *data, char **words, size_t count, struct error *err)
{
    const struct lists_data *d = data;
    struct render_options how = {0};
    (void)words;
    (void)count;
    output_terminal(&how);
    struct lists_view v = {.instance = ctx->conf.instance,
                           .all = d->all,
                           .color = how.color,
                           .width = output_table_width()};
    return d->test ? lists_show_tested(ctx, v, d, err) : lists_show_untested(ctx, v, d, err);
}

const struct command command_lists = {
    .name = "lists",
    .arguments = "",
    .summary = "show the DNS lists, and test whether they work",
    .help = "Shows the DNS lists as configured: zone, severity, kind, address families, key and "
            "limits of every list that a run queries, and why others that should be queried are "
            "not. Sends no queries without --test, which runs each list's self-test now, through "
            "the configured resolver; no address of yours is queried.\n\n"
            "Exit codes: 0; with --test, 1 if a list fails its test or a part of it, or lacks its "
            "key.",
    .options = options,
    .option_count = OPT_COUNT,
    .data_size = sizeof(struct lists_data),
    .set = lists_set,
    .needs = NEED_CONFIG_OR_NONE,
    .begin = lists_begin,
    .run = lists_run,
};
