/* SPDX-License-Identifier: ISC */
#include "explain.h"

#include "args.h"
#include "command.h"
#include "config.h"
#include "output.h"
#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/log.h"
#include "repmon/refusals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPT_FORMAT, OPT_SINCE, OPT_WHY, OPT_REPLAY, OPT_COUNT };

static const struct option_row options[OPT_COUNT] = {
    [OPT_FORMAT] = {'f', "format", "FORMAT", "text or json (default: text)"},
    [OPT_SINCE] = {'s', "since", "WHEN", "for a log: a duration such as 7d, or a date"},
    [OPT_WHY] = {'w', "why", NULL, "show the pattern that matched, and the words it matched"},
    [OPT_REPLAY] = {'r', "replay", NULL, "show the alerts that these logs would have raised"},
};

struct explain_data {
    bool json, why, replay;
    time_t since; /* 0: everything */
};

static bool explain_set(void *data, size_t row, const char *value, struct error *err)
{
    struct explain_data *d = data;
    if (row == OPT_WHY) {
        d->why = true;
        return true;
    }
    if (row == OPT_REPLAY) {
        d->replay = true;
        return true;
    }
    if (row == OPT_SINCE)
        return args_since(value, clock_wall(), &d->since) ||
               error_set(err, ERR_USAGE,
                         "--since takes a duration such as 7d, or a past date such as 2026-11-01");
    return args_json(value, &d->json, err);
}

/* Words of one reply that the shell split are joined by blanks; whole replies stand apart. */
static void explain_feed_words(struct explain_stream *s, char **words, size_t count)
{
    bool whole = true;
    for (size_t i = 0; i < count; i++) {
        if (!strpbrk(words[i], " \t\n"))
            whole = false;
    }
    for (size_t i = 0; i < count; i++) {
        explain_stream_feed(s, words[i], strlen(words[i]));
        if (i + 1 < count)
            explain_stream_feed(s, whole ? "\n\n" : " ", whole ? 2 : 1);
    }
    explain_stream_feed(s, "\n", 1);
    explain_stream_end(s);
}

static void explain_feed_sink(void *context, const char *data, size_t len)
{
    explain_stream_feed(context, data, len);
}

/* What was read before an error counts, as of half a gzip or a file that went away. `empty` is what
 * to say about an input without a byte. */
static bool explain_feed_file(struct explain_stream *s, int fd, const char *name, const char *empty,
                              struct error *err)
{
    bool ok = explain_read(fd, name, empty, explain_feed_sink, s, err);
    explain_stream_end(s);
    return ok;
}

static bool explain_feed_stdin(struct explain_stream *s, struct error *err)
{
    if (isatty(STDIN_FILENO) && log_get() >= LOG_NORMAL)
        fputs("repmon: paste the bounce, then press Enter and Ctrl-D\n", stderr);
    return explain_feed_file(
        s, STDIN_FILENO, "standard input",
        "nothing to read: give the bounce as arguments, as a file or on standard input", err);
}

/* Words of a reply that the shell split look like this only by chance, and never all of them. */
static bool explain_looks_like_path(const char *word)
{
    static const char *const suffixes[] = {".eml",  ".msg", ".mbox", ".log", ".txt",
                                           ".json", ".gz",  ".xz",   ".bz2", ".zst"};
    if (strpbrk(word, " \t\n") || strstr(word, "://"))
        return false;
    if (strchr(word, '/') || strstr(word, ".log."))
        return true;
    size_t len = strlen(word);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        size_t n = strlen(suffixes[i]);
        if (len > n && strcmp(word + len - n, suffixes[i]) == 0)
            return true;
    }
    return false;
}

/* Arguments are files when each is one or is written like one: nobody means the name of a file,
 * even of a missing one, as a bounce's text. */
static bool explain_are_files(char **words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], "-") != 0 && access(words[i], F_OK) != 0 &&
            !explain_looks_like_path(words[i]))
            return false;
    return count > 0;
}

