/* SPDX-License-Identifier: ISC */
#include "repmon/ask.h"

#include "ask_tell.h"
#include "repmon/public_resolver.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ask_note(struct ask *a, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = mem_vfmt(1024, fmt, args);
    va_end(args);
    bool keep = a->note_count < ASK_NOTES;
    for (size_t i = 0; i < a->note_count; i++)
        keep = keep && strcmp(a->notes[i], text) != 0;
    if (keep)
        a->notes[a->note_count++] = text;
    else
        free(text);
}

/* Lists refuse public resolvers, or answer "not listed" to all who ask through them. */
static void choose_resolvers(struct ask *a)
{
    a->resolver_count = a->conf->resolver_count;
    bool own = a->resolver_count > 0;
    if (a->resolver_count > LIMIT_RESOLVERS)
        a->resolver_count = LIMIT_RESOLVERS;
    if (own)
        memcpy(a->resolvers, a->conf->resolvers, a->resolver_count * sizeof *a->resolvers);
    else
        a->resolver_count = dns_system_resolvers(a->resolvers, LIMIT_RESOLVERS);
    for (size_t i = 0; i < a->resolver_count; i++) {
        const char *name = public_resolver_name(&a->resolvers[i].ip);
        char text[IP_TEXT_MAX];
        if (!name)
            continue;
        ip_format(&a->resolvers[i].ip, text);
        ask_note(a,
                 "resolver %s%s is public (%s): many lists refuse it or answer nothing; use a "
                 "resolver of your own",
                 text, own ? "" : " in resolv.conf", name);
    }
}

/* Whether the configuration has this source on. */
static bool source_is_on(const struct ask *a, enum source_kind kind)
{
    switch (kind) {
    case SOURCE_DNSBL: return true;
    case SOURCE_SNDS: return a->conf->snds_count > 0;
    case SOURCE_TALOS: return a->conf->talos.method != TALOS_OFF;
    case SOURCE_PTR: return a->conf->ptr.use != PTR_NONE;
    case SOURCE_COUNT: break;
    }
    return false;
}

static bool wanted(const struct ask *a, enum source_kind kind, unsigned sources)
{
    if (!source_get(kind))
        return false;
    return sources ? (sources & 1u << kind) != 0 : source_is_on(a, kind);
}

static bool check_sources(const struct ask *a, unsigned sources, struct error *err)
{
    for (unsigned k = 0; k < SOURCE_COUNT; k++) {
        if (!(sources & 1u << k))
            continue;
        if (!source_get((enum source_kind)k))
            return error_set(err, ERR_USAGE, "this build can't ask %s",
                             source_word((enum source_kind)k));
        if (!source_is_on(a, (enum source_kind)k))
            return error_set(err, ERR_CONFIG, "%s is not configured: add a [%s] section",
                             source_word((enum source_kind)k), source_word((enum source_kind)k));
    }
    return true;
}

static bool load_catalogue(struct ask *a, const struct conf *conf, struct error *err)
{
    struct error why = {0};
    if (catalogue_load(conf->dnsbl_catalogue, &a->catalogue, &why))
        return true;
    return error_at(err, why.class, why.file, why.line, "%s%s", why.text,
                    conf->dnsbl_catalogue ? "; see catalogue in [dnsbl]" : "");
}

bool ask_init(struct ask *a, const struct conf *conf, unsigned sources, const char *const *zones,
              size_t zone_count, struct error *err)
{
    *a = (struct ask){.conf = conf};
    if (zone_count && !sources)
        sources = 1u << SOURCE_DNSBL; /* --list names what to ask: nothing else */
    a->advice = advice_book_new(err);
    if (!a->advice || !check_sources(a, sources, err) || !load_catalogue(a, conf, err) ||
        !dnsbl_lists_build(&a->catalogue, conf, zones, zone_count, &a->lists, err))
        return false;
    for (size_t i = 0; i < a->lists.note_count; i++)
        ask_note(a, "%s", a->lists.notes[i]);
    choose_resolvers(a);
    a->dnsbl = (struct dnsbl_setup){.lists = &a->lists, .reasons = conf->dnsbl_reasons};
    for (unsigned k = 0; k < SOURCE_COUNT; k++) {
        if (!wanted(a, (enum source_kind)k, sources))
            continue;
        a->setup[k] = k == SOURCE_DNSBL ? (const void *)&a->dnsbl : conf;
        a->first[k] = a->column_count;
        a->columns[k] = source_get((enum source_kind)k)->columns(a->setup[k]);
        a->column_count += a->columns[k];
    }
    return true;
}

bool ask_has_resolver(const struct ask *a, struct error *err)
{
    return a->resolver_count > 0 ||
           error_set(err, ERR_CONFIG,
                     "no resolver: name one with [dns] resolver or in /etc/resolv.conf");
}

bool ask_is_possible(const struct ask *a, struct error *err)
{
    if (a->column_count == 0)
        return error_set(err, ERR_CONFIG,
                         "nothing to ask: every list and source is off; see [dnsbl] use");
    return ask_has_resolver(a, err);
}

