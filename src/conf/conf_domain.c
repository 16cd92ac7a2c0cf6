/* SPDX-License-Identifier: ISC */
/* [domain]. */
#include "conf_section.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

static bool conf_add_selector(struct conf_domain *d, const char *word, size_t len,
                              struct error *err)
{
    char name[CONF_NAME_MAX];
    char *text = mem_ndup(word, len);
    bool ok = conf_name_parse(text, name);
    free(text);
    if (!ok)
        return error_set(
            err, ERR_CONFIG,
            "must be DKIM selectors (the part before ._domainkey), such as s2026 mail");
    d->selectors = mem_grow(d->selectors, d->selector_count + 1, sizeof(char *));
    d->selectors[d->selector_count++] = mem_dup(name);
    return true;
}

bool value_selectors(struct conf_reader *r, const struct conf_key *k, void *field,
                     const char *value, struct error *err)
{
    (void)k, (void)field;
    for (const char *at = value; *at;) {
        size_t len = strcspn(at, " \t");
        if (!conf_add_selector(r->base, at, len, err))
            return false;
        at += len + strspn(at + len, " \t");
    }
    return true;
}

bool value_domain_name(struct conf_reader *r, const struct conf_key *k, void *field,
                       const char *value, struct error *err)
{
    char name[CONF_NAME_MAX];
    char **text = field;
    (void)r, (void)k;
    if (!conf_name_parse(value, name))
        return error_set(err, ERR_CONFIG, "must be a domain, such as bounce.example.org");
    free(*text);
    *text = mem_dup(name);
    return true;
}

bool value_senders(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                   struct error *err)
{
    struct conf_domain *d = r->base;
    struct cidr block;
    (void)k, (void)field;
    if (!cidr_parse(value, &block, err))
        return false;
    d->senders = mem_grow(d->senders, d->sender_count + 1, sizeof *d->senders);
    d->senders[d->sender_count++] = block;
    return true;
}

/* ---- the section ---- */

#define DOMAIN(...) NAMED(conf_domain, __VA_ARGS__)

static const struct conf_key domain_keys[] = {
    {DOMAIN("selectors", true, "", "DKIM selectors in use, separated by spaces", value_selectors,
            selectors)},
    {DOMAIN("envelope", false, "the domain itself", "domain of the envelope sender",
            value_domain_name, envelope),
     .prose = true},
    {DOMAIN("senders", true, "", "address or block that sends for it", value_senders, senders)},
};

static bool conf_domain_name(const char *given, char out[static CONF_NAME_MAX], struct error *err)
{
    return conf_name_parse(given, out) ||
           error_set(err, ERR_CONFIG, "the name must be a domain, such as example.org");
}

static void conf_free_domain(void *row)
{
    struct conf_domain *d = row;
    conf_free_strings(d->selectors, d->selector_count);
    free(d->senders);
    free(d->envelope);
}

const struct conf_section conf_section_domain = {
    .word = "domain",
    .shown = "domain \"NAME\"",
    CONF_KEYS(domain_keys),
    CONF_ROWS(conf_domain, domains, domain_count, name),
    .name = conf_domain_name,
    .free = conf_free_domain,
};
