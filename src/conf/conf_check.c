/* SPDX-License-Identifier: ISC */
/* What a single value can't tell: keys that need or exclude each other. */
#include "conf_parse.h"

#include "repmon/buf.h"
#include "repmon/limits.h"
#include "repmon/secret.h"
#include "repmon/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void conf_missing(struct conf_reader *r, const char *key, const char *why)
{
    conf_complain(r, r->section_line, r->section, key, why);
}

/* `key` is given although it has no meaning here. */
static void conf_useless(struct conf_reader *r, const char *key, const char *why)
{
    int line = conf_given(r, key);
    if (line)
        conf_complain(r, line, r->section, key, why);
}

static void conf_check_zone(struct conf_reader *r)
{
    const struct conf_dnsbl *list = r->base;
    if (list->critical > list->warning) {
        int line = conf_given(r, "critical") ? conf_given(r, "critical") : conf_given(r, "warning");
        conf_complain(r, line, r->section, "critical",
                      "must not be above warning: low scores are bad");
    }
    struct ip ip;
    bool address = list->test && ip_parse_raw(list->test, &ip);
    if (list->domains && address)
        conf_complain(r, conf_given(r, "test"), r->section, "test",
                      "must be a name: this is a list of domains");
    if (!list->domains && list->test && !address)
        conf_complain(r, conf_given(r, "test"), r->section, "test",
                      "must be an address such as 127.0.0.2, or none: a name needs domains = yes");
    if (list->domains) {
        conf_useless(r, "families", "is for lists of addresses only");
        conf_useless(r, "zone6", "is for lists of addresses only");
    }
}

static void conf_check_snds(struct conf_reader *r)
{
    const struct conf_snds *s = r->base;
    if (!conf_given(r, "method"))
        conf_missing(r, "method", "is missing: oauth or links");
    if (s->links) {
        if (!conf_given(r, "data_url_file") && !conf_given(r, "status_url_file"))
            conf_missing(r, "data_url_file",
                         "is missing: method links needs it, status_url_file, or both");
        conf_useless(r, "api", "is for method oauth only");
        conf_useless(r, "authority", "is for method oauth only");
    } else if (conf_given(r, "method")) {
        conf_useless(r, "data_url_file", "is for method links only");
        conf_useless(r, "status_url_file", "is for method links only");
        conf_useless(r, "issued", "is for method links only");
    }
    if (s->complaint_critical < s->complaint_warning) {
        int line = conf_given(r, "complaint_critical");
        conf_complain(r, line ? line : conf_given(r, "complaint_warning"), r->section,
                      "complaint_critical", "must not be below complaint_warning");
    }
}

static void conf_check_talos(struct conf_reader *r)
{
    enum talos_method method = r->c->talos.method;
    if (!conf_given(r, "method"))
        conf_missing(r, "method", "is missing: cloud_intel, html, dns or command");
    if (method == TALOS_DNS && !conf_given(r, "zone"))
        conf_missing(r, "zone", "is missing: method dns needs it");
    if (method == TALOS_COMMAND && !conf_given(r, "command"))
        conf_missing(r, "command", "is missing: method command needs it");
    if (method == TALOS_OFF)
        return;
    if (method != TALOS_DNS)
        conf_useless(r, "zone", "is for method dns only");
    if (method != TALOS_COMMAND)
        conf_useless(r, "command", "is for method command only");
    if (method == TALOS_DNS || method == TALOS_COMMAND)
        conf_useless(r, "url", "is for the methods cloud_intel and html only");
}

static void conf_check_mail_server(struct conf_reader *r, struct conf_channel *m)
{
    if (conf_given(r, "user") && !conf_given(r, "password_file"))
        conf_complain(r, conf_given(r, "user"), r->section, "user", "needs password_file");
    if (conf_given(r, "password_file") && !conf_given(r, "user"))
        conf_complain(r, conf_given(r, "password_file"), r->section, "password_file", "needs user");
    if (m->port == 465 && m->tls_off)
        conf_complain(r, conf_given(r, "tls"), r->section, "tls",
                      "off can't be used with port 465, where TLS starts with the first byte");
    m->tls_implicit = m->tls_implicit || m->port == 465;
    if (m->tls_off && m->password.wanted && m->host && !url_host_is_loopback(m->host))
        conf_complain(r, conf_given(r, "tls"), r->section, "tls",
                      "off would send the password in clear text: it is only for loopback servers, "
                      "or without a password");
}

