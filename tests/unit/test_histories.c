/* SPDX-License-Identifier: ISC */
/*
 * Random histories of one cell, each from a printed seed: a world with its own truth, a list that
 * fails in every way, a cron that comes when it likes. After every run the promises of the contract
 * (section 0) are checked against a model that knows nothing of the judge: it only remembers what
 * was answered when, and what people were told.
 */
#include "judge_kit.h"

#define HISTORIES 1000
#define RUNS      120
#define HOLDS     (14 * DAY)

/* ---- numbers that repeat ---- */

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

/* ---- the world ---- */

static const char *const truths[] = {
    "",          "127.0.0.2", "127.0.0.10", "127.0.0.2 127.0.0.3", "127.0.0.10 127.0.0.2",
    "127.0.0.3", "127.0.0.11"};

struct world {
    uint64_t seed;
    struct judge_conf conf;
    bool clock_jumps;
    uint32_t cron;     /* 0: 5 minutes, 1: hourly, 2: daily, 3: mixed; all jittered */
    uint32_t restless; /* the truth changes in one of so many runs */
    uint32_t trouble;  /* a run fails in one of so many */
    const char *truth;
    time_t now;
};

/* ---- the model ---- */

#define SEEN_MAX (2 * RUNS)
struct model {
    time_t clean[SEEN_MAX]; /* answers that counted, since the last listing */
    size_t clean_count;
    time_t listed[SEEN_MAX]; /* the same, since the last clean one */
    size_t listed_count;
    time_t last_listed; /* 0: never */
    const char *told;   /* what people believe after all messages; NULL: nothing */
    char told_text[200];
    bool told_flapping;
};

static size_t spaced(const time_t *times, size_t count, int64_t gap)
{
    size_t n = 0;
    time_t last = 0;
    for (size_t i = 0; i < count; i++) {
        if (n && times[i] - last < gap)
            continue;
        last = times[i];
        n++;
    }
    return n;
}

static void model_answer(struct model *m, time_t now, bool clean)
{
    if (clean) {
        m->listed_count = 0;
        m->clean[m->clean_count++] = now;
    } else {
        m->clean_count = 0;
        m->listed[m->listed_count++] = now;
        m->last_listed = now;
    }
}

static void model_told(struct model *m, const struct change *c, bool held)
{
    switch (c->kind) {
    case CHANGE_FLAPPING: m->told_flapping = true; break;
    case CHANGE_LAPSED:
        m->told = NULL;
        m->told_flapping = false;
        break;
    case CHANGE_REMINDER: break;
    default:
        snprintf(m->told_text, sizeof m->told_text, "%s", c->answers);
        m->told = m->told_text;
        m->told_flapping = m->told_flapping && held;
    }
}

/* ---- one run ---- */

struct moment {
    struct column health;
    struct judge_cell in;
    struct judge j;
    bool in_doubt;
};

static void moment_of(struct world *w, const struct kit_cell *cell, struct moment *m, bool calm)
{
    static const enum cause troubles[] = {CAUSE_TIMEOUT,   CAUSE_SERVFAIL,  CAUSE_NOT_SERVED,
                                          CAUSE_REWRITTEN, CAUSE_UNTRUSTED, CAUSE_NOT_ASKED,
                                          CAUSE_DENIED,    CAUSE_NO_KEY,    CAUSE_BAD_FORMAT,
                                          CAUSE_NO_DATA,   CAUSE_UNPROVEN,  CAUSE_NEVER_ASKED};
    static struct kit_world kit;
    struct judge_ops ops = kit_ops(&kit);
    bool trouble = !calm && below(&w->seed, w->trouble) == 0;
    m->health = (struct column){.source = "dnsbl",
                                .dns_list = true,
                                .list = "bl.example",
                                .severity = SEV_CRITICAL,
                                .due = calm || below(&w->seed, 12) != 0,
                                .proven = w->now - below(&w->seed, 60)};
    if (!calm && below(&w->seed, 4) == 0) /* from a cache */
        m->health.proven -= below(&w->seed, 2 * DAY);
    m->in = (struct judge_cell){
        .health = &m->health,
        .holds = HOLDS,
        .prefix = 32,
        .label = "",
        .belief = cell->has ? &cell->belief : NULL,
        .proof = cell->proof,
        .asked = m->health.due,
        .outcome = {CAUSE_NONE, 0, w->truth},
        .detail = "a reason",
    };
    if (trouble)
        m->in.outcome = (struct outcome){troubles[below(&w->seed, COUNT(troubles))], 0, ""};
    judge_init(&m->j, &w->conf, &ops, w->now, m->in_doubt);
}

