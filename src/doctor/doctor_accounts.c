/* SPDX-License-Identifier: ISC */
/* The sources that are no DNS lists: Microsoft SNDS, Google Postmaster and Cisco Talos. */
#include "doctor_state.h"

#include "repmon/clock.h"
#include "repmon/compose.h"
#include "repmon/oauth_token.h"
#include "repmon/postmaster_overview.h"
#include "repmon/sources.h"
#include "repmon/status_report.h"
#include "repmon/text_fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S            86400
#define FACT_MAX         4096
#define LINK_SOON_DAYS   5 /* links live 30 */
#define ATTEST_SOON_DAYS 30

/* ---- SNDS ---- */

static const struct stored_health *doctor_find(const struct stored_healths *healths,
                                               const char *source, const char *list)
{
    for (size_t i = 0; i < healths->count; i++)
        if (source_equal(healths->items[i].source, source) &&
            strcmp(healths->items[i].list, list) == 0)
            return &healths->items[i];
    return NULL;
}

/* How the last run fared with one report of an account. */
static void doctor_report_line(struct doctor *d, const struct stored_healths *healths,
                               const char *source, const char *list, int64_t stale_ms)
{
    const struct stored_health *h = doctor_find(healths, source, list);
    char age[32] = "";
    if (!h || !h->asked) {
        doctor_say(d, DOCTOR_WARN, source, list, "run `repmon run`", "not asked yet");
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

/* The token of an OAuth account; a person must have logged in once. */
static void doctor_token_line(struct doctor *d, const struct conf_snds *s)
{
    struct oauth_token token = {0};
    struct error err = {0};
    char cure[300], used[32] = "", since[32] = "";
    char *path = oauth_token_path(d->conf, source_snds.word, s->name);
    enum oauth_token_state state = oauth_token_load(path, &token, &err);
    clock_format_age((int64_t)(d->now - token.used), used, sizeof used);
    clock_format_age((int64_t)(d->now - token.logged_in), since, sizeof since);
    text_fit(cure, sizeof cure, "repmon login %s", s->name);
    if (state == OAUTH_TOKEN_MISSING)
        doctor_say(d, DOCTOR_RED, "snds", s->name, cure, "not logged in yet");
    else if (state != OAUTH_TOKEN_READ)
        doctor_say(d, DOCTOR_RED, "snds", s->name, cure, "its login can't be used: %s", err.text);
    else
        doctor_say(d, DOCTOR_OK, "snds", s->name, "", "logged in %s ago, last used %s%s",
                   token.logged_in ? since : "some time", token.used ? used : "never",
                   token.used ? " ago" : "");
    oauth_token_fini(&token);
    free(path);
}

/* What the last run found out about the end of links, login or attestation. */
static void doctor_expiry_line(struct doctor *d, const struct conf_snds *s, const char *list)
{
    struct buf text;
    char key[300], day[32];
    bool found = false;
    buf_init(&text, 64);
    status_expiry_key(source_snds.word, list, key, sizeof key);
    if (!d->store || !store_meta_get(d->store, key, &text, &found, NULL))
        found = false;
    time_t end = found ? (time_t)strtoll(buf_text(&text), NULL, 10) : 0;
    enum doctor_mark mark =
        doctor_expiry_mark(end, s->links ? LINK_SOON_DAYS : ATTEST_SOON_DAYS, d->now);
    clock_format_local(end, day, sizeof day);
    if (end > 0)
        doctor_say(d, mark, "snds", list,
                   s->links ? "create a new link in SNDS, or better, use method = oauth"
                            : "log in or attest the block again: `repmon accounts` says which",
                   "%s on %s", end <= d->now ? "expired" : "expires", day);
    buf_fini(&text);
}

enum doctor_mark doctor_expiry_mark(time_t end, int soon_days, time_t now)
{
    if (end <= now)
        return DOCTOR_RED;
    return end - now <= (time_t)soon_days * DAY_S ? DOCTOR_WARN : DOCTOR_OK;
}

void doctor_snds(struct doctor *d)
{
    struct stored_healths healths = {0};
    if (d->conf->snds_count == 0) {
        doctor_say(d, DOCTOR_OK, "snds", "", "",
                   "not configured: the addresses' reputation at Outlook.com stays unknown");
        return;
    }
    if (d->store && !store_health_load(d->store, &healths, NULL))
        healths.count = 0;
    for (size_t i = 0; i < d->conf->snds_count; i++) {
        const struct conf_snds *s = &d->conf->snds[i];
        const char *const lists[] = {s->status_list, s->data_list};
        if (!s->links)
            doctor_token_line(d, s);
        if (s->cover_count == 0)
            doctor_say(d, DOCTOR_WARN, "snds", s->name,
                       "write the blocks of the account, each with the day of its last attestation",
                       "covers is missing: an empty status report proves nothing");
        for (size_t k = 0; k < 2; k++) {
            if (s->links && !(k ? s->data_url : s->status_url).wanted)
                continue;
            doctor_report_line(d, &healths, source_snds.word, lists[k], s->stale_ms);
            doctor_expiry_line(d, s, lists[k]);
        }
    }
    stored_healths_fini(&healths);
}

/* ---- Google Postmaster ---- */

struct doctor_facts {
    struct store *store; /* borrowed; NULL: no state yet */
    struct buf value;
};

static const char *doctor_fact(void *ctx, const char *key)
{
    struct doctor_facts *f = ctx;
    bool found = false;
    if (!f->store || !store_meta_get(f->store, key, &f->value, &found, NULL) || !found)
        return NULL;
    return buf_text(&f->value);
}

/* A login of a consent screen in Testing dies after seven days; an older one has proved better. */
static void doctor_google_login(struct doctor *d, const struct postmaster_overview *o)
{
    const char *name = o->account->name;
    char age[32], end[40];
    clock_format_age((int64_t)(d->now - o->logged_in), age, sizeof age);
    clock_format_local(o->ends, end, sizeof end);
    if (o->refused)
        doctor_say(d, DOCTOR_RED, "postmaster", name,
                   "publish the OAuth consent screen (In production) if it is in Testing, then "
                   "`repmon login` again",
                   "Google no longer accepts the login");
    else if (o->ends)
        doctor_say(d, o->ends <= d->now ? DOCTOR_RED : DOCTOR_WARN, "postmaster", name,
                   "publish the OAuth consent screen (In production) in Google's console, then "
                   "`repmon login` again",
                   "Google ends this login on %s: its consent screen is in Testing", end);
    else if (o->logged_in && d->now - o->logged_in <= POSTMASTER_TESTING_S)
        doctor_say(d, DOCTOR_WARN, "postmaster", name,
                   "make sure that it is published (In production) in Google's console",
                   "logged in %s ago; if the OAuth consent screen is in Testing, Google ends the "
                   "login after seven days",
                   age);
    else
        doctor_say(d, DOCTOR_OK, "postmaster", name, "", "logged in %s ago",
                   o->logged_in ? age : "some time");
}

static void doctor_google(struct doctor *d, const struct postmaster_overview *o)
{
    char cure[300];
    text_fit(cure, sizeof cure, "repmon login %s", o->account->name);
    if (o->problem[0] && o->token == OAUTH_TOKEN_MISSING)
        doctor_say(d, DOCTOR_RED, "postmaster", o->account->name, cure, "not logged in yet");
    else if (o->problem[0])
        doctor_say(d, DOCTOR_RED, "postmaster", o->account->name, "fix it there", "%s", o->problem);
    else if (o->signs)
        doctor_say(d, DOCTOR_OK, "postmaster", o->account->name, "",
                   "a service account: no login is needed");
    else
        doctor_google_login(d, o);
}

void doctor_postmaster(struct doctor *d)
{
    struct stored_healths healths = {0};
    struct doctor_facts facts = {.store = d->store};
    if (d->conf->postmaster_count == 0 || doctor_is_elsewhere(d, "postmaster"))
        return;
    if (d->store && !store_health_load(d->store, &healths, NULL))
        healths.count = 0;
    buf_init(&facts.value, FACT_MAX);
    for (size_t i = 0; i < d->conf->postmaster_count; i++) {
        const struct conf_postmaster *p = &d->conf->postmasters[i];
        const char *const lists[] = {p->spam_list, p->delivery_list, p->compliance_list};
        struct postmaster_overview o;
        postmaster_overview(d->conf, i, doctor_fact, &facts, d->now, &o);
        doctor_google(d, &o);
        for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
            doctor_report_line(d, &healths, source_postmaster.word, lists[k],
                               2 * p->every_ms + DAY_S * INT64_C(1000));
        postmaster_overview_fini(&o);
    }
    buf_fini(&facts.value);
    stored_healths_fini(&healths);
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
    inventory_finish(one, NULL, 0);
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
