/* SPDX-License-Identifier: ISC */
/* The sources that are no DNS lists: Microsoft SNDS and Cisco Talos. */
#include "doctor_state.h"

#include "repmon/clock.h"
#include "repmon/compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- SNDS ---- */

/* How the last run fared with one report of an account. */
static void report_line(struct doctor *d, const struct stored_healths *healths, const char *list,
                        int64_t stale_ms)
{
    const struct stored_health *h = NULL;
    char age[32] = "";
    for (size_t i = 0; i < healths->count; i++)
        if (healths->items[i].source == SOURCE_SNDS && strcmp(healths->items[i].list, list) == 0)
            h = &healths->items[i];
    if (!h || !h->asked) {
        doctor_say(d, DOCTOR_WARN, "snds", list, "run `repmon run`", "never asked so far");
        return;
    }
    if (h->proven)
        clock_format_age((int64_t)(d->now - h->proven), age, sizeof age);
    if (h->health == HEALTH_OK && h->proven && (d->now - h->proven) * 1000 <= stale_ms)
        doctor_say(d, DOCTOR_OK, "snds", list, "", "last success %s ago", age);
    else
        doctor_say(d, DOCTOR_RED, "snds", list,
                   h->note && h->note[0] ? h->note : "`repmon snds status` tells more",
                   "%s; last success %s%s",
                   h->cause == CAUSE_NONE ? "no news" : compose_cause(h->cause),
                   h->proven ? age : "never", h->proven ? " ago" : "");
}

void doctor_snds(struct doctor *d)
{
    struct stored_healths healths = {0};
    if (d->conf->snds_count == 0) {
        doctor_say(d, DOCTOR_OK, "snds", "", "",
                   "not configured: what Outlook.com thinks of the addresses is not known");
        return;
    }
    if (d->store && !store_health_load(d->store, &healths, NULL))
        healths.count = 0;
    for (size_t i = 0; i < d->conf->snds_count; i++) {
        const struct conf_snds *s = &d->conf->snds[i];
        report_line(d, &healths, s->status_list, s->stale_ms);
        report_line(d, &healths, s->data_list, s->stale_ms);
    }
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
static bool ask_talos(struct doctor *d, struct ask *a, struct inventory *one, struct error *err)
{
    const struct target *t = &d->inventory.items[0];
    struct cidr block = {t->ip, t->prefix};
    struct source_env hooks = {.check = true, .now = d->now};
    struct probe_options probe = {
        .loop = d->loop, .deadline_ms = clock_mono_ms() + 60000, .stop = d->options->stop};
    struct probe_stats stats;
    if (!ask_init(a, d->conf, 1u << SOURCE_TALOS, NULL, 0, err) ||
        !inventory_add(one, &block, "", TARGET_SINGLY, (struct conf_place){0}, LIMIT_TARGETS, err))
        return false;
    inventory_finish(one, NULL, 0);
    return ask_open(a, one, &hooks, err) && ask_run(a, &probe, &stats, err);
}

void doctor_talos_live(struct doctor *d)
{
    struct ask a = {0};
    struct inventory one;
    struct error err = {0};
    if (d->conf->talos.method == TALOS_OFF || d->inventory.count == 0)
        return;
    inventory_init(&one);
    if (!ask_talos(d, &a, &one, &err)) {
        doctor_say(d, DOCTOR_RED, "talos", "", "mend it there", "%s", err.text);
    } else {
        struct outcome o = grid_effective(a.grid, 0, 0);
        struct advice advice = {0};
        if (o.cause == CAUSE_NONE || cause_is_normal(o.cause))
            doctor_say(d, DOCTOR_OK, "talos", "", "", "answers%s",
                       o.cause == CAUSE_NO_DATA ? ", but knows nothing of the first target" : "");
        else if (ask_advise(&a, 0, NULL, o.cause, CHANGE_BLIND, NULL, &advice))
            doctor_say(d, DOCTOR_RED, "talos", "", advice.text, "%s: %s", cause_word(o.cause),
                       compose_cause(o.cause));
        else
            doctor_say(d, DOCTOR_RED, "talos", "", "try another method = in [talos]", "%s: %s",
                       cause_word(o.cause), compose_cause(o.cause));
    }
    ask_fini(&a);
    inventory_fini(&one);
}
