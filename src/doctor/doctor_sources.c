/* SPDX-License-Identifier: ISC */
/* The sources, by what each says about itself. */
#include "doctor_state.h"

#include "repmon/clock.h"
#include "repmon/compose.h"
#include "repmon/recall.h"
#include "repmon/source_look.h"
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

/* What a source works and reports with while it is examined. */
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
        buf_cut(out, before); /* the check of the state reports it */
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
                   h->cause == CAUSE_NONE ? "no news" : compose_why(false, list, h->cause),
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

/* One question about one watched address, as a run would ask it. */
static bool doctor_ask(struct doctor *d, const struct source *source, struct session *a,
                       struct inventory *one, struct error *err)
{
    const struct target *t = &d->inventory.items[0];
    struct cidr block = {t->ip, t->prefix};
    struct source_env hooks = {.check = true, .now = d->now};
    struct probe_options probe = {.loop = d->loop, .deadline_ms = clock_mono_ms() + 60000};
    const struct inventory_line line = {.flags = TARGET_SINGLY, .max = LIMIT_TARGETS};
    const struct session_choice alone = {.sources = &source->word, .source_count = 1};
    struct probe_stats stats;
    if (!session_init(a, d->conf, &alone, err) || !session_is_possible(a, err) ||
        !inventory_add(one, &block, &line, err))
        return false;
    inventory_finish(one);
    return session_open(a, one, &hooks, err) && session_run(a, &probe, &stats, err);
}

static void doctor_say_outcome(struct doctor *d, const char *source, const struct session *a,
                               const char *cure)
{
    struct outcome o = results_effective(a->results, 0, 0);
    struct advice advice = {0};
    if (o.cause == CAUSE_NONE || cause_is_normal(o.cause)) {
        doctor_say(d, DOCTOR_OK, source, "", "", "answers%s",
                   o.cause == CAUSE_NO_DATA ? ", but has no data about the first target" : "");
        return;
    }
    bool known = session_advise(a, 0, NULL, o.cause, CHANGE_BLIND, NULL, &advice);
    doctor_say(d, DOCTOR_RED, source, "", known ? advice.text : cure, "%s: %s", cause_word(o.cause),
               compose_why(false, source, o.cause));
}

static void doctor_say_answer(void *ctx, const char *cure)
{
    struct doctor_look *l = ctx;
    struct doctor *d = l->d;
    struct session a = {0};
    struct inventory one;
    struct error err = {0};
    if (d->inventory.count == 0 || !d->loop)
        return;
    inventory_init(&one);
    bool asked = doctor_ask(d, l->source, &a, &one, &err);
    if (!loop_interrupted() && asked) /* else the caller tells it */
        doctor_say_outcome(d, l->source->word, &a, cure);
    else if (!loop_interrupted())
        doctor_say(d, DOCTOR_RED, l->source->word, "", "fix it there", "%s", err.text);
    session_fini(&a);
    inventory_fini(&one);
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
                                     .targets = d->all.count,
                                     .inventory = &d->all,
                                     .offline = d->options->offline,
                                     .loop = d->loop,
                                     .say = doctor_say_of,
                                     .say_list = doctor_say_list,
                                     .say_answer = doctor_say_answer,
                                     .say_end = doctor_say_end};
    if (d->store && !store_health_load(d->store, &l.healths, NULL))
        l.healths.count = 0;
    buf_init(&l.value, FACT_MAX);
    source->examine(&look);
    buf_fini(&l.value);
    stored_healths_fini(&l.healths);
}

/* Examines the sources that are asked, or those that hear. */
static void doctor_examine_sources(struct doctor *d, bool hearers)
{
    for (size_t i = 0; i < d->conf->sources->count; i++) {
        const struct source *s = d->conf->sources->items[i];
        if (!s->examine || (s->hear != NULL) != hearers)
            continue;
        if (s->accounts && s->accounts->count(d->conf) == 0) {
            if (s->accounts->absent)
                doctor_say(d, DOCTOR_OK, s->word, "", "", "%s", s->accounts->absent);
        } else if (s->reach != REACH_FIRST || !doctor_is_elsewhere(d, s->word)) {
            doctor_examine_source(d, s);
        }
    }
}

void doctor_askers(struct doctor *d)
{
    doctor_examine_sources(d, false);
}

static void doctor_say_doubt(void *ctx, const char *source, const char *list, const char *text,
                             const char *cure)
{
    doctor_say(ctx, DOCTOR_WARN, source, list, cure, "%s", text);
}

/* The sources that hear, and what the last runs found out about what they hear. */
void doctor_hearers(struct doctor *d)
{
    struct error err = {0};
    if (d->store && d->has_ask && recall_hearers(&d->session, d->store, &err))
        session_doubts(&d->session, d->now, doctor_say_doubt, d);
    doctor_examine_sources(d, true);
}

enum doctor_mark doctor_expiry_mark(time_t end, int soon_days, time_t now)
{
    if (end <= now)
        return DOCTOR_RED;
    return end - now <= (time_t)soon_days * DAY_S ? DOCTOR_WARN : DOCTOR_OK;
}