static bool explain_feed_files(struct explain_stream *s, char **words, size_t count,
                               struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], "-") == 0) {
            if (!explain_feed_stdin(s, err))
                return false;
            continue;
        }
        int fd = open(words[i], O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return error_set(err, errno == EACCES ? ERR_PERMISSION : ERR_INPUT, "%s: %s", words[i],
                             strerror(errno));
        char empty[PATH_MAX + 32];
        snprintf(empty, sizeof empty, "%s: the file is empty", words[i]);
        bool ok = explain_feed_file(s, fd, words[i], empty, err);
        close(fd);
        if (!ok)
            return false;
    }
    return true;
}

/*
 * Explaining needs no configuration: one that was asked for must be right; the usual one is used
 * when it can be, and an ordinary user often may not read it.
 */
static bool explain_configure(struct context *ctx, struct error *err)
{
    struct error why = {0};
    if (ctx->config_path) {
        ctx->has_conf = config_load(ctx->config_path, false, &ctx->conf, err);
        return ctx->has_conf;
    }
    ctx->has_conf = config_load(NULL, true, &ctx->conf, &why);
    if (!ctx->has_conf)
        log_info("your own texts (refusals in [repmon]) can't be used: %s", why.text);
    return true;
}

/* A log in which receivers took all mail is an answer, too. */
static bool explain_has_answer(const struct explain_totals *t)
{
    return t->recognised > 0 || (t->accepted > 0 && t->unrecognised == 0);
}

static int explain_tell(struct explain *e, const struct explain_data *d, char **words, size_t count,
                        struct error *err)
{
    struct explain_stream *s = explain_stream_new(e);
    if (d->since)
        explain_stream_since(s, d->since, clock_wall());
    struct error why = {0};
    bool read = true;
    if (explain_are_files(words, count))
        read = explain_feed_files(s, words, count, &why);
    else if (count > 0)
        explain_feed_words(s, words, count);
    else
        read = explain_feed_stdin(s, &why);
    size_t entries;
    explain_stream_entries(s, &entries);
    int exit_code = explain_has_answer(explain_stream_totals(s)) ? 0 : 1;
    if (read || entries > 0) {
        struct render_options terminal = {0};
        output_terminal(&terminal);
        if (d->json)
            explain_print_json(s, d->why);
        else
            explain_print_text(s, terminal.color, d->why);
    }
    if (!read) {
        error_set(err, why.class, "%s", why.text);
        exit_code = error_exit_code(why.class);
    }
    explain_stream_free(s);
    return exit_code;
}

static int explain_run(struct context *ctx, void *data, char **words, size_t count,
                       struct error *err)
{
    struct refusals refusals;
    const struct explain_data *d = data;
    if (d->replay && d->json) {
        error_set(err, ERR_USAGE, "--replay prints text only");
        return error_exit_code(ERR_USAGE);
    }
    if (d->replay && d->since) {
        error_set(err, ERR_USAGE, "--replay judges whole logs: remove --since");
        return error_exit_code(err->class);
    }
    if (d->replay)
        return explain_replay(ctx, words, count, err);
    if (!explain_configure(ctx, err))
        return error_exit_code(err->class);
    bool loaded = refusals_load(&refusals, ctx->has_conf ? &ctx->conf : NULL, err);
    int exit_code = loaded ? explain_tell(refusals.explain, data, words, count, err)
                           : error_exit_code(err->class);
    refusals_fini(&refusals);
    return exit_code;
}

const struct command command_explain = {
    .name = "explain",
    .arguments = "[FILE|TEXT...]",
    .summary = "explain a bounce or a mail log: who refused what, and the fix",
    .help =
        "Reads a refusal from the arguments, or bounce mails and whole mail logs from files "
        "(compressed ones too) or standard input, and says which operator refused which address, "
        "what it means, what to do and where. Sends no queries and needs no configuration. For a "
        "log, each distinct refusal is shown once, followed by a summary.\n\n"
        "With --replay, the logs are judged as `repmon run` would have judged them, hour by hour, "
        "with the addresses and thresholds of the configuration: to test these before they page "
        "someone."
        "\n\n"
        "Exit codes: 0 if explained, 1 if nothing was recognised.",
    .options = options,
    .option_count = OPT_COUNT,
    .data_size = sizeof(struct explain_data),
    .set = explain_set,
    .run = explain_run,
};
