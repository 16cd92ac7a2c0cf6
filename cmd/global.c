/* SPDX-License-Identifier: ISC */
#include "command.h"

enum { OPT_CONFIG, OPT_VERBOSE, OPT_QUIET, OPT_HELP, OPT_VERSION, OPT_COUNT };

const struct option_row global_options[OPT_COUNT] = {
    [OPT_CONFIG] = {'c', "config", "FILE", "the configuration (default: " CONF_DEFAULT_PATH ")"},
    [OPT_VERBOSE] = {'v', "verbose", NULL,
                     "print a line per list and step to stderr; twice: each query as well"},
    [OPT_QUIET] = {'q', "quiet", NULL, "print only errors and results, no warnings or progress"},
    [OPT_HELP] = {'h', "help", NULL, "print help and exit"},
    [OPT_VERSION] = {'V', "version", NULL, "print the version and exit"},
};
const size_t global_option_count = OPT_COUNT;

bool global_set(void *context, size_t row, const char *value, struct error *err)
{
    struct context *ctx = context;
    switch (row) {
    case OPT_CONFIG: ctx->config_path = value; break;
    case OPT_VERBOSE: ctx->verbose++; break;
    case OPT_QUIET: ctx->quiet = true; break;
    case OPT_HELP: ctx->help = true; break;
    default: ctx->version = true; break;
    }
    if (ctx->quiet && ctx->verbose)
        return error_set(err, ERR_USAGE, "-v and -q contradict each other");
    return true;
}
