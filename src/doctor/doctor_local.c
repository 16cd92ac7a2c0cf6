/* SPDX-License-Identifier: ISC */
/* What the configuration says, and with which privileges it is carried out. */
#include "doctor_state.h"

#include "repmon/channel.h"
#include "repmon/host_name.h"
#include "repmon/lookup.h"
#include "repmon/text_fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CURE_MAX 1200

/* ---- configuration ---- */

/* Calls `use` with every secret that the configuration names, until it returns true. */
static bool doctor_each_secret(const struct conf *c,
                               bool (*use)(void *ctx, const struct secret *secret), void *ctx)
{
    const struct secret *secret;
    for (size_t i = 0; i < c->sources->count; i++) {
        const struct source *s = c->sources->items[i];
        for (size_t k = 0; s->secret && (secret = s->secret(c, k)) != NULL; k++)
            if (use(ctx, secret))
                return true;
    }
    for (size_t i = 0; i < c->channel_count; i++) {
        for (size_t k = 0; (secret = channel_secret(&c->channels[i], k)) != NULL; k++)
            if (use(ctx, secret))
                return true;
    }
    return use(ctx, &c->ping_url);
}

static bool doctor_is_missing_at(void *ctx, const struct secret *secret)
{
    return secret->wanted && !secret->text && secret->at.line == *(const int *)ctx;
}

static bool doctor_is_of_a_secret(const struct conf *c, int line)
{
    return doctor_each_secret(c, doctor_is_missing_at, &line);
}

/*
 * The three lines of config.example that everybody must edit, if unedited. With another server than
 * the example's somebody has looked at them and perhaps means them: a laboratory uses such names.
 */
static void doctor_tell_example(struct doctor *d)
{
    enum doctor_mark mark = DOCTOR_WARN;
    static const char *const ip = "203.0.113.5", *const to = "postmaster@example.org",
                             *const from = "repmon@mon1.example.org";
    const struct conf *c = d->conf;
    struct buf left;
    buf_init(&left, 512);
    for (size_t i = 0; i < c->target_count && !left.len; i++) {
        char text[CIDR_TEXT_MAX];
        cidr_format(&c->targets[i].cidr, text);
        if (c->targets[i].kind == TARGET_IP && strcmp(text, ip) == 0)
            buf_fmt(&left, "ip = %s", ip);
    }
    for (size_t i = 0; i < c->channel_count; i++) {
        const struct conf_channel *ch = &c->channels[i];
        size_t before = left.len;
        for (size_t k = 0; k < ch->to_count; k++)
            if (strcmp(ch->to[k], to) == 0)
                buf_fmt(&left, "%sto = %s", left.len ? ", " : "", to);
        if (ch->from && strcmp(ch->from, from) == 0)
            buf_fmt(&left, "%sfrom = %s", left.len ? ", " : "", from);
        if (left.len > before && ch->host && strcmp(ch->host, "localhost") == 0 && ch->port == 25)
            mark = DOCTOR_RED;
    }
    if (left.len)
        doctor_say(
            d, mark, "configuration", "",
            "edit it: the addresses your mail is sent from, and the recipient and sender of alerts",
            "still as in the example: %s", buf_text(&left));
    buf_fini(&left);
}

void doctor_configuration(struct doctor *d)
{
    const struct conf *c = d->conf;
    const struct errors *w = d->options->warnings;
    if (d->options->no_file)
        doctor_say(d, DOCTOR_RED, "configuration", "",
                   "copy config.example to " CONF_DEFAULT_PATH " and edit three lines",
                   "there is no %s, only the defaults", CONF_DEFAULT_PATH);
    else
        doctor_say(d, DOCTOR_OK, "configuration", "", "", "%s: parsed", c->path);
    doctor_tell_example(d);
    for (size_t i = 0; i < w->count; i++) {
        char text[1800];
        error_format(&w->items[i], text, sizeof text);
        if (!doctor_is_of_a_secret(c, w->items[i].line))
            doctor_say(d, DOCTOR_WARN, "configuration", "",
                       "repmon.conf(5) explains what that key takes and needs", "%s", text);
    }
    for (size_t i = 0; d->has_ask && i < d->session.note_count; i++)
        if (!(d->session.notes_of_resolvers & 1u << i)) /* those have a separate check */
            doctor_say(d, DOCTOR_WARN, "configuration", "",
                       "remove it from the configuration if it isn't intended", "%s",
                       d->session.notes[i]);
}

