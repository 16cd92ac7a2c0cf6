/* SPDX-License-Identifier: ISC */
#include "status_state.h"

#include "repmon/clock_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SHOWN_WORD 80

/* ---- targets ---- */

static bool status_wants(const struct status_options *o, const struct stored_target *t, bool *hit)
{
    struct cidr own = {t->ip, t->prefix};
    bool wanted = o->target_count + o->label_count == 0;
    for (size_t k = 0; k < o->target_count; k++) {
        if (cidr_contains(&o->targets[k], &t->ip) || cidr_contains(&own, &o->targets[k].base))
            wanted = hit[k] = true;
    }
    for (size_t k = 0; k < o->label_count; k++) {
        const char *name = ip_name(&t->ip);
        if (strcasecmp(o->labels[k], name ? name : t->label) == 0)
            wanted = hit[o->target_count + k] = true;
    }
    return wanted;
}

/* One bit per id: a source that hears of all shards' targets believes something about it. */
static uint8_t *status_heard(const struct saved *s)
{
    uint8_t *heard = mem_alloc(s->targets.rows / 8 + 1);
    for (size_t i = 0; i < s->beliefs.count; i++) {
        const struct belief *b = &s->beliefs.items[i];
        const struct session_part *part = session_part(&s->session, b->source);
        if (part && part->source->reach != REACH_SHARD && b->target < s->targets.rows)
            heard[b->target / 8] |= (uint8_t)(1u << b->target % 8);
    }
    return heard;
}

/* Targets of other shards are shown only where there is something to show, or when asked for. */
static void status_add_row(struct saved *s, size_t target, const uint8_t *heard)
{
    const struct status_options *o = s->options;
    const struct stored_target *t = &s->targets.items[target];
    bool elsewhere = !shard_has(&s->conf->shard, &t->ip, t->prefix);
    bool named = o->target_count + o->label_count > 0;
    if (elsewhere && !named && !(heard[t->id / 8] & 1u << t->id % 8))
        return;
    s->elsewhere[s->row_count] = elsewhere;
    s->rows[s->row_count++] = (uint32_t)target;
}

/* Which shard would watch it: a single address belongs to one shard. */
static void status_whose(const struct saved *s, size_t asked, char *out, size_t size)
{
    const struct shard *shard = &s->conf->shard;
    const struct cidr *c = &s->options->targets[asked];
    *out = '\0';
    if (asked >= s->options->target_count || shard->count <= 1 || c->len != ip_bits(&c->base) ||
        shard_has(shard, &c->base, c->len))
        return;
    snprintf(out, size, "; if another monitor watches it, that is shard %u/%u",
             (unsigned)shard_of(&c->base, c->len, shard->count), (unsigned)shard->count);
}

/* The target or label number `asked` is not in the state. False, with the error. */
static bool status_tell_missing(struct saved *s, size_t asked, struct error *err)
{
    const struct status_options *o = s->options;
    char text[CIDR_TEXT_MAX], whose[64];
    struct buf shown;
    const char *word = text;
    if (asked < o->target_count)
        cidr_format(&o->targets[asked], text);
    else
        word = o->labels[asked - o->target_count];
    status_whose(s, asked, whose, sizeof whose);
    buf_init(&shown, 1024);
    buf_clean(&shown, word, strlen(word), SHOWN_WORD);
    bool fine = status_name_is_fine(s, word, err);
    if (fine)
        error_set(err, ERR_USAGE,
                  "%s is not watched: it was not in the last run; `repmon targets` shows what the "
                  "configuration names%s",
                  buf_text(&shown), whose);
    buf_fini(&shown);
    return false;
}

static bool status_choose_rows(struct saved *s, struct error *err)
{
    const struct status_options *o = s->options;
    size_t asked = o->target_count + o->label_count;
    bool *hit = mem_array(asked, sizeof *hit), ok = true;
    s->rows = mem_array(s->targets.count, sizeof *s->rows);
    s->elsewhere = mem_array(s->targets.count, sizeof *s->elsewhere);
    uint8_t *heard = status_heard(s);
    for (size_t i = 0; i < s->targets.count; i++) {
        if (status_wants(o, &s->targets.items[i], hit))
            status_add_row(s, i, heard);
    }
    free(heard);
    for (size_t k = 0; k < asked && ok; k++)
        ok = hit[k] || status_tell_missing(s, k, err);
    free(hit);
    return ok;
}

/* ---- lists ---- */

const struct stored_health *status_find_health(const struct saved *s, const char *source,
                                               const char *list)
{
    for (size_t i = 0; i < s->healths.count; i++) {
        const struct stored_health *h = &s->healths.items[i];
        if (source_equal(h->source, source) && strcmp(h->list, list) == 0)
            return h;
    }
    return NULL;
}

static const struct list_belief *status_find_belief(const struct saved *s, const char *source,
                                                    const char *list)
{
    for (size_t i = 0; i < s->list_beliefs.count; i++) {
        const struct list_belief *b = &s->list_beliefs.items[i];
        if (source_equal(b->source, source) && strcmp(b->list, list) == 0)
            return b;
    }
    return NULL;
}

