/* SPDX-License-Identifier: ISC */
/* Values of [postmaster], and the domains that an account asks about. */
#include "conf_section.h"

#include "repmon/buf.h"
#include "repmon/secret.h"

#include <stdlib.h>
#include <string.h>

static void conf_postmaster_add(struct conf_postmaster *p, const char *name)
{
    for (size_t i = 0; i < p->domain_count; i++)
        if (strcmp(p->domains[i], name) == 0)
            return;
    p->domains = mem_grow(p->domains, p->domain_count + 1, sizeof(char *));
    p->domains[p->domain_count++] = mem_dup(name);
}

bool value_postmaster_domains(struct conf_reader *r, const struct conf_key *k, void *field,
                              const char *value, struct error *err)
{
    (void)k, (void)field;
    for (const char *at = value; *at;) {
        size_t len = strcspn(at, " \t,");
        char name[CONF_NAME_MAX];
        char *word = mem_ndup(at, len);
        bool ok = conf_name_parse(word, name);
        free(word);
        if (!ok)
            return error_set(err, ERR_CONFIG, "must be domains, such as example.org example.net");
        conf_postmaster_add(r->base, name);
        at += len + strspn(at + len, " \t,");
    }
    return true;
}

static void conf_check_postmaster(struct conf_reader *r)
{
    const struct conf_postmaster *p = r->base;
    if (!conf_given(r, "client_file"))
        conf_complain(r, r->section_line, r->section, "client_file",
                      "is missing: the JSON of an OAuth client from Google's console");
    if (p->spam_critical < p->spam_warning) {
        int line = conf_given(r, "spam_critical");
        conf_complain(r, line ? line : conf_given(r, "spam_warning"), r->section, "spam_critical",
                      "must not be below spam_warning");
    }
}

static void conf_postmaster_wrong(struct conf_reader *r, const struct conf_postmaster *p,
                                  const char *what)
{
    errors_add(r->errors, ERR_CONFIG, r->c->path, p->at.line, "[postmaster \"%s\"] %s", p->name,
               what);
}

static bool conf_is_domain_target(const struct conf *c, const char *name)
{
    for (size_t i = 0; i < c->target_count; i++)
        if (c->targets[i].kind == TARGET_DOMAIN && strcmp(c->targets[i].text, name) == 0)
            return true;
    return false;
}

static void conf_add_domain_target(struct conf *c, const char *name, struct conf_place at)
{
    c->targets = mem_grow(c->targets, c->target_count + 1, sizeof *c->targets);
    c->targets[c->target_count++] = (struct conf_target){
        .kind = TARGET_DOMAIN, .text = mem_dup(name), .label = mem_dup(""), .at = at};
}

/* `targets`: how many were written; the rest are domains of other accounts. */
static void conf_settle_domains(struct conf_reader *r, struct conf_postmaster *p, size_t targets)
{
    bool written = p->domain_count > 0;
    for (size_t i = 0; !written && i < targets; i++)
        if (r->c->targets[i].kind == TARGET_DOMAIN)
            conf_postmaster_add(p, r->c->targets[i].text);
    if (p->domain_count == 0)
        conf_postmaster_wrong(r, p,
                              "has no domains: give domains = here, or domain = in [targets]");
    for (size_t i = 0; i < p->domain_count; i++)
        if (!conf_is_domain_target(r->c, p->domains[i]))
            conf_add_domain_target(r->c, p->domains[i], p->at);
}

static void conf_check_name(struct conf_reader *r, const struct conf_postmaster *p)
{
    for (size_t i = 0; i < r->c->snds_count; i++)
        if (strcmp(r->c->snds[i].name, p->name) == 0)
            conf_postmaster_wrong(r, p,
                                  "has the same name as an [snds] section, so `repmon login NAME` "
                                  "can't tell them apart; rename this one");
}

static void conf_settle_postmaster(struct conf_reader *r)
{
    size_t targets = r->c->target_count;
    for (size_t i = 0; i < r->c->postmaster_count; i++) {
        conf_settle_domains(r, &r->c->postmasters[i], targets);
        conf_check_name(r, &r->c->postmasters[i]);
    }
}

/* ---- the section ---- */

#define POSTMASTER(...) NAMED(conf_postmaster, __VA_ARGS__)

static const struct conf_key postmaster_keys[] = {
    {POSTMASTER("domains", true, "the domain targets",
                "domains to query, separated by spaces; they become targets",
                value_postmaster_domains, domains),
     .prose = true},
    {POSTMASTER("client_file", false, "",
                "JSON of an OAuth client (Desktop app), or the key of a service account",
                value_secret_file, client),
     .least = SECRET_DOCUMENT},
    {POSTMASTER("subject", false, "", "service account: the user whose domains it reads",
                value_mailbox, subject)},
    {POSTMASTER("api", false, "built in", "base URL, in case it moves", value_base_url, api),
     .prose = true},
    {POSTMASTER("authority", false, "built in", "base URL of the login, in case it moves",
                value_base_url, authority),
     .prose = true},
    {POSTMASTER("every", false, "12h", "query at most once in this time", value_duration, every_ms),
     .least = 0, .most = 30 * DAY},
    {POSTMASTER("look_back", false, "7d", "how far back to query again, because days are revised",
                value_duration, look_back_ms),
     .least = DAY, .most = 30 * DAY},
    {POSTMASTER("spam_warning", false, "0.1%", "spam rate on 3 of the last 7 days with data",
                value_percent, spam_warning),
     .least = 0, .most = 100},
    {POSTMASTER("spam_critical", false, "0.3%", "spam rate on 3 of the last 7 days with data",
                value_percent, spam_critical),
     .least = 0, .most = 100},
    {POSTMASTER("severity", false, "major", "severity when it can't be queried", value_word,
                severity),
     .words = conf_severity_words},
    {POSTMASTER("valid_for", false, "7d", HOLDS, value_duration, valid_for_ms), .least = MINUTE,
     .most = YEAR},
};

static void conf_open_postmaster(struct conf_reader *r)
{
    struct conf_postmaster *account = r->base;
    account->spam_list = conf_list_name(account->name, "/spam");
    account->delivery_list = conf_list_name(account->name, "/delivery");
    account->compliance_list = conf_list_name(account->name, "/compliance");
}

static void conf_free_postmaster(void *row)
{
    struct conf_postmaster *p = row;
    conf_free_strings(p->domains, p->domain_count);
    free(p->spam_list);
    free(p->delivery_list);
    free(p->compliance_list);
    free(p->subject);
    free(p->api);
    free(p->authority);
    secret_free(p->client.text);
}

const struct conf_section conf_section_postmaster = {
    .word = "postmaster",
    .shown = "postmaster \"NAME\"",
    CONF_KEYS(postmaster_keys),
    CONF_ROWS(conf_postmaster, postmasters, postmaster_count, name),
    .open = conf_open_postmaster,
    .check = conf_check_postmaster,
    .settle = conf_settle_postmaster,
    .free = conf_free_postmaster,
};
