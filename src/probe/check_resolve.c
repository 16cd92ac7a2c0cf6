/* SPDX-License-Identifier: ISC */
#include "check_parts.h"

#include "repmon/names.h"

#include <stdio.h>
#include <string.h>

/* ---- sending domains ---- */

static bool check_add_domain(const struct check_options *o, struct check *c, const char *name,
                             struct error *err)
{
    struct cidr domain = {ip_of_name(name), 128};
    const struct inventory_line line = {.max = o->conf->max_targets};
    return inventory_add(&c->inventory, &domain, &line, err);
}

static bool check_is_configured(const struct conf *conf, const char *name)
{
    for (size_t i = 0; i < conf->target_count; i++)
        if (conf->targets[i].kind == TARGET_DOMAIN && strcmp(conf->targets[i].text, name) == 0)
            return true;
    for (size_t i = 0; i < conf->domain_count; i++)
        if (strcmp(conf->domains[i].name, name) == 0)
            return true;
    return false;
}

/* A name configured as a domain, or one that has no address but the records of a domain. */
static bool check_is_domain(const struct check_options *o, const struct check *c,
                            const struct name *n)
{
    struct dns_options dns = session_dns_options(&c->session);
    if (check_is_configured(o->conf, n->name))
        return true;
    if (n->trouble != NAME_EMPTY || n->denied)
        return false;
    return name_has_mail_records(n->name, c->loop, &dns, c->deadline_ms);
}

/* A name can be both, so the report says what it was taken for. */
static bool check_take_domain(const struct check_options *o, struct check *c, const struct name *n,
                              struct error *err)
{
    if (n->count)
        session_note(&c->session, "%s is checked as a sending domain and as a host", n->name);
    else
        session_note(&c->session, "%s is checked as a sending domain: it is not a host", n->name);
    return check_add_domain(o, c, n->name, err);
}

/* ---- host names ---- */

/* The configured address that has this word as its label; NULL. */
static const struct conf_target *check_labelled(const struct conf *conf, const char *word)
{
    for (size_t i = 0; i < conf->target_count; i++)
        if (conf->targets[i].kind == TARGET_IP && strcasecmp(conf->targets[i].label, word) == 0)
            return &conf->targets[i];
    return NULL;
}

static bool check_leads_nowhere(const struct conf *conf, const struct name *n, const char *cure,
                                struct error *err)
{
    char address[CIDR_TEXT_MAX];
    const struct conf_target *target = check_labelled(conf, n->name);
    if (!target)
        return error_set(err, ERR_INPUT, "%s%s", n->why, cure ? cure : "");
    cidr_format(&target->cidr, address);
    return error_set(err, ERR_INPUT, "%s; it is the label of %s: repmon check %s", n->why, address,
                     address);
}

/*
 * A name that was only partly resolved could hide an address: those found are asked about, and the
 * whole is unknown at best. A name that leads nowhere is an error.
 */
static bool check_take_name(const struct check_options *o, struct check *c, const struct name *n,
                            bool domain, struct error *err)
{
    static const char *const cures[NAME_TROUBLE_COUNT] = {
        [NAME_FAILED] = "; try again, or give the addresses themselves",
        [NAME_EMPTY] = "; check the spelling, or give the addresses themselves"};
    if (domain && !check_take_domain(o, c, n, err))
        return false;
    const char *cure = cures[n->trouble];
    if (n->denied && !n->proven)
        cure = "; check [dns] resolver (repmon doctor), or give the addresses themselves";
    if (n->count == 0)
        return domain || check_leads_nowhere(o->conf, n, cure, err);
    if (n->trouble != NAME_FINE && !c->report.trouble) {
        snprintf(c->trouble, sizeof c->trouble, "%s", n->why);
        c->report.trouble = c->trouble;
        c->report.trouble_level = LEVEL_UNKNOWN;
    }
    if (n->trouble != NAME_FINE)
        session_note(&c->session,
                     "%s; only its other addresses are checked, so the result is unknown at best",
                     n->why);
    const struct inventory_line line = {
        .label = n->name, .flags = TARGET_SINGLY, .max = o->conf->max_targets};
    for (size_t i = 0; i < n->count; i++) {
        if (!inventory_add(&c->inventory, &n->blocks[i], &line, err))
            return false;
    }
    return true;
}

static bool check_name_hosts(const struct check_options *o, struct names *names, struct error *err)
{
    for (size_t i = 0; i < o->host_count; i++) {
        if (names_add(names, o->hosts[i], false))
            continue;
        struct buf clean;
        buf_init(&clean, 256);
        buf_clean(&clean, o->hosts[i], strlen(o->hosts[i]), 80);
        error_set(err, ERR_USAGE, "\"%s\" is neither an address, nor a block, nor a host name",
                  buf_text(&clean));
        buf_fini(&clean);
        return false;
    }
    return true;
}

static bool check_add_hosts(const struct check_options *o, struct check *c, struct error *err)
{
    struct names names = {.items = NULL};
    struct dns_options dns = session_dns_options(&c->session);
    bool ok = check_name_hosts(o, &names, err);
    if (ok)
        ok = names_look_up(&names, c->loop, &dns, c->deadline_ms, err);
    for (size_t i = 0; ok && i < names.count; i++) {
        const struct name *n = &names.items[i];
        ok = check_take_name(o, c, n, check_is_domain(o, c, n), err);
    }
    names_fini(&names);
    return ok;
}

bool check_resolve(const struct check_options *o, struct check *c, struct error *err)
{
    for (size_t i = 0; i < o->block_count; i++) {
        bool single = o->blocks[i].len == ip_bits(&o->blocks[i].base);
        const struct inventory_line line = {.flags = single ? TARGET_SINGLY : 0,
                                            .max = o->conf->max_targets};
        if (!inventory_add(&c->inventory, &o->blocks[i], &line, err))
            return false;
    }
    for (size_t i = 0; i < o->domain_count; i++)
        if (!check_add_domain(o, c, o->domains[i], err))
            return false;
    if (o->host_count && !check_add_hosts(o, c, err))
        return false;
    inventory_finish(&c->inventory);
    return true;
}
