/* SPDX-License-Identifier: ISC */
/*
 * Random histories of some lists with a cell each, of channels that filter, and of an administrator
 * who edits, replaces and switches off. The model is what people hold in their hands: for each
 * channel the beginnings it was told of and that no end has taken back, and PagerDuty's incidents.
 */
#include "judge_kit.h"

#include "repmon/channel.h"
#include "repmon/message.h"

#define HISTORIES 1000
#define RUNS      120
#define LISTS     4
#define CHANNELS  4

static const char *const names[LISTS] = {"a.example", "b.example", "c.example", "main/data"};

static uint64_t next_number(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15u; /* splitmix64, public domain, Sebastiano Vigna */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint32_t below(uint64_t *seed, uint32_t n)
{
    return (uint32_t)(next_number(seed) % n);
}

struct world_list {
    bool configured, has; /* has: a belief is stored */
    enum severity severity;
    bool off;
    uint32_t bad; /* it fails in one of so many runs; 0: never; 1: always */
    const char *truth;
    time_t expires; /* 0: none */
    struct list_belief belief;
    struct kit_cell cell;
};

struct model {
    /* What a reader was told of and not yet of its end: findings; lists, the last for all. */
    bool finding[CHANNELS][LISTS], open[CHANNELS][LISTS + 1];
    bool incident[CHANNELS][LISTS + 1]; /* as PagerDuty has them */
};

struct world {
    uint64_t seed;
    time_t now;
    bool in_doubt, cut_short, calm;
    struct kit_world kit;
    struct world_list lists[LISTS];
    struct conf_channel channels[CHANNELS];
    struct model model;
    struct change changes[64];
    size_t change_count;
};

static size_t key_of(const char *list)
{
    for (size_t i = 0; i < LISTS; i++) {
        if (strcmp(list, names[i]) == 0)
            return i;
    }
    return LISTS;
}

static void add(struct world *w, const struct change *c)
{
    assert_true(w->change_count < COUNT(w->changes));
    w->changes[w->change_count++] = *c;
}

/* ---- one run ---- */

static const enum cause troubles[] = {CAUSE_TIMEOUT, CAUSE_NOT_SERVED, CAUSE_SERVFAIL, CAUSE_NO_KEY,
                                      CAUSE_UNTRUSTED};

static void judge_one(struct world *w, struct judge *j, size_t i, bool all_bad,
                      struct list_judgement *out)
{
    struct world_list *l = &w->lists[i];
    bool dns = i < 3;
    bool bad = !w->calm && (all_bad || (l->bad && below(&w->seed, l->bad) == 0));
    struct column health = {.dns_list = dns,
                            .source = dns ? "dnsbl" : "snds",
                            .list = names[i],
                            .severity = l->severity,
                            .health = l->off ? HEALTH_OFF : HEALTH_OK,
                            .cause = CAUSE_NONE,
                            .due = w->calm || below(&w->seed, 10) != 0,
                            .proven = w->now};
    enum cause cause = troubles[below(&w->seed, COUNT(troubles))];
    struct judge_cell in = {
        .column = i,
        .health = &health,
        .holds = 14 * DAY,
        .target = 1,
        .prefix = 32,
        .label = "",
        .belief = l->cell.has ? &l->cell.belief : NULL,
        .proof = l->cell.proof,
        .asked = health.due && !l->off,
        .outcome = {bad ? cause : CAUSE_NONE, 0, bad ? "" : l->truth},
    };
    struct judgement cell;
    judge_cell(j, &in, &cell);
    kit_store(&l->cell, &cell);
    if (cell.said)
        add(w, &cell.change);
    struct list_count count = {0};
    judge_count(j, &in, &cell, 0, &count);
    if (l->off)
        count = (struct list_count){0};
    else if (!bad && health.due && below(&w->seed, 8) == 0)
        count.due = count.proved = 0, count.empty = 1; /* answers, with nothing to prove */
    struct judge_list_in list_in = {.health = &health,
                                    .belief = l->has ? &l->belief : NULL,
                                    .count = count,
                                    .expires = l->expires,
                                    .expires_soon = 10 * DAY};
    judge_list(j, &list_in, all_bad && count.due > 0, out);
}

static void retire(struct world *w, struct judge *j, struct told *left)
{
    const struct stored_target target = {
        .ip = ip_from_v4(0xcb007105), .prefix = 32, .label = "mx1"};
    for (size_t i = 0; i < LISTS; i++) {
        struct world_list *l = &w->lists[i];
        struct change c;
        if (l->configured)
            continue;
        if (l->cell.has && judge_retire(j, &l->cell.belief, JUDGE_NO_COLUMN, &target, &c))
            add(w, &c);
        kit_forget(&l->cell);
        l->cell.proof = (struct cell_proof){0};
        if (l->has && judge_list_retire(&l->belief, &c))
            add(w, &c);
        if (l->has && l->belief.blind_whole)
            told_join(left, &l->belief.blind_told);
        l->has = false;
        l->belief = (struct list_belief){0};
    }
}

static struct told *told_of(struct world_list *l, enum incident incident)
{
    switch (incident) {
    case INCIDENT_FINDING: return &l->cell.belief.told;
    case INCIDENT_BLIND: return &l->belief.blind_told;
    case INCIDENT_EXPIRY: return &l->belief.expiry_told;
    case INCIDENT_STALE: return &l->belief.stale_told;
    default: return NULL;
    }
}

/* What the commit does with who heard a change. */
static void hear(struct world *w, const struct change *c, uint64_t bit)
{
    for (size_t i = 0; i < LISTS; i++) {
        struct world_list *l = &w->lists[i];
        bool meant = c->list[0] ? strcmp(c->list, names[i]) == 0 : l->belief.blind_whole && l->has;
        struct told *t = meant ? told_of(l, c->incident) : NULL;
        if (t)
            t->channels |= bit | c->told.channels;
    }
}

static bool counts(const struct told *t, uint64_t bit, bool grave)
{
    return t->channels & bit && (!grave || t->worst >= LEVEL_WARNING);
}

/* What an edit alone makes grave is told of when it changes: the check asks both administrators. */
enum grave { ANY_LEVEL, TODAY, BY_ANY };

static bool is_grave(struct world *w, const char *answers, enum grave grave, enum level least)
{
    struct kit_world other = {!w->kit.edited};
    if (grave == ANY_LEVEL)
        return true;
    return answers && answers[0] && kit_level(&w->kit, 0, answers) >= LEVEL_WARNING &&
           (grave == TODAY ||
            (kit_level(&w->kit, 0, answers) >= least && kit_level(&other, 0, answers) >= least));
}

/* Lists on which something is open that the channel was told of; by name, and all at once. */
static void open_keys(struct world *w, size_t channel, enum grave grave,
                      bool keys[static LISTS + 1])
{
    uint64_t bit = UINT64_C(1) << channel;
    enum level min = w->channels[channel].min_level;
    enum level least = min > LEVEL_WARNING ? min : LEVEL_WARNING;
    memset(keys, 0, LISTS + 1);
    for (size_t i = 0; i < LISTS; i++) {
        struct world_list *l = &w->lists[i];
        const struct belief *b = &l->cell.belief;
        if (l->cell.has && counts(&b->told, bit, grave) && !b->lapsed)
            keys[i] |= is_grave(w, b->answers, grave, least);
        if (!l->has)
            continue;
        if (counts(&l->belief.blind_told, bit, grave))
            keys[l->belief.blind_whole ? LISTS : i] = true;
        keys[i] |= counts(&l->belief.expiry_told, bit, grave);
        keys[i] |= counts(&l->belief.stale_told, bit, grave);
    }
}

static bool is_end(const struct entry *e)
{
    return e->changes[0]->incident == INCIDENT_NONE || e->kind == CHANGE_LAPSED;
}

/* One channel reads its message. */
static void read_message(struct world *w, size_t k, const struct entries *entries,
                         const bool before[static LISTS + 1])
{
    struct model *m = &w->model;
    uint64_t bit = UINT64_C(1) << k;
    bool any = false, triggered[LISTS + 1] = {0};
    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *e = &entries->items[i];
        size_t key = key_of(e->list);
        if (!channel_wants(&w->channels[k], bit, e))
            continue;
        any = true;
        for (size_t n = 0; n < e->change_count; n++)
            hear(w, e->changes[n], bit);
        if (is_end(e) && e->of_list && key == LISTS)
            memset(m->open[k], 0, sizeof m->open[k]); /* "lists answer again; …" */
        if (e->of_list)
            m->open[k][key] = !is_end(e);
        else
            m->finding[k][key] = !is_end(e);
        triggered[key] |= !is_end(e) && message_entry_level(e) >= LEVEL_WARNING;
    }
    if (!any)
        return;
    bool after[LISTS + 1];
    open_keys(w, k, TODAY, after);
    for (size_t key = 0; key <= LISTS; key++) {
        m->incident[k][key] |= triggered[key];
        if (before[key] && !after[key] && !triggered[key])
            m->incident[k][key] = false;
    }
}

