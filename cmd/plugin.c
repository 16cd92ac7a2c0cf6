/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "command.h"
#include "config.h"
#include "repmon/log.h"
#include "repmon/loop.h"
#include "startup.h"
#include "status_show.h"
#include "targets_arg.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_TIMEOUT 10 /* seconds; the custom of plugins */
#define MAX_TIMEOUT     3600

enum {
    OPT_HOST,
    OPT_WARNING,
    OPT_CRITICAL,
    OPT_TIMEOUT,
    OPT_VERBOSE,
    OPT_CONFIG,
    OPT_STATE,
    OPT_VERSION,
    OPT_HELP,
    OPT_COUNT
};

const struct option_row plugin_options[OPT_COUNT] = {
    [OPT_HOST] = {'H', "hostname", "ADDRESS",
                  "address, block, host name or sending domain to check"},
    [OPT_WARNING] = {'w', "warning", "RANGE", "warn when the number of listings is outside RANGE"},
    [OPT_CRITICAL] = {'c', "critical", "RANGE",
                      "critical when the number of listings is outside RANGE"},
    [OPT_TIMEOUT] =
        {'t', "timeout", "SECONDS",
         "finish within this time; what has not answered by then is unknown (default: 10)"},
    [OPT_VERBOSE] = {'v', "verbose", NULL,
                     "print more lines after the first; may be given up to three times"},
    [OPT_CONFIG] = {0, "config", "FILE", "the configuration (default: " CONF_DEFAULT_PATH ")"},
    [OPT_STATE] = {0, "state", NULL, "send no queries: read what the last `repmon run` saved"},
    [OPT_VERSION] = {'V', "version", NULL, "print the version"},
    [OPT_HELP] = {'h', "help", NULL, "print this help"},
};
const size_t plugin_option_count = OPT_COUNT;

struct plugin {
    struct targets_arg targets;
    struct render_options how;
    long timeout;
    const char *config; /* borrowed from argv */
    bool state, help, version;
};

static bool plugin_parse_timeout(const char *text, long *out, struct error *err)
{
    size_t digits = strspn(text, "0123456789");
    *out = digits && digits < 6 && !text[digits] ? strtol(text, NULL, 10) : 0;
    if (*out < 1 || *out > MAX_TIMEOUT)
        return error_set(err, ERR_USAGE, "--timeout takes seconds from 1 to %d", MAX_TIMEOUT);
    return true;
}

static bool plugin_set(void *data, size_t row, const char *value, struct error *err)
{
    struct plugin *plugin = data;
    switch (row) {
    case OPT_HOST: return targets_arg_add(&plugin->targets, value, err);
    case OPT_WARNING:
        plugin->how.has_warning = true;
        return threshold_parse(value, &plugin->how.warning, err);
    case OPT_CRITICAL:
        plugin->how.has_critical = true;
        /* In repmon -c is the configuration; no range looks like a file. */
        if (strchr(value, '/') || strstr(value, ".conf"))
            return error_set(
                err, ERR_USAGE,
                "-c is the critical threshold here; the configuration is --config FILE");
        return threshold_parse(value, &plugin->how.critical, err);
    case OPT_TIMEOUT: return plugin_parse_timeout(value, &plugin->timeout, err);
    case OPT_VERBOSE: plugin->how.verbose += plugin->how.verbose < 3; return true;
    case OPT_CONFIG: plugin->config = value; return true;
    case OPT_STATE: plugin->state = true; return true;
    case OPT_VERSION: plugin->version = true; return true;
    default: plugin->help = true; return true;
    }
}

static void plugin_print_help(const struct option_group *group)
{
    fputs("Usage: check_repmon -H ADDRESS [-w RANGE] [-c RANGE] [-t SECONDS] [-v] [--state]\n\n"
          "Queries DNS block lists and other reputation sources about an address, as a\n"
          "plugin for Nagios, Icinga and the like. The result is the worse of two\n"
          "levels: that of the findings, and the one that -w and -c give to the number of\n"
          "listings. RANGE is [@]START:END.\n\nOptions:\n",
          stdout);
    options_help(stdout, group);
}