void ask_fini(struct ask *a)
{
    for (unsigned k = 0; k < SOURCE_COUNT; k++) {
        if (a->state[k])
            source_get((enum source_kind)k)->close(a->state[k]);
    }
    grid_free(a->grid);
    dnsbl_lists_fini(&a->lists);
    catalogue_fini(&a->catalogue);
    advice_book_free(a->advice);
    for (size_t i = 0; i < a->note_count; i++)
        free(a->notes[i]);
    *a = (struct ask){0};
}

bool ask_open(struct ask *a, const struct inventory *inventory, const struct source_env *hooks,
              struct error *err)
{
    a->inventory = inventory;
    a->tests_only = hooks->tests_only;
    a->grid = grid_new(inventory->count, a->column_count);
    for (unsigned k = 0; k < SOURCE_COUNT; k++) {
        if (!a->setup[k])
            continue;
        for (size_t i = 0; i < a->columns[k]; i++)
            source_get((enum source_kind)k)
                ->describe(a->setup[k], i, grid_column(a->grid, a->first[k] + i));
        struct source_env env = *hooks;
        env.conf = a->conf;
        env.inventory = inventory;
        env.grid = a->grid;
        env.first_column = a->first[k];
        env.columns = a->columns[k];
        a->state[k] = source_get((enum source_kind)k)->open(a->setup[k], &env, err);
        if (!a->state[k])
            return false;
    }
    return true;
}

struct dns_options ask_dns_options(const struct ask *a)
{
    return (struct dns_options){.resolvers = a->resolvers,
                                .count = a->resolver_count,
                                .timeout_ms = a->conf->dns_timeout_ms,
                                .tries = a->conf->dns_tries};
}

bool ask_run(struct ask *a, struct probe_options *options, struct probe_stats *stats,
             struct error *err)
{
    struct probe_source sources[SOURCE_COUNT];
    size_t count = 0;
    struct dns_options dns = ask_dns_options(a);
    options->dns = &dns;
    options->ca_file = a->conf->ca_file;
    options->targets = a->inventory->count;
    options->total = options->targets * a->column_count;
    for (unsigned k = 0; k < SOURCE_COUNT; k++) {
        if (a->state[k])
            sources[count++] = (struct probe_source){source_get((enum source_kind)k), a->state[k]};
    }
    ask_tell_start(a);
    if (!probe_run(options, sources, count, stats, err))
        return false;
    ask_tell_end(a, stats);
    return true;
}

enum source_kind ask_source(const struct ask *a, size_t column, size_t *local)
{
    unsigned k = 0;
    while (k + 1 < SOURCE_COUNT &&
           (!a->setup[k] || column < a->first[k] || column >= a->first[k] + a->columns[k]))
        k++;
    *local = column - a->first[k];
    return (enum source_kind)k;
}

static struct column describe(const struct ask *a, size_t column)
{
    size_t local;
    struct column c = {0};
    enum source_kind kind = ask_source(a, column, &local);
    source_get(kind)->describe(a->setup[kind], local, &c);
    return c;
}

const char *ask_list(const struct ask *a, size_t column)
{
    return describe(a, column).list;
}

enum list_kind ask_kind(const struct ask *a, size_t column)
{
    return describe(a, column).kind;
}

enum severity ask_severity(const struct ask *a, size_t column)
{
    return describe(a, column).severity;
}

void ask_explain(const struct ask *a, size_t column, const char *answers, struct verdict *out)
{
    size_t local;
    enum source_kind kind = ask_source(a, column, &local);
    source_get(kind)->explain(a->setup[kind], local, answers, out);
}

void ask_url(const struct ask *a, size_t column, const struct ip *ip, bool finding, struct buf *out)
{
    size_t local;
    enum source_kind kind = ask_source(a, column, &local);
    source_get(kind)->url(a->setup[kind], local, ip, finding, out);
}

size_t ask_find(const struct ask *a, enum source_kind source, const char *list)
{
    for (size_t i = 0; i < a->columns[source]; i++) {
        if (strcmp(ask_list(a, a->first[source] + i), list) == 0)
            return a->first[source] + i;
    }
    return ASK_NO_COLUMN;
}

bool ask_advise(const struct ask *a, size_t column, const struct verdict *v, enum cause cause,
                enum change_kind change, const struct ip *ip, struct advice *out)
{
    size_t local;
    enum source_kind kind = ask_source(a, column, &local);
    struct advice_query q = {
        .source = kind, .list = ask_list(a, column), .cause = cause, .change = change, .ip = ip};
    if (v) {
        q.state = v->state;
        q.codes = v->codes;
        q.code_count = v->code_count;
        q.list_advice = v->advice;
    }
    if (kind == SOURCE_DNSBL) {
        const struct dnsbl_list *list = &a->lists.items[local];
        q.kind = list->kind;
        q.list_cure = list->cure;
        q.lookup_url = list->lookup_url;
        q.delist_url = list->delist_url;
    }
    return advice_for(a->advice, &q, out);
}
