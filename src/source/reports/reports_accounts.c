/* SPDX-License-Identifier: ISC */
#include "reports_accounts.h"

#include "repmon/mailbox.h"
#include "repmon/source_look.h"

#include <stdlib.h>

#define MEMORY_MAX (64u << 20)

void reports_recall_overview(const struct source_look *look, struct reports_overview *out)
{
    struct buf memory;
    buf_init(&memory, MEMORY_MAX);
    look->memory(look->ctx, &memory);
    reports_overview(look->conf, buf_text(&memory), out);
    buf_fini(&memory);
}

static size_t reports_count(const struct conf *conf)
{
    return conf->reports_count;
}

static const char *reports_name(const struct conf *conf, size_t number)
{
    return conf->reports[number].name;
}

static bool reports_takes_mail(const struct conf *conf, size_t number, struct error *err)
{
    const struct conf_reports *r = &conf->reports[number];
    return r->spool || error_at(err, ERR_CONFIG, r->at.file, r->at.line,
                                "[reports \"%s\"] reads no spool: add spool = yes", r->name);
}

static bool reports_take_mail(const struct conf *conf, size_t number, int fd, struct error *err)
{
    const char *section = reports_name(conf, number);
    if (!spool_make(conf->state, section, err))
        return false;
    char *folder = spool_folder(conf->state, section);
    bool taken = spool_take(folder, fd, err);
    free(folder);
    return taken;
}

void reports_list_names(const struct conf *conf, source_name_fn *take, void *ctx)
{
    for (size_t i = 0; i < conf->reports_count; i++)
        take(ctx, conf->reports[i].name);
    if (conf->reports_count == 0)
        return;
    take(ctx, "dmarc");
    take(ctx, "complaints");
}

const struct source_accounts reports_accounts = {.count = reports_count,
                                                 .name = reports_name,
                                                 .show = reports_show,
                                                 .takes_mail = reports_takes_mail,
                                                 .take_mail = reports_take_mail};
