/* SPDX-License-Identifier: ISC */
/* Values of [postmaster], and the domains that an account asks about. */
#include "conf_parse.h"

#include "repmon/buf.h"

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

void conf_check_postmaster(struct conf_reader *r)
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

void conf_settle_postmaster(struct conf_reader *r)
{
    size_t targets = r->c->target_count;
    for (size_t i = 0; i < r->c->postmaster_count; i++) {
        conf_settle_domains(r, &r->c->postmasters[i], targets);
        conf_check_name(r, &r->c->postmasters[i]);
    }
}
