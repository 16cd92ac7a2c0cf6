/* SPDX-License-Identifier: ISC */
#include "explain.h"

#include "command.h"
#include "output.h"
#include "repmon/buf.h"
#include "repmon/catalogue.h"
#include "repmon/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (256u << 10) /* few system calls, and it stays in the cache */

enum { OPT_FORMAT, OPT_COUNT };

static const struct option_row options[OPT_COUNT] = {
    [OPT_FORMAT] = {'f', "format", "FORMAT", "text or json (default: text)"},
};

struct explain_data {
    bool json;
};

static bool set(void *data, size_t row, const char *value, struct error *err)
{
    struct explain_data *d = data;
    (void)row;
    d->json = strcmp(value, "json") == 0;
    return d->json || strcmp(value, "text") == 0 ||
           error_set(err, ERR_USAGE, "explain writes text or json");
}

/* The lists that a refusal may name: block lists, lists of domains, and those that have closed. */
static struct explain_zone *zones_of(const struct catalogue *c, size_t *count)
{
    struct explain_zone *zones =
        mem_array(c->list_count + c->domain_only_count + c->dead_count, sizeof *zones);
    size_t n = 0;
    for (size_t i = 0; i < c->list_count; i++) {
        const struct catalogue_list *l = &c->lists[i];
        if (l->kind != LIST_BLOCK)
            continue;
        const char *url = l->delist_url[0] ? l->delist_url : l->lookup_url;
        zones[n++] = (struct explain_zone){l->zone, l->operator, url, l->advice, false, false};
    }
    for (size_t i = 0; i < c->domain_only_count; i++)
        zones[n++] = (struct explain_zone){c->domain_only[i], "", "", "", true, false};
    for (size_t i = 0; i < c->dead_count; i++)
        zones[n++] = (struct explain_zone){c->dead[i].zone, "", "", "", false, true};
    *count = n;
    return zones;
}

/* Words of one reply that the shell split are joined by blanks; whole replies stand apart. */
static void feed_words(struct explain_stream *s, char **words, size_t count)
{
    bool whole = true;
    for (size_t i = 0; i < count; i++)
        whole = whole && strpbrk(words[i], " \t\n");
    for (size_t i = 0; i < count; i++) {
        explain_stream_feed(s, words[i], strlen(words[i]));
        if (i + 1 < count)
            explain_stream_feed(s, whole ? "\n\n" : " ", whole ? 2 : 1);
    }
    explain_stream_feed(s, "\n", 1);
}

/* Nobody means the name of a file as the text of a bounce. */
static bool is_no_file(char **words, size_t count, struct error *err)
{
    return count != 1 || access(words[0], F_OK) != 0 ||
           error_set(err, ERR_USAGE,
                     "that is a file, and arguments are text; to read it: repmon explain < FILE");
}

static bool feed_stdin(struct explain_stream *s, struct error *err)
{
    char *chunk = mem_alloc(CHUNK);
    bool any = false;
    ssize_t n;
    if (isatty(STDIN_FILENO) && log_get() >= LOG_NORMAL)
        fputs("repmon: paste the bounce, then press Enter and Ctrl-D\n", stderr);
    do {
        n = read(STDIN_FILENO, chunk, CHUNK);
        if (n > 0)
            explain_stream_feed(s, chunk, (size_t)n);
        any = any || n > 0;
    } while (n > 0 || (n < 0 && errno == EINTR));
    free(chunk);
    if (n < 0)
        return error_set(err, ERR_INPUT, "standard input: %s", strerror(errno));
    return any ||
           error_set(err, ERR_INPUT, "no text: give the bounce as arguments or on standard input");
}

static int run(struct context *ctx, void *data, char **words, size_t count, struct error *err)
{
    const struct explain_data *d = data;
    struct catalogue catalogue;
    int exit_code = 1;
    (void)ctx;
    if (!is_no_file(words, count, err) || !catalogue_load(NULL, &catalogue, err))
        return error_exit_code(err->class);
    size_t zone_count;
    struct explain_zone *zones = zones_of(&catalogue, &zone_count);
    struct explain *e = explain_new(NULL, 0, zones, zone_count, err);
    if (e) {
        struct explain_stream *s = explain_stream_new(e);
        bool read = true;
        if (count > 0)
            feed_words(s, words, count);
        else
            read = feed_stdin(s, err);
        explain_stream_end(s);
        if (read) {
            struct render_options terminal = {0};
            output_terminal(&terminal);
            if (d->json)
                explain_print_json(s);
            else
                explain_print_text(s, terminal.color);
            exit_code = explain_stream_totals(s)->recognised > 0 ? 0 : 1;
        }
        explain_stream_free(s);
    }
    explain_free(e);
    free(zones);
    catalogue_fini(&catalogue);
    return exit_code;
}

const struct command command_explain = {
    .name = "explain",
    .arguments = "[TEXT...]",
    .summary = "read a bounce or a mail log: who refused what, and the cure",
    .help =
        "Reads a refusal from the arguments, or a bounce mail or a whole mail log from standard "
        "input, and says which operator refused which address, what it means, what to do and "
        "where. Asks nothing and needs no configuration. Of a log each distinct refusal is "
        "told once, and a summary ends it.\n\n"
        "Exit codes: 0 explained, 1 nothing was recognised.",
    .options = options,
    .option_count = OPT_COUNT,
    .data_size = sizeof(struct explain_data),
    .set = set,
    .run = run,
};
