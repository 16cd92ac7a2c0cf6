/* SPDX-License-Identifier: ISC */
#include "repmon/session.h"

#include "repmon/public_resolver.h"
#include "session_tell.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void session_note(struct session *a, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = mem_vfmt(1024, fmt, args);
    va_end(args);
    bool keep = a->note_count < SESSION_NOTES;
    for (size_t i = 0; i < a->note_count; i++) {
        if (strcmp(a->notes[i], text) == 0)
            keep = false;
    }
    if (keep)
        a->notes[a->note_count++] = text;
    else
        free(text);
}

/* Lists refuse public resolvers, or answer "not listed" to everyone who uses one. */
static void session_choose_resolvers(struct session *a)
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
        size_t before = a->note_count;
        session_note(a,
                     "resolver %s%s is public (%s): many lists refuse it or answer nothing; use a "
                     "resolver of your own",
                     text, own ? "" : " in resolv.conf", name);
        if (a->note_count > before)
            a->notes_of_resolvers |= 1u << before;
    }
}

/* Sources requested by name must exist and be configured. */
static bool session_check_chosen(const struct session *a, const struct session_choice *choice,
                                 struct error *err)
{
    for (size_t i = 0; i < choice->source_count; i++) {
        const struct session_part *part = session_part(a, choice->sources[i]);
        if (!part)
            return error_set(err, ERR_USAGE, "this build does not support %s", choice->sources[i]);
        if (part->source->only_runs)
            return error_set(err, ERR_USAGE, "%s is read by runs: `repmon status` shows it",
                             part->source->word);
        if (part->source->columns(part->setup) == 0 && !part->source->dns_list &&
            !part->source->by_targets)
            return error_set(err, ERR_CONFIG, "%s is not configured: add a [%s] section",
                             part->source->word, part->source->word);
    }
    return true;
}

static bool session_is_chosen(const struct session_choice *choice, const struct source *source)
{
    for (size_t i = 0; i < choice->source_count; i++)
        if (source_equal(choice->sources[i], source->word))
            return true;
    /* If a person names lists, those are asked and nothing else. */
    if (choice->zones.count && choice->source_count == 0)
        return source->dns_list;
    return choice->source_count == 0;
}

static bool session_add_part(struct session *a, const struct source *source,
                             const struct session_choice *choice, struct error *err)
{
    struct session_part *part = &a->parts[a->part_count];
    *part = (struct session_part){.source = source, .setup = a->conf};
    if (source->setup_new) {
        part->own_setup = source->setup_new(a->conf, &choice->zones, err);
        part->setup = part->own_setup;
    }
    if (!part->setup)
        return false;
    a->part_count++;
    size_t notes = 0;
    const char *const *note = source->setup_notes ? source->setup_notes(part->setup, &notes) : NULL;
    for (size_t i = 0; i < notes; i++)
        session_note(a, "%s", note[i]);
    return true;
}

/* A source that exists only once belongs to the first shard. */
static bool session_is_ours(const struct session *a, const struct source *source)
{
    return source->reach != REACH_FIRST || shard_is_first(&a->conf->shard);
}

static void session_number_columns(struct session *a)
{
    a->column_count = 0;
    for (size_t i = 0; i < a->part_count; i++) {
        struct session_part *part = &a->parts[i];
        part->first = a->column_count;
        part->columns = part->on ? part->source->columns(part->setup) : 0;
        a->column_count += part->columns;
    }
}

void session_recall(struct session *a, session_recall_fn *memory, void *ctx)
{
    for (size_t i = 0; i < a->part_count; i++) {
        struct session_part *part = &a->parts[i];
        const char *text = part->source->recall ? memory(ctx, part->source->word) : NULL;
        if (text)
            part->source->recall(part->own_setup, text);
    }
    session_number_columns(a);
}

/* For asking how much a receiver accepted, as of `now`. */
struct session_hearing {
    const struct session *session;
    time_t now;
};

static bool session_accepted(void *ctx, const char *receiver, const struct ip *own,
                             uint64_t *messages)
{
    const struct session_hearing *h = ctx;
    for (size_t i = 0; i < h->session->part_count; i++) {
        const struct session_part *part = &h->session->parts[i];
        if (part->source->accepted && part->on &&
            part->source->accepted(part->setup, receiver, own, h->now, messages))
            return true;
    }
    return false;
}

bool session_hear(struct session *a, const struct hear_env *env, struct error *err)
{
    struct session_hearing hearing = {a, env->now};
    struct hear_env whole = *env;
    whole.accepted = session_accepted;
    whole.accepted_ctx = &hearing;
    for (size_t i = 0; i < a->part_count; i++) {
        struct session_part *part = &a->parts[i];
        if (part->source->hear && part->on && !part->source->hear(part->own_setup, &whole, err))
            return false;
    }
    session_number_columns(a);
    return true;
}

void session_committed(struct session *a)
{
    for (size_t i = 0; i < a->part_count; i++) {
        struct session_part *part = &a->parts[i];
        if (part->source->committed && part->on)
            part->source->committed(part->own_setup);
    }
}

bool session_remember(const struct session *a, size_t part, time_t now, struct buf *out)
{
    const struct session_part *p = &a->parts[part];
    if (!p->source->remember || !p->on)
        return false;
    p->source->remember(p->own_setup, now, out);
    return true;
}