static void tell(struct world *w, bool before[static CHANNELS][LISTS + 1])
{
    static const struct describe_ops ops;
    struct entries entries;
    group_changes(w->changes, w->change_count, &ops, &entries);
    for (size_t k = 0; k < CHANNELS; k++)
        read_message(w, k, &entries, before[k]);
    entries_fini(&entries);
}

/* With REPMON_TEST_SEED what is said is shown, for whoever looks for what went wrong. */
static void trace(const struct world *w)
{
    if (!getenv("REPMON_TEST_SEED"))
        return;
    for (size_t i = 0; i < w->change_count; i++) {
        const struct change *c = &w->changes[i];
        print_message("%ld h %s \"%s\"%s %s>%s incident %d told %llx kinds %x\n",
                      (long)(w->now - T0) / HOUR, change_word(c->kind), c->list,
                      c->of_list ? " of list" : "", level_word(c->from), level_word(c->to),
                      (int)c->incident, (unsigned long long)c->told.channels, c->told.kinds);
    }
}

static void check(struct world *w)
{
    for (size_t i = 0; w->cut_short && i < w->change_count; i++)
        assert_int_not_equal(w->changes[i].kind, CHANGE_BLIND);
    for (size_t k = 0; k < CHANNELS && !w->channels[k].only; k++) {
        bool keys[LISTS + 1];
        open_keys(w, k, BY_ANY, keys);
        for (size_t key = 0; key <= LISTS; key++) { /* nothing is resolved while it is open */
            if (keys[key] && !w->model.incident[k][key])
                fail_msg("channel %zu, list %zu: open without an incident", k, key);
        }
    }
}