static const char *believed_of(const struct kit_cell *cell)
{
    if (!cell->proof.proven || (cell->has && (cell->belief.lapsed || !cell->belief.answers)))
        return NULL;
    return cell->has ? cell->belief.answers : "";
}

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check_times(const struct world *w, const struct kit_cell *cell,
                        const struct judgement *out, bool in_doubt)
{
    if (in_doubt)
        return;
    const struct belief *b = &cell->belief;
    assert_true(cell->proof.proven <= w->now && cell->proof.asked <= w->now);
    if (out->said)
        assert_true(out->change.since <= w->now && out->change.opened <= w->now);
    if (!cell->has)
        return;
    assert_true(b->since <= w->now && b->opened <= w->now && b->lapsed <= w->now);
    assert_true(b->pending_first <= b->pending_last && b->pending_last <= w->now);
    assert_true(b->last_listed <= w->now && b->flapping_since <= w->now);
    for (uint32_t i = 0; i < b->flap_count; i++)
        assert_true(b->flaps[i] <= w->now && (i == 0 || b->flaps[i - 1] <= b->flaps[i]));
}

/* What was asked, answered and counted, as the contract words it, not as the judge does it. */
static bool counted(const struct moment *m, const struct model *model, const char *believed)
{
    const struct outcome *o = &m->in.outcome;
    if (!m->in.asked || o->cause != CAUSE_NONE)
        return false;
    if (o->answers[0])
        return true;
    bool clears = model->listed_count || !believed || believed[0];
    return !clears || m->health.proven > model->last_listed;
}

static void check_promises(struct world *w, struct model *model, const struct moment *m,
                           const char *before, enum level level_before, bool held_before,
                           const struct judgement *out, const struct kit_cell *cell)
{
    const char *after = believed_of(cell);
    enum level level = judge_level(&m->j, 0, cell->has ? &cell->belief : NULL, &cell->proof, HOLDS);
    bool answered = counted(m, model, before);
    bool gone = after && !after[0] && before && before[0];
    bool stood = before && before[0] && level_before == LEVEL_UNKNOWN; /* only grown too old */
    bool raised = after && after[0] && !same(before, after) && level > level_before && !stood;
    if (answered)
        model_answer(model, w->now, !m->in.outcome.answers[0]);

    /* A failure neither raises nor clears; it may only grow too old. */
    if (!answered) {
        assert_true(level == level_before || level == LEVEL_UNKNOWN);
        assert_true(same(after, before) || (after == NULL && out->change.kind == CHANGE_LAPSED));
        if (out->said)
            assert_true(out->change.kind == CHANGE_LAPSED || out->change.kind == CHANGE_REMINDER);
    }
    /* Nothing but a proven answer is ever believed, and it is believed as answered. */
    if (!same(after, before) && after)
        assert_string_equal(after, m->in.outcome.answers);

    /* Never a false clean. */
    if ((gone || (out->said && out->change.kind == CHANGE_DELISTED)) && !w->clock_jumps) {
        assert_true(answered && !m->in.outcome.answers[0]);
        if (gone) {
            assert_true(m->health.proven > model->last_listed);
            assert_true(spaced(model->clean, model->clean_count, w->conf.confirm_gap) >=
                            w->conf.confirm_cleared ||
                        w->now - model->last_listed > 12 * HOUR);
        }
    }
    /* Never a false alarm. */
    if (raised && !w->clock_jumps) {
        assert_true(answered && m->in.outcome.answers[0]);
        assert_true(spaced(model->listed, model->listed_count, w->conf.confirm_gap) >=
                    w->conf.confirm_listed);
    }
    /* Never a lost alert: who has read all messages knows what is believed. */
    bool held = cell->has && cell->belief.flapping_since;
    if (out->said)
        model_told(model, &out->change, held);
    assert_int_equal(model->told_flapping, held);
    if (!same(before, after) && !out->said)
        assert_true(held || (before == NULL && after && !after[0]));
    if (out->said && same(before, after))
        assert_true(out->change.kind == CHANGE_REMINDER || (held_before && !held));
    if (!held && level != LEVEL_UNKNOWN)
        assert_string_equal(after, model->told ? model->told : "");
}

/* The same run once more must say nothing and believe nothing else. */
static void check_again(struct world *w, const struct moment *m, const struct kit_cell *cell)
{
    if (w->conf.confirm_gap == 0)
        return;
    struct judge_cell in = m->in;
    in.belief = cell->has ? &cell->belief : NULL;
    in.proof = cell->proof;
    struct judge j;
    judge_init(&j, &m->j.conf, &m->j.ops, w->now, m->in_doubt);
    struct judgement out;
    judge_cell(&j, &in, &out);
    assert_false(out.said);
    assert_int_equal(out.proof.proven, cell->proof.proven);
    if (out.write) {
        assert_true(out.keep && cell->has && cell->belief.pending != NULL);
        assert_true(same(out.belief.answers, cell->belief.answers));
        assert_int_equal(out.belief.pending_count, cell->belief.pending_count);
    }
    judge_fini(&j);
}

