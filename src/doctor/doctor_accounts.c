/* SPDX-License-Identifier: ISC */
/* The accounts of sources, and Cisco Talos. */
#include "doctor_state.h"

#include "repmon/clock.h"
#include "repmon/compose.h"
#include "repmon/source_look.h"
#include "repmon/sources.h"
#include "repmon/status_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S      86400
#define FACT_MAX   4096
#define MEMORY_MAX (64u << 20)

static const struct stored_health *doctor_find(const struct stored_healths *healths,
                                               const char *source, const char *list)
{
    for (size_t i = 0; i < healths->count; i++)
        if (source_equal(healths->items[i].source, source) &&
            strcmp(healths->items[i].list, list) == 0)
            return &healths->items[i];
    return NULL;
}

/* What a source is told and tells with, while it is examined. */
struct doctor_look {
    struct doctor *d;            /* borrowed */
    const struct source *source; /* borrowed */
    struct stored_healths healths;
    struct buf value; /* of the last fact */
};

static const char *doctor_fact(void *ctx, const char *key)
{
    struct doctor_look *l = ctx;
    bool found = false;
    if (!l->d->store || !store_meta_get(l->d->store, key, &l->value, &found, NULL) || !found)
        return NULL;
    return buf_text(&l->value);
}

static void doctor_memory(void *ctx, struct buf *out)
{
    struct doctor_look *l = ctx;
    char key[64];
    bool found = false;
    size_t before = out->len;
    snprintf(key, sizeof key, "memory.%s", l->source->word);
    if (l->d->store && !store_meta_parts(l->d->store, key, out, &found, NULL))
        buf_cut(out, before); /* the check of the state says it */
}

static void doctor_say_of(void *ctx, enum doctor_mark mark, const char *subject, const char *cure,
                          const char *text)
{
    struct doctor_look *l = ctx;
    doctor_say(l->d, mark, l->source->word, subject, cure, "%s", text);
}

static void doctor_say_list(void *ctx, const char *list, int64_t stale_ms)
{
    struct doctor_look *l = ctx;
    struct doctor *d = l->d;
    const char *source = l->source->word;
    const struct stored_health *h = doctor_find(&l->healths, source, list);
    char age[32] = "";
    if (!h || !h->asked) {
        doctor_say(d, DOCTOR_WARN, source, list, "run `repmon run`", "not queried yet");
        return;
    }
    if (h->proven)
        clock_format_age((int64_t)(d->now - h->proven), age, sizeof age);
    if (h->health == HEALTH_OK && h->proven && (d->now - h->proven) * 1000 <= stale_ms)
        doctor_say(d, DOCTOR_OK, source, list, "", "last success %s ago", age);
    else
        doctor_say(d, DOCTOR_RED, source, list,
                   h->note && h->note[0] ? h->note : "`repmon accounts` shows more",
                   "%s; last success %s%s",
                   h->cause == CAUSE_NONE ? "no news" : compose_cause(h->cause),
                   h->proven ? age : "never", h->proven ? " ago" : "");
}

static void doctor_say_end(void *ctx, const char *list, int soon_days, const char *cure)
{
    struct doctor_look *l = ctx;
    struct doctor *d = l->d;
    char key[300], day[32];
    status_expiry_key(l->source->word, list, key, sizeof key);
    const char *text = doctor_fact(l, key);
    time_t end = text ? (time_t)strtoll(text, NULL, 10) : 0;
    if (end <= 0)
        return;
    clock_format_local(end, day, sizeof day);
    doctor_say(d, doctor_expiry_mark(end, soon_days, d->now), l->source->word, list, cure,
               "%s on %s", end <= d->now ? "expired" : "expires", day);
}

static bool doctor_has_domain(const struct doctor *d)
{
    for (size_t i = 0; i < d->all.count; i++)
        if (ip_name(&d->all.items[i].ip))
            return true;
    return false;
}

static void doctor_examine_source(struct doctor *d, const struct source *source)
{
    struct doctor_look l = {.d = d, .source = source};
    const struct source_look look = {.conf = d->conf,
                                     .now = d->now,
                                     .fact = doctor_fact,
                                     .memory = doctor_memory,
                                     .ctx = &l,
                                     .domains = doctor_has_domain(d),
                                     .say = doctor_say_of,
                                     .say_list = doctor_say_list,
                                     .say_end = doctor_say_end};
    if (d->store && !store_health_load(d->store, &l.healths, NULL))
        l.healths.count = 0;
    buf_init(&l.value, FACT_MAX);
    source->accounts->examine(&look);
    buf_fini(&l.value);
    stored_healths_fini(&l.healths);
}

