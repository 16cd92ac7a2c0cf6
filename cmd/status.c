/* SPDX-License-Identifier: ISC */
#include "command.h"
#include "output.h"
#include "repmon/clock.h"
#include "status_show.h"
#include "targets_arg.h"

#include <stdio.h>

enum { OPT_MAX_AGE, OPT_FORMAT, OPT_COUNT };

static const struct option_row options[OPT_COUNT] = {
    [OPT_MAX_AGE] = {'m', "max-age", "DURATION",
                     "when the last completed run is older, everything is unknown (default: "
                     "max_age of the configuration)"},
    [OPT_FORMAT] = {'f', "format", "FORMAT", "text, json, nagios or prometheus (default: text)"},
};

struct status {
    int64_t max_age_ms;
    const struct renderer *format;
};

static bool status_set(void *data, size_t row, const char *value, struct error *err)
{
    struct status *status = data;
    if (row == OPT_FORMAT) {
        status->format = output_format(value, err);
        return status->format != NULL;
    }
    if (!duration_parse(value, &status->max_age_ms) || status->max_age_ms <= 0)
        return error_set(err, ERR_USAGE, "--max-age takes a duration, such as 90m, 26h or 2d");
    return true;
}

bool status_and_render(const struct status_options *what, const struct renderer *format,
                       const struct render_options *how, int *exit_code, struct error *err)
{
    struct report *report = NULL;
    enum level level = LEVEL_UNKNOWN;
    *exit_code = 3;
    if (!status_report(what, &report, err))
        return false;
    bool ok = render(format, report, how, stdout, &level, err);
    status_report_free(report);
    if (ok)
        *exit_code = report_exit_code(level);
    return ok;
}

static int status_run(struct context *ctx, void *data, char **words, size_t count,
                      struct error *err)
{
    struct status *status = data;
    struct targets_arg targets = {.labels = true};
    int exit_code = 3;
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++)
        ok = targets_arg_add(&targets, words[i], err);
    if (ok) {
        struct status_options what = {.conf = &ctx->conf,
                                      .targets = targets.blocks,
                                      .target_count = targets.block_count,
                                      .labels = (const char *const *)targets.hosts,
                                      .label_count = targets.host_count,
                                      .max_age_ms = status->max_age_ms ? status->max_age_ms
                                                                       : ctx->conf.max_age_ms,
                                      .all = ctx->verbose > 0};
        struct render_options how = {.verbose = ctx->verbose};
        output_terminal(&how);
        status_and_render(&what, status->format ? status->format : &render_text, &how, &exit_code,
                          err);
    }
    targets_arg_fini(&targets);
    return exit_code;
}

const struct command command_status = {
    .name = "status",
    .arguments = "[TARGET...]",
    .summary = "show what was last proven, and how old it is",
    .help = "Shows what runs have proven about every watched address, or about each TARGET: an "
            "address, a block, or a label. Sends no queries. What is fine is left out; -v shows it "
            "as well. When the last completed run is older than --max-age, "
            "everything is unknown.\n\n"
            "Exit codes: 0 if nothing worse than information is known, 1 warning, 2 critical, 3 "
            "unknown, or a mistake on the command line or in the configuration. Acknowledged "
            "findings are shown, but do not count.",
    .options = options,
    .option_count = OPT_COUNT,
    .data_size = sizeof(struct status),
    .set = status_set,
    .needs = NEED_CONFIG_OR_NONE,
    .error_code = 3,
    .run = status_run,
};
