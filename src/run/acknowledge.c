/* SPDX-License-Identifier: ISC */
#include "repmon/acknowledge.h"

#include "repmon/recall.h"
#include "repmon/session.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NOTE_MAX 500 /* a few sentences; it is shown beside the finding */

/* What is needed to tell a finding from what is fine, with today's configuration. */
struct acknowledge_view {
    struct session session;
    struct judge judge;
    struct stored_targets targets;
    struct stored_beliefs beliefs;
    struct stored_list_beliefs lists;
};

static void acknowledge_close_view(struct acknowledge_view *v)
{
    stored_list_beliefs_fini(&v->lists);
    stored_beliefs_fini(&v->beliefs);
    stored_targets_fini(&v->targets);
    judge_fini(&v->judge);
    session_fini(&v->session);
}

static bool acknowledge_open_view(struct acknowledge_view *v, const struct conf *conf,
                                  struct store *store, time_t now, struct error *err)
{
    *v = (struct acknowledge_view){0};
    struct judge_conf rules = session_judge_conf(conf);
    if (!session_init(&v->session, conf, NULL, err) || !recall_hearers(&v->session, store, err))
        return false;
    struct judge_ops ops = session_judge_ops(&v->session);
    judge_init(&v->judge, &rules, &ops, now, false);
    return store_targets_load(store, &v->targets, err) &&
           store_beliefs_load(store, &v->beliefs, err) &&
           store_list_beliefs_load(store, &v->lists, err);
}

static bool acknowledge_chooses_list(const struct ack_choice *c, const char *source,
                                     const char *list)
{
    return !c->list || strcasecmp(c->list, list) == 0 || strcmp(c->list, source) == 0;
}

static bool acknowledge_chooses_target(const struct ack_choice *c, const struct stored_target *t)
{
    if (c->target_count == 0)
        return true;
    if (!t)
        return false;
    struct cidr own = {t->ip, t->prefix};
    for (size_t i = 0; i < c->target_count; i++) {
        if (cidr_contains(&c->targets[i], &t->ip) || cidr_contains(&own, &c->targets[i].base))
            return true;
    }
    return false;
}

static bool acknowledge_check_list(const struct session *a, const struct ack_choice *c,
                                   struct error *err)
{
    for (size_t k = 0; k < a->column_count; k++) {
        if (acknowledge_chooses_list(c, session_source(a, k), session_list(a, k)))
            return true;
    }
    struct buf shown;
    buf_init(&shown, 512);
    buf_clean(&shown, c->list, strlen(c->list), 80);
    error_set(err, ERR_USAGE,
              "%s: not a list or source that is queried; `repmon status -v` shows them",
              buf_text(&shown));
    buf_fini(&shown);
    return false;
}

static bool acknowledge_check_targets(const struct acknowledge_view *v, const struct ack_choice *c,
                                      struct error *err)
{
    for (size_t i = 0; i < c->target_count; i++) {
        struct ack_choice one = {.targets = &c->targets[i], .target_count = 1};
        bool known = false;
        for (size_t k = 0; k < v->targets.count && !known; k++)
            known = acknowledge_chooses_target(&one, &v->targets.items[k]);
        char text[CIDR_TEXT_MAX];
        cidr_format(&c->targets[i], text);
        if (!known)
            return error_set(err, ERR_USAGE, "%s is not watched", text);
    }
    return true;
}

/* ---- making ---- */

struct making {
    struct stored_ack *items; /* owned */
    size_t count;
    struct stored_ack like; /* what all have in common */
};

static void acknowledge_add(struct making *m, const char *source, const char *list,
                            const struct belief *b)
{
    m->items = mem_grow(m->items, m->count + 1, sizeof *m->items);
    struct stored_ack *a = &m->items[m->count++];
    *a = m->like;
    a->source = source;
    a->list = list;
    a->of_list = !b;
    a->target = b ? b->target : 0;
    a->answers = b ? b->answers : "";
}

static void acknowledge_choose_findings(struct acknowledge_view *v, const struct ack_choice *c,
                                        struct making *m)
{
    for (size_t i = 0; i < v->beliefs.count; i++) {
        const struct belief *b = &v->beliefs.items[i];
        size_t column = session_find(&v->session, b->source, b->list);
        if (column != SESSION_NO_COLUMN && acknowledge_chooses_list(c, b->source, b->list) &&
            acknowledge_chooses_target(c, stored_targets_by_id(&v->targets, b->target)) &&
            judge_is_open(&v->judge, column, b))
            acknowledge_add(m, b->source, b->list, b);
    }
}

/* It can't be asked, or what it said of a target has become too old to be believed. */
static bool acknowledge_is_blind(const struct acknowledge_view *v, const struct list_belief *l)
{
    size_t count;
    const struct belief *b = stored_beliefs_of_list(&v->beliefs, l->source, l->list, &count);
    for (size_t i = 0; i < count; i++)
        if (b[i].lapsed)
            return true;
    return l->bad_runs || l->blind_said;
}