/* The sources to whose accounts somebody logs in, or the others. */
static void doctor_examine_sources(struct doctor *d, bool logins)
{
    for (size_t i = 0; i < d->conf->sources->count; i++) {
        const struct source *s = d->conf->sources->items[i];
        if (!s->accounts || !s->accounts->examine || (s->accounts->client != NULL) != logins)
            continue;
        if (s->accounts->count(d->conf) == 0) {
            if (s->accounts->absent)
                doctor_say(d, DOCTOR_OK, s->word, "", "", "%s", s->accounts->absent);
        } else if (s->reach != REACH_FIRST || !doctor_is_elsewhere(d, s->word)) {
            doctor_examine_source(d, s);
        }
    }
}

void doctor_accounts(struct doctor *d)
{
    doctor_examine_sources(d, true);
}

void doctor_sections(struct doctor *d)
{
    doctor_examine_sources(d, false);
}

enum doctor_mark doctor_expiry_mark(time_t end, int soon_days, time_t now)
{
    if (end <= now)
        return DOCTOR_RED;
    return end - now <= (time_t)soon_days * DAY_S ? DOCTOR_WARN : DOCTOR_OK;
}

/* ---- Talos ---- */

void doctor_talos(struct doctor *d)
{
    static const char *const methods[] = {"off", "cloud_intel", "html", "dns", "command"};
    if (d->conf->talos.method == TALOS_OFF)
        doctor_say(d, DOCTOR_OK, "talos", "", "", "not configured");
    else if (d->options->offline)
        doctor_say(d, DOCTOR_OK, "talos", "", "", "configured: method = %s",
                   methods[d->conf->talos.method]);
}

/* One question about one watched address, as a run would ask it. */
static bool doctor_ask_talos(struct doctor *d, struct session *a, struct inventory *one,
                             struct error *err)
{
    const struct target *t = &d->inventory.items[0];
    struct cidr block = {t->ip, t->prefix};
    struct source_env hooks = {.check = true, .now = d->now};
    struct probe_options probe = {.loop = d->loop, .deadline_ms = clock_mono_ms() + 60000};
    const struct inventory_line line = {.flags = TARGET_SINGLY, .max = LIMIT_TARGETS};
    const struct session_choice talos_alone = {.sources = &source_talos.word, .source_count = 1};
    struct probe_stats stats;
    if (!session_init(a, d->conf, &talos_alone, err) || !session_is_possible(a, err) ||
        !inventory_add(one, &block, &line, err))
        return false;
    inventory_finish(one);
    return session_open(a, one, &hooks, err) && session_run(a, &probe, &stats, err);
}

void doctor_talos_live(struct doctor *d)
{
    struct session a = {0};
    struct inventory one;
    struct error err = {0};
    if (d->conf->talos.method == TALOS_OFF || d->inventory.count == 0)
        return;
    inventory_init(&one);
    bool asked = doctor_ask_talos(d, &a, &one, &err);
    if (loop_interrupted()) {
        /* told by the caller */
    } else if (!asked) {
        doctor_say(d, DOCTOR_RED, "talos", "", "fix it there", "%s", err.text);
    } else {
        struct outcome o = results_effective(a.results, 0, 0);
        struct advice advice = {0};
        if (o.cause == CAUSE_NONE || cause_is_normal(o.cause))
            doctor_say(d, DOCTOR_OK, "talos", "", "", "answers%s",
                       o.cause == CAUSE_NO_DATA ? ", but has no data about the first target" : "");
        else if (session_advise(&a, 0, NULL, o.cause, CHANGE_BLIND, NULL, &advice))
            doctor_say(d, DOCTOR_RED, "talos", "", advice.text, "%s: %s", cause_word(o.cause),
                       compose_cause(o.cause));
        else
            doctor_say(d, DOCTOR_RED, "talos", "", "try another method = in [talos]", "%s: %s",
                       cause_word(o.cause), compose_cause(o.cause));
    }
    session_fini(&a);
    inventory_fini(&one);
}
