/* SPDX-License-Identifier: ISC */
#include "check.h"

#include "command.h"
#include "output.h"
#include "registry.h"
#include "repmon/buf.h"
#include "repmon/check_run.h"
#include "repmon/host_name.h"
#include "repmon/loop.h"
#include "repmon/progress.h"
#include "startup.h"
#include "targets_arg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HARD_ALARM_S 30 /* after the deadline */

enum { OPT_ONLY, OPT_LIST, OPT_DOMAIN, OPT_FORMAT, OPT_COUNT };

static const struct option_row options[OPT_COUNT] = {
    [OPT_ONLY] = {'o', "only", "SOURCE[,SOURCE]",
                  "dnsbl, snds, talos, ptr, log, domain, postmaster"},
    [OPT_LIST] = {'l', "list", "ZONE", "query only this DNS list; may be given several times"},
    [OPT_DOMAIN] = {'d', "domain", NULL,
                    "treat names as sending domains, even if they have an address"},
    [OPT_FORMAT] = {'f', "format", "FORMAT", "text, json, nagios or prometheus (default: text)"},
};

struct check_command {
    const char *sources[SOURCES_MAX]; /* words */
    size_t source_count;
    char *lists[LIMIT_LISTS]; /* owned */
    size_t list_count;
    bool domains;
    const struct renderer *format;
};

static bool check_refuse_source(struct error *err)
{
    struct buf words;
    buf_init(&words, 512);
    source_words(&registry_sources, &words);
    error_set(err, ERR_USAGE, "--only takes %s, separated by commas", buf_text(&words));
    buf_fini(&words);
    return false;
}

static void check_add_source(struct check_command *check, const char *word)
{
    for (size_t i = 0; i < check->source_count; i++)
        if (source_equal(check->sources[i], word))
            return;
    check->sources[check->source_count++] = word;
}

/* "dnsbl,ptr" */
static bool check_parse_sources(struct check_command *check, const char *text, struct error *err)
{
    for (const char *p = text;; p++) {
        char word[16];
        size_t len = strcspn(p, ",");
        if (len >= sizeof word)
            len = sizeof word - 1;
        memcpy(word, p, len);
        word[len] = '\0';
        const struct source *source = source_find(&registry_sources, word);
        if (!source)
            return check_refuse_source(err);
        check_add_source(check, source->word);
        p += strcspn(p, ",");
        if (*p == '\0')
            return true;
    }
}

static bool check_leaves_lists_out(const struct check_command *check)
{
    for (size_t i = 0; i < check->source_count; i++)
        if (source_find(&registry_sources, check->sources[i])->dns_list)
            return false;
    return check->source_count > 0;
}

/* If only sources of domains are asked, every name is a domain. */
static bool check_only_domains(const struct check_command *check)
{
    for (size_t i = 0; i < check->source_count; i++)
        if (!source_find(&registry_sources, check->sources[i])->of_domains)
            return false;
    return check->source_count > 0;
}

static bool check_add_list(struct check_command *check, const char *value, struct error *err)
{
    char zone[LIMIT_DNS_NAME + 1];
    if (strchr(value, ','))
        return error_set(err, ERR_USAGE, "--list takes one zone: repeat it for more");
    if (!host_name_parse(value, zone))
        return error_set(err, ERR_USAGE,
                         "--list takes the zone of a DNS list, such as "
                         "zen.spamhaus.org");
    if (check->list_count >= LIMIT_LISTS)
        return error_set(err, ERR_USAGE, "at most %d lists", LIMIT_LISTS);
    check->lists[check->list_count++] = mem_dup(zone);
    return true;
}

static bool check_set(void *data, size_t row, const char *value, struct error *err)
{
    struct check_command *check = data;
    switch (row) {
    case OPT_ONLY: return check_parse_sources(check, value, err);
    case OPT_LIST: return check_add_list(check, value, err);
    case OPT_DOMAIN: check->domains = true; return true;
    default: check->format = output_format(value, err); return check->format != NULL;
    }
}