static void one_run(struct world *w, bool all_bad)
{
    struct judge_ops ops = kit_ops(&w->kit);
    struct judge_conf conf = judge_conf_default();
    struct judge j;
    struct list_judgement outs[LISTS] = {0};
    struct told left = {0};
    struct change all;
    bool before[CHANNELS][LISTS + 1];
    size_t columns[LISTS], n = 0;
    judge_init(&j, &conf, &ops, w->now, w->in_doubt);
    j.whole = "dnsbl";
    j.cut_short = w->cut_short;
    w->change_count = 0;
    for (size_t k = 0; k < CHANNELS; k++)
        open_keys(w, k, ANY_LEVEL, before[k]);
    retire(w, &j, &left);
    for (size_t i = 0; i < LISTS; i++) {
        if (!w->lists[i].configured)
            continue;
        columns[n] = i;
        judge_one(w, &j, i, all_bad, &outs[n++]);
    }
    if (judge_all_lists(&j, outs, n, &left, &all))
        add(w, &all);
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < outs[i].change_count; c++)
            add(w, &outs[i].changes[c]);
        w->lists[columns[i]].belief = outs[i].belief;
        w->lists[columns[i]].has = true;
    }
    tell(w, before);
    trace(w);
    check(w);
    judge_fini(&j);
}

/* ---- the administrator, and the world ---- */