static void acknowledge(struct world *w, struct kit_cell *cell)
{
    if (!cell->has || !cell->belief.answers || !cell->belief.answers[0] || cell->belief.lapsed)
        return;
    struct belief b = cell->belief;
    b.ack_until = w->now + 1 + below(&w->seed, 20 * DAY);
    b.ack_answers = b.answers;
    b.ack_note = "known";
    kit_keep(cell, &b);
}

static void one_run(struct world *w, struct model *model, struct kit_cell *cell, bool in_doubt,
                    bool calm, struct judgement *out)
{
    struct moment m = {.in_doubt = in_doubt};
    moment_of(w, cell, &m, calm);
    const char *believed = believed_of(cell);
    char *before = kit_copy(believed);
    bool held = cell->has && cell->belief.flapping_since,
         acked = cell->has && cell->belief.ack_until;
    enum level level = judge_level(&m.j, 0, m.in.belief, &cell->proof, HOLDS);
    if (!in_doubt && model->last_listed > w->now)
        model->last_listed = w->now;
    judge_cell(&m.j, &m.in, out);
    kit_store(cell, out);
    check_times(w, cell, out, in_doubt);
    check_promises(w, model, &m, before, level, held, out, cell);
    if (acked && !(cell->has && cell->belief.answers && cell->belief.answers[0]))
        assert_true(!cell->has || cell->belief.ack_until == 0);
    check_again(w, &m, cell);
    out->change =
        (struct change){.source = "dnsbl", .kind = out->said ? out->change.kind : CHANGE_NONE};
    judge_fini(&m.j);
    free(before);
}

static time_t pause(struct world *w)
{
    uint32_t cron = w->cron < 3 ? w->cron : below(&w->seed, 3);
    static const uint32_t pauses[] = {5 * MIN, HOUR, DAY}, jitter[] = {MIN, 20 * MIN, 3 * HOUR};
    if (below(&w->seed, 60) == 0)
        return (time_t)below(&w->seed, 20 * DAY) + MIN; /* the machine was off */
    return (time_t)(pauses[cron] - jitter[cron] / 2 + below(&w->seed, jitter[cron]));
}

static void one_history(uint64_t number)
{
    struct world w = {.seed = number * 7919 + 17, .conf = judge_conf_default(), .now = T0};
    static const int64_t gaps[] = {0, 50 * MIN, 50 * MIN, 5 * HOUR};
    w.conf.confirm_listed = 1 + below(&w.seed, 3) / 2;
    w.conf.confirm_cleared = 1 + below(&w.seed, 3);
    w.conf.confirm_gap = gaps[below(&w.seed, COUNT(gaps))];
    w.conf.flap_changes = below(&w.seed, 5) ? 4 : 0;
    w.clock_jumps = below(&w.seed, 4) == 0;
    w.cron = below(&w.seed, 4);
    w.restless = 2 + below(&w.seed, 12);
    w.trouble = 2 + below(&w.seed, 10);
    w.truth = truths[below(&w.seed, COUNT(truths))];
    struct model model = {0};
    struct kit_cell cell = {0};
    struct judgement out;

    for (size_t run = 0; run < RUNS; run++) {
        bool jump = w.clock_jumps && below(&w.seed, 20) == 0;
        w.now += pause(&w);
        if (jump)
            w.now += (time_t)below(&w.seed, 40 * DAY) - 20 * DAY;
        if (below(&w.seed, w.restless) == 0)
            w.truth = truths[below(&w.seed, COUNT(truths))];
        if (below(&w.seed, 15) == 0)
            acknowledge(&w, &cell);
        one_run(&w, &model, &cell, jump, false, &out);
    }
    /* Then peace: people know the truth within days, and hear nothing more but the end of what
     * somebody acknowledged. */
    size_t said = 0;
    for (size_t day = 0; day < 40; day++) {
        w.now += DAY;
        one_run(&w, &model, &cell, false, true, &out);
        said += day >= 12 && out.said && out.change.kind != CHANGE_REMINDER;
    }
    assert_int_equal(said, 0);
    assert_string_equal(believed_of(&cell), w.truth);
    assert_string_equal(model.told ? model.told : "", w.truth);
    assert_false(model.told_flapping);
    if (!w.truth[0])
        assert_false(cell.has); /* nothing is left behind */
    kit_fini(&cell);
}

static uint64_t current; /* told when it fails */

static void a_thousand_random_histories_keep_the_promises(void **state)
{
    (void)state;
    const char *only = getenv("REPMON_TEST_SEED");
    for (uint64_t i = 0; i < HISTORIES; i++) {
        uint64_t number = only ? strtoull(only, NULL, 10) : i;
        current = number;
        one_history(number);
        if (only)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_random_histories_keep_the_promises),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed)
        print_error("again with REPMON_TEST_SEED=%llu\n", (unsigned long long)current);
    return failed;
}
