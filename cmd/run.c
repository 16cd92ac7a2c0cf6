/* SPDX-License-Identifier: ISC */
#include "repmon/run.h"
#include "repmon/loop.h"

#include "command.h"
#include "config.h"
#include "output.h"
#include "repmon/log.h"
#include "repmon/progress.h"
#include "startup.h"

#include <stdio.h>
#include <unistd.h>

enum { OPT_ALL, OPT_DRY_RUN, OPT_ACCEPT, OPT_COUNT };

static const struct option_row options[OPT_COUNT] = {
    [OPT_ALL] = {'a', "all", NULL, "query everything now, regardless of the intervals"},
    [OPT_DRY_RUN] = {'n', "dry-run", NULL, "print what would be sent; save and send nothing"},
    [OPT_ACCEPT] = {0, "accept-inventory", NULL,
                    "accept that most addresses were removed from the configuration at once"},
};

struct run_data {
    bool given[OPT_COUNT];
};

static bool run_set(void *data, size_t row, const char *value, struct error *err)
{
    (void)value;
    (void)err;
    ((struct run_data *)data)->given[row] = true;
    return true;
}

static void run_show_progress(void *ctx, uint64_t done, uint64_t total, const char *text)
{
    (void)ctx;
    progress_update(done, total, text);
}

/* A person at the terminal sees that it ran; cron, which mails what is printed, gets nothing. */
static void run_tell_end(const struct context *ctx, const struct run_result *r)
{
    char unproven[64] = "", changes[32] = "no change";
    if (ctx->quiet || (!ctx->verbose && !isatty(STDERR_FILENO)))
        return;
    if (r->unproven)
        snprintf(unproven, sizeof unproven, " (%zu could not be queried or trusted)", r->unproven);
    if (r->changes)
        snprintf(changes, sizeof changes, "%zu change%s", r->changes, r->changes == 1 ? "" : "s");
    fprintf(stderr, "repmon: %zu target%s, %zu list%s%s: %s\n", r->targets,
            r->targets == 1 ? "" : "s", r->lists, r->lists == 1 ? "" : "s", unproven, changes);
}

static bool run_begin(struct context *ctx, const void *data, char **words, size_t count,
                      struct error *err)
{
    (void)words;
    ctx->no_trace = ((const struct run_data *)data)->given[OPT_DRY_RUN];
    return !count || error_set(err, ERR_USAGE,
                               "run takes no arguments: its targets are in the configuration");
}

static int run_command(struct context *ctx, void *data, char **words, size_t count,
                       struct error *err)
{
    struct run_data *d = data;
    struct errors errors = {0};
    struct run_result result;
    (void)words;
    (void)count;
    loop_catch_signals(NULL);
    if (!ctx->quiet)
        progress_start();
    struct run_options o = {.conf = &ctx->conf,
                            .all = d->given[OPT_ALL],
                            .dry_run = d->given[OPT_DRY_RUN],
                            .accept_inventory = d->given[OPT_ACCEPT],
                            .progress = ctx->quiet ? NULL : run_show_progress,
                            .print = output_write};
    bool ok = run_once(&o, &result, &errors);
    progress_stop();
    fputs(buf_text(&result.text), stdout);
    if (ok) {
        fflush(stdout);
        run_tell_end(ctx, &result);
    }
    int code = 0;
    /* Cron mails what is printed: blindness was told when it began, and has a digest of its own. */
    bool is_news = result.changes || ctx->verbose;
    if (!ok)
        config_tell_errors(&errors, err);
    else if (!result.proved && !is_news)
        code = error_exit_code(ERR_UNAVAILABLE);
    else if (!result.proved)
        error_set(err, ERR_UNAVAILABLE, "nothing could be queried: no list gave a usable answer");
    else if (result.untold && result.text.len > 0)
        error_set(err, ERR_UNAVAILABLE, "no channel accepted the digest; it is printed above");
    else if (result.untold)
        error_set(err, ERR_IO, "the digest could not be printed; it waits for the next run");
    if (err->class != ERR_NONE)
        code = error_exit_code(err->class);
    errors_fini(&errors);
    run_result_fini(&result);
    return code;
}

const struct command command_run = {
    .name = "run",
    .arguments = "",
    .summary = "the cron job: query what is due, save it, report what changed",
    .help = "Queries every source about every configured target that is due, compares the answers "
            "with what was last proven, saves them, and sends one digest of the changes to every "
            "channel that wants them. Prints nothing if nothing changed, except one line on a "
            "terminal. Without a channel, the digest goes to stdout, so that cron mails it.",
    .options = options,
    .option_count = OPT_COUNT,
    .data_size = sizeof(struct run_data),
    .set = run_set,
    .needs = NEED_CONFIG | NEED_LOCK,
    .begin = run_begin,
    .run = run_command,
};
