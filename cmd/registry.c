/* SPDX-License-Identifier: ISC */
#include "registry.h"

#include "repmon/channels.h"
#include "repmon/dnsbl_setup.h"
#include "repmon/sources.h"

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

bool registry_bind(struct conf *conf, struct error *err)
{
    conf->sources = &registry_sources;
    return channel_bind(&registry_channels, conf, err);
}