static void edit(struct world *w)
{
    struct world_list *l = &w->lists[below(&w->seed, LISTS)];
    switch (below(&w->seed, 7)) {
    case 0: l->severity = (enum severity)(SEV_MINOR + (int)below(&w->seed, 3)); break;
    case 1: l->configured = !l->configured; break;
    case 2: l->off = !l->off; break;
    case 3: w->kit.edited = !w->kit.edited; break;
    case 4: l->expires = w->now + (time_t)below(&w->seed, 60) * DAY; break;
    case 5: l->bad = below(&w->seed, 6); break;
    default: /* all are replaced */
        for (size_t i = 0; i < LISTS; i++)
            w->lists[i].configured = !w->lists[i].configured;
    }
}

static void change_the_world(struct world *w)
{
    static const char *const truths[] = {"", "127.0.0.2", "127.0.0.10", "127.0.0.3", "127.0.0.4"};
    static const uint32_t pauses[] = {HOUR, HOUR, 6 * HOUR, DAY, 4 * DAY};
    w->now += (time_t)pauses[below(&w->seed, COUNT(pauses))];
    if (below(&w->seed, 6) == 0)
        edit(w);
    if (below(&w->seed, 4) == 0)
        w->lists[below(&w->seed, LISTS)].truth = truths[below(&w->seed, COUNT(truths))];
}

static void one_history(uint64_t number)
{
    struct world w = {.seed = number * 7919 + 17, .now = T0};
    for (size_t i = 0; i < LISTS; i++)
        w.lists[i] = (struct world_list){.configured = true,
                                         .severity = below(&w.seed, 2) ? SEV_CRITICAL : SEV_MAJOR,
                                         .bad = below(&w.seed, 5),
                                         .truth = "",
                                         .expires = i == 3 ? T0 + 20 * DAY : 0};
    w.channels[0].min_level = LEVEL_INFO;
    w.channels[1].min_level = LEVEL_WARNING;
    w.channels[2].min_level = LEVEL_CRITICAL;
    w.channels[3] = (struct conf_channel){.min_level = LEVEL_WARNING,
                                          .only = 1u << CHANGE_BLIND | 1u << CHANGE_LISTED};
    bool storm = false;
    for (size_t run = 0; run < RUNS; run++) {
        change_the_world(&w);
        if (below(&w.seed, 12) == 0)
            storm = !storm;
        w.in_doubt = below(&w.seed, 25) == 0;
        w.cut_short = below(&w.seed, 25) == 0;
        one_run(&w, storm);
    }
    /* Then peace: within days everybody was told of every end, and hears nothing more. */
    w.calm = true;
    w.in_doubt = w.cut_short = false;
    for (size_t i = 0; i < LISTS; i++) {
        w.lists[i].truth = "";
        w.lists[i].expires = i == 3 ? w.now + 300 * DAY : 0;
        w.lists[i].off = false;
    }
    size_t said = 0;
    for (size_t day = 0; day < 30; day++) {
        w.now += DAY;
        one_run(&w, false);
        said += day >= 12 ? w.change_count : 0;
    }
    assert_int_equal(said, 0);
    for (size_t k = 0; k < CHANNELS; k++) {
        for (size_t key = 0; key <= LISTS; key++) {
            if (w.model.open[k][key] || w.model.incident[k][key])
                fail_msg("channel %zu, list %zu: open %d, incident %d", k, key,
                         w.model.open[k][key], w.model.incident[k][key]);
            assert_false(key < LISTS && w.model.finding[k][key]);
        }
    }
    for (size_t i = 0; i < LISTS; i++) {
        assert_int_equal(w.lists[i].belief.blind_told.kinds, 0);
        kit_fini(&w.lists[i].cell);
    }
}

static uint64_t current; /* told when it fails */

static void whoever_was_told_of_a_beginning_is_told_of_its_end(void **state)
{
    (void)state;
    const char *only = getenv("REPMON_TEST_SEED");
    for (uint64_t i = 0; i < HISTORIES; i++) {
        current = only ? strtoull(only, NULL, 10) : i;
        one_history(current);
        if (only)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_was_told_of_a_beginning_is_told_of_its_end),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed)
        print_error("again with REPMON_TEST_SEED=%llu\n", (unsigned long long)current);
    return failed;
}