static void conf_check_mail(struct conf_reader *r)
{
    struct conf_channel *m = r->base;
    bool server = conf_given(r, "server"), command = conf_given(r, "command");
    if (!conf_given(r, "to"))
        conf_missing(r, "to", "is missing");
    if (!conf_given(r, "from"))
        conf_missing(r, "from", "is missing");
    if (!server && !command)
        conf_missing(r, "server", "is missing: server or command");
    if (server && command)
        conf_complain(r, conf_given(r, "command"), r->section, "command",
                      "replaces server: remove one of the two lines");
    if (command && !server) {
        conf_useless(r, "tls", "has no effect with command");
        conf_useless(r, "user", "has no effect with command");
        conf_useless(r, "password_file", "has no effect with command");
        return;
    }
    conf_check_mail_server(r, m);
    for (size_t i = 0; server && i < m->to_count; i++) {
        if (!strchr(m->to[i], '@')) {
            conf_complain(r, conf_given(r, "to"), r->section, "to",
                          "a recipient without @ works with command only");
            break;
        }
    }
}

static void conf_check_log(struct conf_reader *r)
{
    bool file = conf_given(r, "file");
    int journal = conf_given(r, "journal");
    if (!file && !journal)
        conf_missing(r, "file", "is missing: file or journal");
    if (file && journal)
        conf_complain(r, journal, r->section, "journal", "give either file or journal, not both");
}

static void conf_check_reports(struct conf_reader *r)
{
    const struct conf_reports *reports = r->base;
    if (!conf_given(r, "maildir") && !reports->spool)
        conf_missing(r, "maildir", "is missing: maildir, or spool = yes");
    if (reports->name[0] == '.')
        conf_complain(r, r->section_line, r->section, NULL,
                      "the name must not begin with a dot: it also names a folder");
    if (reports->complaint_critical < reports->complaint_warning) {
        int line = conf_given(r, "complaint_critical");
        conf_complain(r, line ? line : conf_given(r, "complaint_warning"), r->section,
                      "complaint_critical", "must not be below complaint_warning");
    }
}

static void conf_check_ping(struct conf_reader *r)
{
    int url = conf_given(r, "url"), url_file = conf_given(r, "url_file");
    if (url && url_file)
        conf_complain(r, url > url_file ? url : url_file, r->section,
                      url > url_file ? "url" : "url_file", "give either url or url_file, not both");
    if (!url && !url_file)
        conf_missing(r, "url_file", "is missing: url_file or url");
}

static void conf_check_prometheus(struct conf_reader *r)
{
    if (!conf_given(r, "textfile"))
        conf_missing(r, "textfile", "is missing");
}

static void conf_check_html(struct conf_reader *r)
{
    if (!conf_given(r, "file"))
        conf_missing(r, "file", "is missing");
}

static void conf_check_targets(struct conf_reader *r)
{
    uint64_t shards = r->c->shard.count ? r->c->shard.count : 1;
    if (!conf_given(r, "spf"))
        conf_useless(r, "spf_include", "has no effect without spf");
    if (r->c->max_targets > shards * LIMIT_TARGETS)
        conf_complain(r, conf_given(r, "max_targets"), r->section, "max_targets",
                      "must be a whole number from 1 to 65536; with shards, that many for each");
}

static void (*const checks[SECTION_COUNT])(struct conf_reader *) = {
    [SECTION_TARGETS] = conf_check_targets, [SECTION_ZONE] = conf_check_zone,
    [SECTION_SNDS] = conf_check_snds,       [SECTION_TALOS] = conf_check_talos,
    [SECTION_LOG] = conf_check_log,         [SECTION_REPORTS] = conf_check_reports,
    [SECTION_MAIL] = conf_check_mail,       [SECTION_WEBHOOK] = conf_check_webhook,
    [SECTION_PING] = conf_check_ping,       [SECTION_PROMETHEUS] = conf_check_prometheus,
    [SECTION_HTML] = conf_check_html,       [SECTION_POSTMASTER] = conf_check_postmaster,
};

void conf_check_section(struct conf_reader *r)
{
    if (checks[r->section])
        checks[r->section](r);
}

/* Pods of a Job are called anew in every run; what ids and metrics say must stay. */
static void conf_name_pod(struct conf_reader *r)
{
    char name[32];
    r->section = SECTION_REPMON;
    if (!r->shard_by_index || conf_given(r, "instance"))
        return;
    snprintf(name, sizeof name, "shard-%u", (unsigned)r->c->shard.number);
    free(r->c->instance);
    r->c->instance = mem_dup(name);
}

static void conf_check_attached(struct conf_reader *r)
{
    for (size_t i = 0; i < r->c->channel_count; i++) {
        const struct conf_channel *channel = &r->c->channels[i];
        if (channel->attach_page && !r->c->html_file)
            conf_complain(r, channel->at.line, SECTION_MAIL, "attach_page",
                          "needs [html] file: it attaches the page that is written there");
    }
}

void conf_check_file(struct conf_reader *r)
{
    for (int i = 0; i < SECTION_COUNT; i++) {
        if (!r->plain[i])
            continue;
        r->section = (enum conf_section_id)i;
        r->section_line = r->plain[i];
        r->base = r->c;
        r->array = NULL;
        conf_check_section(r);
    }
    conf_check_attached(r);
    conf_name_pod(r);
}