static const struct stored_origin *doctor_origin_of(const struct stored_origins *known,
                                                    const struct conf_target *t)
{
    char name[LIMIT_DNS_NAME + 1], key[LIMIT_DNS_NAME + 8];
    if ((t->kind != TARGET_HOST && t->kind != TARGET_SPF) || !host_name_parse(t->text, name))
        return NULL;
    snprintf(key, sizeof key, "%s %s", t->kind == TARGET_SPF ? "spf" : "host", name);
    for (size_t i = 0; i < known->count; i++) {
        if (strcmp(known->items[i].key, key) == 0)
            return &known->items[i];
    }
    return NULL;
}

/* What the names in the configuration stood for at the last run. The targets of the state would be
 * too many: some of them may have left the configuration since. */
static void doctor_add_known(struct doctor *d)
{
    struct stored_origins known = {0};
    if (!d->store || !store_origins_load(d->store, &known, NULL))
        return;
    for (size_t i = 0; i < d->conf->target_count; i++) {
        const struct conf_target *t = &d->conf->targets[i];
        const struct stored_origin *o = doctor_origin_of(&known, t);
        for (size_t k = 0; o && k < o->count; k++) {
            const struct cidr *c = &o->blocks[k].cidr;
            const struct inventory_line line = {.label = t->label,
                                                .flags =
                                                    c->len == ip_bits(&c->base) ? TARGET_SINGLY : 0,
                                                .at = t->at,
                                                .max = LIMIT_TARGETS};
            inventory_add(&d->inventory, c, &line, NULL);
        }
    }
    stored_origins_fini(&known);
}

/* Behind NAT the mail leaves from another address than the one the server itself has. */
static void doctor_tell_special(struct doctor *d)
{
    const struct ip *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < d->inventory.count; i++) {
        if (!ip_special(&d->inventory.items[i].ip))
            continue;
        first = first ? first : &d->inventory.items[i].ip;
        count++;
    }
    if (!first)
        return;
    char text[IP_TEXT_MAX];
    ip_format(first, text);
    doctor_say(
        d, DOCTOR_WARN, "targets", "", "name the public addresses that your mail comes from",
        "what public lists say about %zu of %zu means nothing, because such an address can't "
        "be seen from outside your network: %s%s%s is %s",
        count, d->inventory.count, count == 1 ? "" : "the first, ", text, count == 1 ? "" : ",",
        ip_special(first));
}

/* A section alone watches nothing, and a guessed selector would prove nothing. */
static void doctor_tell_domains(struct doctor *d)
{
    for (size_t i = 0; i < d->conf->domain_count; i++) {
        const struct conf_domain *section = &d->conf->domains[i];
        const struct ip name = ip_of_name(section->name);
        if (inventory_find(&d->all, &name) < 0)
            doctor_say(d, DOCTOR_WARN, "domain", section->name,
                       "add it with domain = to [targets], or remove the section",
                       "has a section, but is not watched");
        else if (section->selector_count == 0)
            doctor_say(d, DOCTOR_WARN, "domain", section->name,
                       "name the DKIM selectors in use with selectors =",
                       "its DKIM keys are not checked: no selector is known");
    }
}

bool doctor_is_elsewhere(struct doctor *d, const char *name)
{
    if (shard_is_first(&d->conf->shard))
        return false;
    doctor_say(d, DOCTOR_OK, name, "", "", "checked by shard 1/%u only, not by this one",
               (unsigned)d->conf->shard.count);
    return true;
}

static void doctor_tell_shard(struct doctor *d)
{
    const struct shard *shard = &d->conf->shard;
    const struct conf_share *share = &d->conf->dnsbl_share;
    struct inventory mine = d->inventory;
    struct error err = {0};
    char name[SHARD_TEXT];
    if (!shard->count)
        return;
    if (!d->has_ask || !session_wants_all(&d->session))
        mine.others = 0;
    shard_format(shard, name);
    if (!inventory_fits(&mine, shard, &err))
        doctor_say(d, DOCTOR_RED, "shard", name, "until then `repmon run` does nothing", "%s",
                   err.text);
    else if (share->whole > 1)
        doctor_say(d, DOCTOR_OK, "shard", name, "",
                   "queries %zu of %zu targets, with %u/%u of every rate and budget",
                   d->inventory.count, d->all.count, (unsigned)share->part, (unsigned)share->whole);
    else
        doctor_say(d, DOCTOR_OK, "shard", name, "",
                   "queries %zu of %zu targets, with all of every rate and budget: where shards "
                   "share a resolver or a key, set share = 1/%u in [dnsbl]",
                   d->inventory.count, d->all.count, (unsigned)shard->count);
}