static void plugin_read_state(const struct plugin *plugin, const struct conf *conf, int *exit_code,
                              struct error *err)
{
    struct status_options what = {.conf = conf,
                                  .targets = plugin->targets.blocks,
                                  .target_count = plugin->targets.block_count,
                                  .labels = (const char *const *)plugin->targets.hosts,
                                  .label_count = plugin->targets.host_count,
                                  .max_age_ms = conf->max_age_ms,
                                  .all = true};
    status_and_render(&what, &render_nagios, &plugin->how, exit_code, err);
}

static int plugin_ask(struct plugin *plugin, struct context *ctx, struct error *err)
{
    int exit_code = 3;
    const struct conf *conf = &ctx->conf;
    /* The monitoring user may read the state but no key; that is as it should be. */
    if (plugin->state)
        log_set(LOG_QUIET);
    /* The soft deadline leaves a second to print; the alarm is for what hangs nevertheless. */
    int64_t ms = plugin->timeout > 1 ? (plugin->timeout - 1) * 1000 : 500;
    startup_alarm((unsigned)plugin->timeout, STDOUT_FILENO, "REPMON UNKNOWN - no result in time\n");
    ctx->has_conf = config_load(plugin->config, true, &ctx->conf, err);
    if (!ctx->has_conf || !become_user(ctx, err))
        return exit_code;
    confine(ctx);
    if (plugin->state) {
        plugin_read_state(plugin, conf, &exit_code, err);
        return exit_code;
    }
    loop_catch_signals(NULL);
    struct check_options options = {.conf = conf,
                                    .blocks = plugin->targets.blocks,
                                    .block_count = plugin->targets.block_count,
                                    .hosts = (const char *const *)plugin->targets.hosts,
                                    .host_count = plugin->targets.host_count,
                                    .deadline_ms = ms};
    check_and_render(&options, &render_nagios, &plugin->how, &exit_code, err);
    return exit_code;
}

/* A word after the options: most likely the address, which other plugins take like that. */
static bool plugin_stray_word(const char *word, struct error *err)
{
    struct targets_arg targets = {0};
    bool is_target = targets_arg_add(&targets, word, err);
    if (is_target)
        error_set(err, ERR_USAGE, "the address needs -H: check_repmon -H %s", word);
    targets_arg_fini(&targets);
    return false;
}

/* Monitoring reads stdout only: what went wrong is told there, in the form of a result. */
static void plugin_print_error(const struct error *err)
{
    char text[2048];
    error_format(err, text, sizeof text);
    for (char *p = text; *p; p++) {
        if (*p == '|' || *p == '\n')
            *p = ' ';
    }
    bool hint = err->class == ERR_USAGE && !strstr(text, "--help");
    printf("REPMON UNKNOWN - %s%s\n", text, hint ? "; see --help" : "");
}

int plugin_main(int argc, char **argv)
{
    struct plugin plugin = {.timeout = DEFAULT_TIMEOUT};
    struct context ctx = {0};
    struct error err = {0};
    const struct option_group group = {plugin_options, OPT_COUNT, plugin_set, &plugin};
    int exit_code = 3;
    int first = options_parse(&group, 1, argc, argv, false, &err);
    if (first >= 0 && plugin.help)
        plugin_print_help(&group);
    else if (first >= 0 && plugin.version)
        puts("check_repmon " REPMON_VERSION);
    else if (first >= 0 && first < argc)
        plugin_stray_word(argv[first], &err);
    else if (first >= 0 && !plugin.state && !plugin.targets.block_count &&
             !plugin.targets.host_count)
        error_set(&err, ERR_USAGE, "-H ADDRESS is missing; see --help");
    else if (first >= 0)
        exit_code = plugin_ask(&plugin, &ctx, &err);
    if (err.class != ERR_NONE)
        plugin_print_error(&err);
    context_close(&ctx);
    targets_arg_fini(&plugin.targets);
    struct error lost = {0};
    if (!finish_output(&lost)) {
        if (lost.text[0])
            log_error("%s", lost.text);
        exit_code = 3;
    }
    return exit_code;
}
