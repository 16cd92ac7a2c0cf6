/* SPDX-License-Identifier: ISC */
/* [mail "NAME"]; what all channels have. */
#include "conf_section.h"

#include "repmon/buf.h"
#include "repmon/limits.h"
#include "repmon/secret.h"
#include "repmon/url.h"

#include <stdlib.h>
#include <string.h>

const struct conf_word conf_min_levels[] = {
    {"info", LEVEL_INFO}, {"warning", LEVEL_WARNING}, {"critical", LEVEL_CRITICAL}, {NULL, 0}};
static const struct conf_word tls[] = {{"required", 0}, {"off", 1}, {"implicit", 2}, {NULL, 0}};

#define MAIL(...) NAMED(conf_channel, __VA_ARGS__)

static const struct conf_key mail_keys[] = {
    {MAIL("to", true, "", "recipient", value_mailboxes, to)},
    {MAIL("from", false, "", "sender", value_mailbox, from)},
    {MAIL("server", false, "",
          "HOST:PORT; 465 is TLS from the first byte, others STARTTLS; 587 if not given",
          value_server, host)},
    {MAIL("tls", false, "required",
          "required, implicit (from the first byte) or off (loopback server, or no password)",
          value_tls, tls_off),
     .words = tls},
    {MAIL("user", false, "", "login name at the server", value_text, user), .most = 256},
    {MAIL("password_file", false, "", "file with the password", value_secret_file, password)},
    {MAIL("command", false, "", "instead of server: a program that reads the mail on stdin",
          value_text, command),
     .most = LIMIT_CONF_LINE},
    {MAIL("attach_page", false, "no", "attach the page that [html] file names", value_bool,
          attach_page)},
    {MAIL("min_level", false, "warning", "info, warning or critical", value_word, min_level),
     .words = conf_min_levels},
    {MAIL("only", false, "all kinds", "kinds of change, separated by commas: listed, delisted, …",
          value_only, only),
     .prose = true},
};

void conf_open_channel(struct conf_reader *r)
{
    struct conf_channel *channel = r->base;
    channel->word = conf_sections[r->section]->word;
}

void conf_free_channel(void *row)
{
    struct conf_channel *ch = row;
    conf_free_strings(ch->to, ch->to_count);
    free(ch->from);
    free(ch->host);
    free(ch->user);
    free(ch->command);
    free(ch->room);
    secret_free(ch->password.text);
    secret_free(ch->url.text);
    secret_free(ch->secret.text);
    secret_free(ch->token.text);
    secret_free(ch->routing_key.text);
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

static void conf_check_attached(struct conf_reader *r)
{
    for (size_t i = 0; i < r->c->channel_count; i++) {
        const struct conf_channel *channel = &r->c->channels[i];
        if (channel->attach_page && !r->c->html_file)
            conf_complain(r, channel->at.line, r->section, "attach_page",
                          "needs [html] file: it attaches the page that is written there");
    }
}

const struct conf_section conf_section_mail = {
    .word = "mail",
    .shown = "mail \"NAME\"",
    CONF_KEYS(mail_keys),
    CONF_ROWS(conf_channel, channels, channel_count, name),
    .channel = true,
    .open = conf_open_channel,
    .check = conf_check_mail,
    .settle = conf_check_attached,
    .free = conf_free_channel,
};