static void status_add_list_ack(const struct saved *s, const struct list_belief *b,
                                struct report_list *out)
{
    bool failed = out->health == HEALTH_BLIND || out->health == HEALTH_UNTRUSTED;
    if (!failed || s->stale || !b || b->ack_until <= s->judge.now)
        return;
    out->acked_until = b->ack_until;
    out->ack_note = b->ack_note;
}

static void status_describe_list(const struct saved *s, struct status_column *c,
                                 struct report_list *out)
{
    struct column now = {0};
    session_describe(&s->session, c->column, &now);
    c->of_domains = now.of_domains;
    c->of_shard = session_part(&s->session, now.source)->source->reach == REACH_SHARD;
    *out = (struct report_list){.source = now.source,
                                .list = now.list,
                                .severity = now.severity,
                                .kind = now.kind,
                                .title = now.title,
                                .heading = session_heading(&s->session, c->column),
                                .of_domains = now.of_domains,
                                .dns_list = now.dns_list,
                                .health = c->health->health,
                                .cause = c->health->cause,
                                .note = c->health->note ? c->health->note : "",
                                .proven = c->health->proven};
    if (out->health != HEALTH_OK && c->belief)
        out->since = c->belief->bad_since;
    status_add_list_ack(s, c->belief, out);
    if (s->stale && s->success.id != 0 && out->health == HEALTH_OK) {
        out->health = HEALTH_BLIND;
        out->cause = CAUSE_NOT_ASKED;
    }
}

/* Today's configured columns that a run has asked. */
static bool status_load_lists(struct saved *s, struct error *err)
{
    bool ok = true;
    struct status_room *room = status_room_new(s);
    status_rows_begin(s);
    s->columns = mem_array(s->session.column_count, sizeof *s->columns);
    s->lists = mem_array(s->session.column_count, sizeof *s->lists);
    for (size_t k = 0; ok && k < s->session.column_count; k++) {
        const char *source = session_source(&s->session, k);
        const char *list = session_list(&s->session, k);
        const struct stored_health *health = status_find_health(s, source, list);
        if (!health)
            continue;
        struct status_column *c = &s->columns[s->column_count];
        c->column = k;
        c->holds = session_valid_for_s(&s->session, k);
        c->health = health;
        c->belief = status_find_belief(s, source, list);
        session_explain(&s->session, k, session_clean_word(&s->session, k), &c->plain);
        status_describe_list(s, c, &s->lists[s->column_count++]);
        ok = status_column_load(s, c, room, err);
        if (ok)
            status_rows_refine(s, c);
    }
    status_room_free(room);
    return ok;
}

/* ---- the whole ---- */

static bool status_load_once(struct saved *s, struct error *err)
{
    bool found;
    if (!store_last_run(s->store, false, &s->last, &found, err) ||
        !store_last_run(s->store, true, &s->success, &found, err))
        return false;
    int64_t age_s = s->judge.now - s->success.ended;
    s->ahead = clock_check_is_ahead(&s->success, s->judge.now) ||
               clock_check_is_ahead(&s->last, s->judge.now);
    s->stale = s->success.id == 0 || s->ahead ||
               (s->options->max_age_ms > 0 && age_s > 0 && age_s > s->options->max_age_ms / 1000);
    return store_targets_load(s->store, &s->targets, err) &&
           store_beliefs_load(s->store, &s->beliefs, err) && status_choose_rows(s, err) &&
           store_list_beliefs_load(s->store, &s->list_beliefs, err) &&
           store_health_load(s->store, &s->healths, err) && status_load_lists(s, err);
}

void status_unload(struct saved *s)
{
    for (size_t i = 0; i < s->column_count; i++) {
        free(s->columns[i].cells);
        free(s->columns[i].classes);
    }
    free(s->columns);
    free(s->lists);
    free(s->rows);
    free(s->elsewhere);
    free(s->shared);
    stored_healths_fini(&s->healths);
    stored_list_beliefs_fini(&s->list_beliefs);
    stored_beliefs_fini(&s->beliefs);
    stored_targets_fini(&s->targets);
    s->columns = NULL;
    s->lists = NULL;
    s->rows = NULL;
    s->elsewhere = NULL;
    s->shared = NULL;
    s->column_count = s->row_count = 0;
}

/* Each table is read on its own, so that no reader keeps a run from its commit; if a run commits in
 * between, what was read may not fit together and is read again. */
bool status_load(struct saved *s, struct error *err)
{
    for (int round = 0; round < 5; round++) {
        struct stored_run now;
        bool found;
        s->last = s->success = (struct stored_run){0};
        struct error first = {0};
        bool ok = status_load_once(s, &first);
        if (!store_last_run(s->store, false, &now, &found, err))
            return false;
        if ((found ? now.id : 0) == s->last.id) {
            if (!ok && err)
                *err = first;
            return ok;
        }
        status_unload(s);
    }
    return error_set(err, ERR_UNAVAILABLE, "the state keeps changing while it is being read");
}