static void acknowledge_choose_blindness(const struct acknowledge_view *v,
                                         const struct ack_choice *c, struct making *m)
{
    for (size_t i = 0; i < v->lists.count; i++) {
        const struct list_belief *b = &v->lists.items[i];
        if (acknowledge_chooses_list(c, b->source, b->list) && acknowledge_is_blind(v, b))
            acknowledge_add(m, b->source, b->list, NULL);
    }
}

static bool acknowledge_make_all(struct acknowledge_view *v, struct store *store,
                                 const struct ack_choice *choice, struct making *m, size_t *made,
                                 struct error *err)
{
    if (!acknowledge_check_targets(v, choice, err))
        return false;
    if (!acknowledge_check_list(&v->session, choice, err))
        return false;
    if (choice->blind)
        acknowledge_choose_blindness(v, choice, m);
    else
        acknowledge_choose_findings(v, choice, m);
    return m->count == 0 || store_acks_set(store, m->items, m->count, made, err);
}

bool acknowledge(const struct conf *conf, struct store *store, const struct ack_choice *choice,
                 const struct ack_terms *terms, size_t *made, struct error *err)
{
    struct acknowledge_view v;
    struct buf clean;
    struct making m = {.like = {.made = terms->now, .until = terms->until}};
    *made = 0;
    buf_init(&clean, NOTE_MAX * 4);
    if (terms->note) {
        buf_clean(&clean, terms->note, strlen(terms->note), NOTE_MAX);
        m.like.note = buf_text(&clean);
    }
    bool ok = acknowledge_open_view(&v, conf, store, terms->now, err);
    if (ok)
        ok = acknowledge_make_all(&v, store, choice, &m, made, err);
    free(m.items);
    buf_fini(&clean);
    acknowledge_close_view(&v);
    return ok;
}

/* ---- ending ---- */

bool acknowledge_end(struct store *store, const struct ack_choice *choice, size_t *ended,
                     struct error *err)
{
    struct stored_targets targets = {0};
    struct stored_acks acks = {0};
    *ended = 0;
    if (!store_targets_load(store, &targets, err) || !store_acks_load(store, &acks, err)) {
        stored_targets_fini(&targets);
        return false;
    }
    int64_t *ids = mem_array(acks.count, sizeof *ids);
    size_t count = 0;
    for (size_t i = 0; i < acks.count; i++) {
        const struct stored_ack *a = &acks.items[i];
        if (a->of_list == choice->blind && acknowledge_chooses_list(choice, a->source, a->list) &&
            (a->of_list ||
             acknowledge_chooses_target(choice, stored_targets_by_id(&targets, a->target))))
            ids[count++] = a->id;
    }
    bool ok = count == 0 || store_acks_end(store, ids, count, err);
    *ended = ok ? count : 0;
    free(ids);
    stored_acks_fini(&acks);
    stored_targets_fini(&targets);
    return ok;
}

/* ---- showing ---- */

static const struct list_belief *acknowledge_find_list(const struct acknowledge_view *v,
                                                       const struct stored_ack *a)
{
    for (size_t i = 0; i < v->lists.count; i++) {
        if (source_equal(v->lists.items[i].source, a->source) &&
            strcmp(v->lists.items[i].list, a->list) == 0)
            return &v->lists.items[i];
    }
    return NULL;
}

/* Why it does not cover anything now; NULL: it does. */
static const char *acknowledge_why_not(const struct acknowledge_view *v, const struct stored_ack *a,
                                       time_t now)
{
    if (a->until <= now)
        return "its time is up";
    if (a->of_list) {
        const struct list_belief *l = acknowledge_find_list(v, a);
        return l && acknowledge_is_blind(v, l) ? NULL : "the list answers again";
    }
    size_t column = session_find(&v->session, a->source, a->list);
    const struct belief *b = stored_beliefs_find(&v->beliefs, a->target, a->source, a->list);
    if (column == SESSION_NO_COLUMN)
        return "the list is no longer queried";
    if (!judge_is_open(&v->judge, column, b))
        return "the finding is over";
    return judge_is_acked(&v->judge, column, b) ? NULL : "the finding got worse or gained a code";
}

bool acknowledge_each(const struct conf *conf, struct store *store, time_t now,
                      void (*show)(void *ctx, const struct ack_row *row), void *ctx,
                      struct error *err)
{
    struct acknowledge_view v;
    struct stored_acks acks = {0};
    bool ok =
        acknowledge_open_view(&v, conf, store, now, err) && store_acks_load(store, &acks, err);
    for (size_t i = 0; ok && i < acks.count; i++) {
        const struct stored_ack *a = &acks.items[i];
        struct ack_row row = {.ack = a,
                              .target =
                                  a->of_list ? NULL : stored_targets_by_id(&v.targets, a->target),
                              .why = acknowledge_why_not(&v, a, now)};
        row.in_force = row.why == NULL;
        show(ctx, &row);
    }
    stored_acks_fini(&acks);
    acknowledge_close_view(&v);
    return ok;
}
