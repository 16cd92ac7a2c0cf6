/* SPDX-License-Identifier: ISC */
#include "command.h"
#include "repmon/status_report.h"

#include <stdio.h>

enum { OPT_OUTPUT, OPT_COUNT };

static const struct option_row options[OPT_COUNT] = {
    [OPT_OUTPUT] = {'o', "output", "FILE",
                    "write to this file, replacing it as a whole (default: stdout)"},
};

struct page_data {
    const char *path; /* borrowed from argv; NULL: standard output */
};

static bool page_set(void *data, size_t row, const char *value, struct error *err)
{
    struct page_data *page = data;
    (void)row;
    if (!value[0])
        return error_set(err, ERR_USAGE, "--output takes the name of a file");
    page->path = value;
    return true;
}

static bool page_begin(struct context *ctx, const void *data, char **words, size_t count,
                       struct error *err)
{
    ctx->writes = ((const struct page_data *)data)->path;
    (void)words;
    return !count || error_set(err, ERR_USAGE, "page takes no arguments; it shows everything");
}

static int page_run(struct context *ctx, void *data, char **words, size_t count, struct error *err)
{
    const struct page_data *page = data;
    (void)words;
    (void)count;
    if (page->path)
        status_page_to(&ctx->conf, ctx->store, page->path, err);
    else
        status_page_print(&ctx->conf, ctx->store, stdout, err);
    return 0;
}

const struct command command_page = {
    .name = "page",
    .arguments = "",
    .summary = "write state and history as an HTML page",
    .help =
        "Writes one self-contained HTML page of what runs have proven, what they could not prove, "
        "and what happened in the last 90 days. Sends no queries; the page fetches nothing and "
        "runs no script. With [html] file in the configuration, every run writes it.",
    .options = options,
    .option_count = OPT_COUNT,
    .data_size = sizeof(struct page_data),
    .set = page_set,
    .needs = NEED_CONFIG_OR_NONE | NEED_STATE,
    .begin = page_begin,
    .run = page_run,
};
