/* SPDX-License-Identifier: ISC */
#include "command.h"

#include "registry.h"
#include "repmon/buf.h"
#include "repmon/source.h"

#include <string.h>
#include <unistd.h>

#define TEMPORARY 75 /* EX_TEMPFAIL: the mail server keeps the message and tries again */

static bool intake_begin(struct context *ctx, const void *data, char **words, size_t count,
                         struct error *err)
{
    (void)ctx, (void)data, (void)words;
    return count == 1 ||
           error_set(err, ERR_USAGE, "intake takes one argument: the NAME of a [reports] section");
}

static bool intake_is_unknown(const char *word, const char *name, struct error *err)
{
    struct buf shown;
    buf_init(&shown, 512);
    buf_clean(&shown, name, strlen(name), 64);
    error_set(err, ERR_CONFIG, "the configuration has no [%s \"%s\"] section", word,
              buf_text(&shown));
    buf_fini(&shown);
    return false;
}

static bool intake_take(const struct conf *conf, const char *name, struct error *err)
{
    const char *word = "";
    for (size_t k = 0; k < registry_sources.count; k++) {
        const struct source *source = registry_sources.items[k];
        const struct source_accounts *accounts = source->accounts;
        if (!accounts || !accounts->take_mail)
            continue;
        word = source->word;
        for (size_t i = 0; i < accounts->count(conf); i++)
            if (strcmp(accounts->name(conf, i), name) == 0)
                return accounts->takes_mail(conf, i, err) &&
                       accounts->take_mail(conf, i, STDIN_FILENO, err);
    }
    return intake_is_unknown(word, name, err);
}

static int intake_run(struct context *ctx, void *data, char **words, size_t count,
                      struct error *err)
{
    (void)data, (void)count;
    return intake_take(&ctx->conf, words[0], err) ? 0 : TEMPORARY;
}

const struct command command_intake = {
    .name = "intake",
    .arguments = "NAME",
    .summary = "accept a report mail from an alias",
    .help = "Reads one mail from standard input, as piped from an alias of the mail server, and "
            "stores it for the next run in the spool of the section [reports \"NAME\"], which "
            "needs spool = yes. Exits with 0 once the mail is safely on disk, and with 75 if it "
            "can't be stored: the mail server then retries later.",
    .needs = NEED_CONFIG | NEED_FOLDER,
    .error_code = TEMPORARY,
    .begin = intake_begin,
    .run = intake_run,
};