bool session_init(struct session *a, const struct conf *conf, const struct session_choice *choice,
                  struct error *err)
{
    static const struct session_choice all;
    *a = (struct session){.conf = conf};
    bool by_person = choice != NULL;
    choice = choice ? choice : &all;
    a->advice = advice_table_new(err);
    if (!a->advice)
        return false;
    for (size_t i = 0; i < conf->sources->count; i++)
        if (!session_add_part(a, conf->sources->items[i], choice, err))
            return false;
    if (!session_check_chosen(a, choice, err))
        return false;
    session_choose_resolvers(a);
    for (size_t i = 0; i < a->part_count; i++)
        a->parts[i].on = session_is_chosen(choice, a->parts[i].source) &&
                         (by_person || session_is_ours(a, a->parts[i].source));
    session_number_columns(a);
    return true;
}

static bool session_has_domains(const struct session *a)
{
    for (size_t i = 0; i < a->conf->target_count; i++) {
        if (a->conf->targets[i].kind == TARGET_DOMAIN)
            return true;
    }
    return false;
}

bool session_wants_all(const struct session *a)
{
    for (size_t i = 0; i < a->part_count; i++) {
        const struct session_part *part = &a->parts[i];
        if (!part->on || part->source->reach == REACH_SHARD)
            continue;
        if (part->columns > 0 || (part->source->by_targets && session_has_domains(a)))
            return true;
    }
    return false;
}

static bool session_is_stub(const struct ip *ip)
{
    static const uint32_t stubs[] = {0x7f000035, 0x7f000036}; /* 127.0.0.53, 127.0.0.54 */
    return ip->family == 4 && (ip_v4(ip) == stubs[0] || ip_v4(ip) == stubs[1]);
}

bool session_resolver_is_here(const struct session *a)
{
    for (size_t i = 0; i < a->resolver_count; i++) {
        const struct ip *ip = &a->resolvers[i].ip;
        if (!ip_is_loopback(ip) || session_is_stub(ip))
            return false;
    }
    return a->resolver_count > 0;
}

bool session_has_resolver(const struct session *a, struct error *err)
{
    return a->resolver_count > 0 ||
           error_set(err, ERR_CONFIG,
                     "no resolver: name one with [dns] resolver or in /etc/resolv.conf");
}

bool session_is_possible(const struct session *a, struct error *err)
{
    if (a->column_count == 0)
        return error_set(
            err, ERR_CONFIG,
            "nothing to query: every list and source is switched off; see [dnsbl] use");
    return session_has_resolver(a, err);
}

void session_fini(struct session *a)
{
    for (size_t i = 0; i < a->part_count; i++) {
        struct session_part *part = &a->parts[i];
        if (part->state)
            part->source->close(part->state);
        if (part->own_setup)
            part->source->setup_free(part->own_setup);
    }
    results_free(a->results);
    advice_table_free(a->advice);
    for (size_t i = 0; i < a->note_count; i++)
        free(a->notes[i]);
    *a = (struct session){0};
}

static bool session_open_part(struct session *a, struct session_part *part,
                              const struct source_env *hooks, struct error *err)
{
    for (size_t i = 0; i < part->columns; i++)
        part->source->describe(part->setup, i, results_column(a->results, part->first + i));
    struct source_env env = *hooks;
    env.conf = a->conf;
    env.inventory = part->source->reach == REACH_SHARD ? a->inventory : &a->all;
    env.results = a->results;
    env.first_column = part->first;
    env.columns = part->columns;
    part->state = part->source->open(part->setup, &env, err);
    return part->state != NULL;
}

bool session_open(struct session *a, const struct inventory *inventory,
                  const struct source_env *hooks, struct error *err)
{
    a->inventory = inventory;
    a->all = inventory_all(inventory);
    a->tests_only = hooks->tests_only;
    a->results = results_new(a->all.count, a->column_count);
    for (size_t i = 0; i < a->part_count; i++) {
        struct session_part *part = &a->parts[i];
        if (part->columns > 0 && !session_open_part(a, part, hooks, err))
            return false;
    }
    return true;
}

struct dns_options session_dns_options(const struct session *a)
{
    return (struct dns_options){.resolvers = a->resolvers,
                                .count = a->resolver_count,
                                .timeout_ms = a->conf->dns_timeout_ms,
                                .tries = a->conf->dns_tries};
}

bool session_run(struct session *a, struct probe_options *options, struct probe_stats *stats,
                 struct error *err)
{
    struct probe_source sources[SOURCES_MAX];
    size_t count = 0;
    struct dns_options dns = session_dns_options(a);
    options->dns = &dns;
    options->ca_file = a->conf->ca_file;
    options->targets = a->tests_only ? 0 : a->inventory->count;
    options->total = options->targets * a->column_count;
    for (size_t i = 0; i < a->part_count; i++) {
        const struct session_part *part = &a->parts[i];
        if (part->state)
            sources[count++] = (struct probe_source){part->source, part->state};
    }
    session_tell_start(a);
    if (!probe_run(options, sources, count, stats, err))
        return false;
    session_tell_end(a, stats);
    return true;
}