static void check_show_progress(void *ctx, uint64_t done, uint64_t total, const char *text)
{
    (void)ctx;
    progress_update(done, total, text);
}

bool check_and_render(const struct check_options *ask, const struct renderer *format,
                      const struct render_options *how, int *exit_code, struct error *err)
{
    struct report *report = NULL;
    enum level level = LEVEL_UNKNOWN;
    *exit_code = 3;
    bool own_alarm = ask->deadline_ms == 0; /* the plugin has one over everything */
    if (own_alarm)
        startup_alarm((unsigned)(ask->conf->deadline_ms / 1000) + HARD_ALARM_S, STDERR_FILENO,
                      "repmon: stuck: no result long after the deadline\n");
    bool asked = check_run(ask, &report, err);
    if (own_alarm)
        alarm(0); /* what is printed may wait for a person with a pager */
    if (!asked)
        return false;
    progress_stop();
    bool ok = render(format, report, how, stdout, &level, err);
    check_report_free(report);
    if (ok)
        *exit_code = report_exit_code(level);
    return ok;
}

static int check_command(struct context *ctx, void *data, char **words, size_t count,
                         struct error *err)
{
    struct check_command *check = data;
    struct targets_arg targets = {0};
    int exit_code = 3;
    bool ok = true;
    if (count == 0)
        ok = error_set(err, ERR_USAGE, "check what? Name an address, a block, a host or a domain");
    for (size_t i = 0; i < count && ok; i++)
        ok = targets_arg_add(&targets, words[i], err);
    check->domains |= check_only_domains(check);
    if (ok && check->list_count && check_leaves_lists_out(check))
        ok = error_set(err, ERR_USAGE, "--list names DNS lists, and --only leaves dnsbl out");
    if (ok) {
        loop_catch_signals(NULL);
        if (!ctx->quiet)
            progress_start();
        struct check_options ask = {.conf = &ctx->conf,
                                    .blocks = targets.blocks,
                                    .block_count = targets.block_count,
                                    .hosts = (const char *const *)targets.hosts,
                                    .host_count = check->domains ? 0 : targets.host_count,
                                    .domains = (const char *const *)targets.hosts,
                                    .domain_count = check->domains ? targets.host_count : 0,
                                    .sources = check->sources,
                                    .source_count = check->source_count,
                                    .lists = (const char *const *)check->lists,
                                    .list_count = check->list_count,
                                    .progress = ctx->quiet ? NULL : check_show_progress};
        struct render_options how = {.verbose = ctx->verbose};
        output_terminal(&how);
        check_and_render(&ask, check->format ? check->format : &render_text, &how, &exit_code, err);
        progress_stop();
    }
    targets_arg_fini(&targets);
    for (size_t i = 0; i < check->list_count; i++)
        free(check->lists[i]);
    return exit_code;
}

const struct command command_check = {
    .name = "check",
    .arguments = "TARGET...",
    .summary = "query all lists and sources about an address now",
    .help =
        "Queries every configured source about each TARGET and prints the answers: an address, "
        "a block such as 203.0.113.0/24, a host name (all its addresses) or a sending domain "
        "(its SPF, DKIM and DMARC records). A name with an address is treated as a host. Treated "
        "as "
        "a sending domain: a name without an address but with an MX or TXT record, a name in a "
        "[domain] section or in domain = of [targets], and with --domain every name. Nothing is "
        "saved. Works without a configuration file: the default lists are then queried through "
        "the system's resolver.\n\n"
        "Exit codes: 0 if nothing worse than information was found, 1 warning, 2 critical, 3 "
        "unknown, or a mistake on the command line or in the configuration.",
    .options = options,
    .option_count = OPT_COUNT,
    .data_size = sizeof(struct check_command),
    .set = check_set,
    .needs = NEED_CONFIG_OR_NONE,
    .error_code = 3,
    .run = check_command,
};