void doctor_targets(struct doctor *d)
{
    const struct conf *c = d->conf;
    struct errors errors = {0};
    size_t names = 0;
    inventory_add_conf(&d->inventory, c, &errors);
    for (size_t i = 0; i < errors.count; i++) {
        char text[1800];
        error_format(&errors.items[i], text, sizeof text);
        doctor_say(d, DOCTOR_RED, "targets", "", "fix it: until then `repmon run` does nothing",
                   "%s", text);
    }
    for (size_t i = 0; i < c->target_count; i++)
        names += c->targets[i].kind == TARGET_HOST || c->targets[i].kind == TARGET_SPF;
    size_t written = d->inventory.count;
    bool told = errors.count > 0;
    errors_fini(&errors);
    store_open(c->state, STORE_READ, c->group, &d->store, NULL);
    doctor_add_known(d);
    inventory_finish_conf(&d->inventory, c);
    size_t known = d->inventory.count;
    inventory_split(&d->inventory, &c->shard, true);
    d->all = inventory_all(&d->inventory);
    if (!told && written == 0 && names == 0)
        doctor_say(d, DOCTOR_RED, "targets", "", "add an ip, host, spf or file line to [targets]",
                   "nothing is watched");
    else if (!told)
        doctor_say(d, DOCTOR_OK, "targets", "", "",
                   "%zu given as addresses or domains, %zu name%s to look up; %zu known in total",
                   written, names, names == 1 ? "" : "s", known);
    doctor_tell_shard(d);
    doctor_tell_special(d);
    doctor_tell_domains(d);
}

/* ---- privileges ---- */

void doctor_who(struct doctor *d)
{
    char user[64];
    privilege_user(user, sizeof user);
    if (geteuid() == 0)
        doctor_say(
            d, DOCTOR_WARN, "user", "",
            "name an ordinary user with [repmon] user; the package creates one called repmon",
            "runs as root");
    else if (d->conf->user && strcmp(d->conf->user, user) != 0)
        doctor_say(d, DOCTOR_WARN, "user", "", "try it as that user: sudo -u USER repmon doctor",
                   "runs as %s, but the configuration says user = %s", user, d->conf->user);
    else
        doctor_say(d, DOCTOR_OK, "user", "", "", "runs as %s", user);
}

void doctor_confinement(struct doctor *d)
{
    switch (d->options->confinement) {
    case CONFINED_WRITES:
        doctor_say(d, DOCTOR_OK, "confinement", "", "",
                   "no new privileges, and the kernel lets it write only next to the state%s%s",
                   d->conf->prometheus_textfile ? " and the metrics file" : "",
                   d->conf->html_file ? " and the page" : "");
        break;
    case CONFINED_NO_KERNEL:
        doctor_say(d, DOCTOR_WARN, "confinement", "",
                   "a kernel with Landlock (5.13 and later, lsm=landlock) or the systemd unit adds "
                   "that",
                   "no new privileges, but this kernel has no Landlock: writing is not confined");
        break;
    case CONFINED_NOT:
        doctor_say(d, DOCTOR_WARN, "confinement", "",
                   "use server = instead of command = where you can, or the systemd unit's drop-in",
                   "not confined: the configuration runs a program (command =), which may need "
                   "more power than repmon");
        break;
    }
}

struct secrets_seen {
    struct doctor *d;
    size_t wanted, missing;
};

static bool doctor_see_secret(void *ctx, const struct secret *secret)
{
    struct secrets_seen *seen = ctx;
    const struct errors *w = seen->d->options->warnings;
    char user[64], cure[CURE_MAX];
    const char *why = "its file can't be read";
    if (!secret->wanted)
        return false;
    seen->wanted++;
    if (secret->text)
        return false;
    seen->missing++;
    for (size_t k = 0; k < w->count; k++)
        if (w->items[k].line == secret->at.line)
            why = w->items[k].text;
    privilege_user(user, sizeof user);
    text_fit(cure, sizeof cure,
             "create the file, one line, readable by %s alone: chown %s FILE; chmod 600 FILE", user,
             user);
    doctor_say(seen->d, DOCTOR_RED, "secrets", "", cure, "%s:%d: %s",
               secret->at.file ? secret->at.file : "", secret->at.line, why);
    return false;
}

void doctor_secrets(struct doctor *d)
{
    struct secrets_seen seen = {.d = d};
    doctor_each_secret(d->conf, doctor_see_secret, &seen);
    if (seen.wanted && !seen.missing)
        doctor_say(d, DOCTOR_OK, "secrets", "", "", "%zu read, none accessible to others",
                   seen.wanted);
    else if (!seen.wanted)
        doctor_say(d, DOCTOR_OK, "secrets", "", "", "none configured");
}
