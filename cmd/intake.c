/* SPDX-License-Identifier: ISC */
#include "command.h"

#include "repmon/buf.h"
#include "repmon/mailbox.h"

#include <stdio.h>
#include <stdlib.h>
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

static const struct conf_reports *intake_section(const struct conf *conf, const char *name,
                                                 struct error *err)
{
    for (size_t i = 0; i < conf->reports_count; i++) {
        const struct conf_reports *r = &conf->reports[i];
        if (strcmp(r->name, name) != 0)
            continue;
        if (!r->spool)
            error_at(err, ERR_CONFIG, r->at.file, r->at.line,
                     "[reports \"%s\"] reads no spool: add spool = yes", r->name);
        return r->spool ? r : NULL;
    }
    struct buf shown;
    buf_init(&shown, 512);
    buf_clean(&shown, name, strlen(name), 64);
    error_set(err, ERR_CONFIG, "the configuration has no [reports \"%s\"] section",
              buf_text(&shown));
    buf_fini(&shown);
    return NULL;
}

static int intake_run(struct context *ctx, void *data, char **words, size_t count,
                      struct error *err)
{
    const struct conf_reports *section = intake_section(&ctx->conf, words[0], err);
    (void)data, (void)count;
    if (!section || !spool_make(ctx->conf.state, section->name, err))
        return TEMPORARY;
    char *folder = spool_folder(ctx->conf.state, section->name);
    bool taken = spool_take(folder, STDIN_FILENO, err);
    free(folder);
    return taken ? 0 : TEMPORARY;
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
