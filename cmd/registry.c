/* SPDX-License-Identifier: ISC */
#include "registry.h"

#include "repmon/buf.h"
#include "repmon/channels.h"
#include "repmon/sources.h"

#include <string.h>

/* In the order in which results are shown. */
static const struct source *const sources[] = {
    &source_dnsbl, &source_snds,    &source_talos,  &source_ptr,
    &source_log,   &source_reports, &source_domain, &source_postmaster,
};

const struct source_set registry_sources = {sources, sizeof sources / sizeof *sources};

static const struct channel *const channels[] = {
    &channel_command,
    &channel_mail,
    &channel_webhook,
};

static const struct channel_set registry_channels = {channels, sizeof channels / sizeof *channels};

static bool registry_has(const struct source *s, enum registry_which which)
{
    return s->accounts && (which == REGISTRY_ACCOUNTS || s->accounts->client);
}

void registry_sections(struct buf *out, enum registry_which which)
{
    size_t left = 0;
    for (size_t i = 0; i < registry_sources.count; i++)
        left += registry_has(sources[i], which);
    buf_str(out, "no ");
    for (size_t i = 0; i < registry_sources.count; i++) {
        if (!registry_has(sources[i], which))
            continue;
        const char *after = left == 2 ? " or " : ", ";
        buf_fmt(out, "[%s \"NAME\"]%s", sources[i]->word, left == 1 ? " section" : after);
        left--;
    }
}

void registry_list_names(const struct conf *conf, const struct source *s, source_name_fn *take,
                         void *ctx)
{
    size_t columns = s->setup_new ? 0 : s->columns(conf);
    if (s->list_names)
        s->list_names(conf, take, ctx);
    for (size_t i = 0; i < columns; i++) {
        struct column c = {0};
        s->describe(conf, i, &c);
        if (strcmp(c.list, s->word) != 0)
            take(ctx, c.list);
    }
}

struct registry_search {
    const char *list;
    bool found;
};

static void registry_compare(void *ctx, const char *name)
{
    struct registry_search *s = ctx;
    s->found |= strcmp(name, s->list) == 0;
}

void registry_list_name(const struct conf *conf, const char *source, const char *list,
                        struct buf *out)
{
    struct registry_search search = {.list = list};
    for (size_t i = 0; i < registry_sources.count; i++)
        if (strcmp(sources[i]->word, source) != 0)
            registry_list_names(conf, sources[i], registry_compare, &search);
    buf_str(out, list);
    if (search.found && list[0])
        buf_fmt(out, " (%s)", source);
}

bool registry_bind(struct conf *conf, struct error *err)
{
    conf->sources = &registry_sources;
    return channel_bind(&registry_channels, conf, err);
}
