/* SPDX-License-Identifier: ISC */
#include "run_kit.h"

static void a_listing_becomes_a_belief_and_a_change(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 3);
    kit_proven(&k, NOW - HOUR);
    kit_answer_all(&k, "");
    kit_answer(&k, 1, KIT_A, "127.0.0.2");
    kit_decide(&k);
    assert_int_equal(k.decision.change_count, 1);
    assert_non_null(kit_change(&k, CHANGE_LISTED, 1, "a.example"));
    assert_int_equal(k.decision.belief_count, 1);
    assert_true(kit_belief(&k, 1, KIT_A)->write);
    assert_int_equal(kit_proof(&k, 1, KIT_A).proven, NOW);
    assert_int_equal(kit_proof(&k, 0, KIT_B).proven, NOW);
    assert_int_equal(k.decision.proven, 6);
    assert_int_equal(k.decision.asked, 6);
    assert_true(k.decision.completed);
    assert_false(k.decision.nothing);
    kit_fini(&k);
}

static void what_goes_on_is_kept_and_not_written_again(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 3);
    kit_proven(&k, NOW - HOUR);
    kit_believe(&k, 1, KIT_A, "127.0.0.2");
    kit_believe(&k, 2, KIT_A, "127.0.0.3");
    kit_answer_all(&k, "");
    kit_answer(&k, 1, KIT_A, "127.0.0.2");
    kit_answer(&k, 2, KIT_A, "127.0.0.3");
    kit_decide(&k);
    assert_int_equal(k.decision.change_count, 0);
    assert_int_equal(k.decision.gone_count, 0);
    assert_int_equal(k.decision.belief_count, 2);
    assert_false(kit_belief(&k, 1, KIT_A)->write);
    assert_string_equal(kit_belief(&k, 2, KIT_A)->belief.answers, "127.0.0.3");
    kit_fini(&k);
}

/* Cells of a list that refused half-way begin the next run; where an interval binds, all wait. */
static void a_cell_that_nobody_asked_stays_the_oldest(void **state)
{
    struct kit k;
    (void)state;
    for (int interval = 0; interval < 2; interval++) {
        kit_init(&k, 2);
        kit_proven(&k, NOW - 2 * HOUR);
        k.list_items[KIT_A].every_s = interval ? HOUR : 0;
        kit_answer_all(&k, "");
        results_column(k.session.results, KIT_A)->cause = CAUSE_TIMEOUT;
        results_set(k.session.results, 1, KIT_A, 0);
        kit_decide(&k);
        time_t asked = kit_proof(&k, 1, KIT_A).asked;
        assert_in_range(asked, (interval ? NOW : NOW - 2 * HOUR) - 60,
                        interval ? NOW : NOW - 2 * HOUR);
        assert_int_equal(kit_proof(&k, 1, KIT_A).proven, NOW - 2 * HOUR);
        kit_fini(&k);
    }
}

static void what_is_not_due_is_not_judged(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 2);
    kit_proven(&k, NOW - 60);
    k.list_items[KIT_A].every_s = DAY;
    kit_plan(&k, false);
    kit_answer_all(&k, "");
    kit_answer(&k, 1, KIT_A, "127.0.0.2");
    k.decision = decide(&k.in);
    assert_int_equal(k.decision.change_count, 0);
    assert_int_equal(k.decision.resting, 1);
    assert_int_equal(kit_proof(&k, 1, KIT_A).proven, NOW - 60);
    assert_int_equal(k.decision.proven, 2); /* of the other list */
    kit_fini(&k);
}

/* ---- what leaves ---- */

static void retire(struct kit *k, size_t row)
{
    uint32_t id = k->watch.inventory.items[row].id;
    const struct stored_target *t = stored_targets_by_id(&k->watch.targets, id);
    k->watch.targets.items[t - k->watch.targets.items].retire = true;
    k->watch.inventory.items[row].flags |= TARGET_LEAVING;
}

static void a_target_that_leaves_ends_its_findings(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 2);
    kit_proven(&k, NOW - HOUR);
    kit_believe(&k, 1, KIT_A, "127.0.0.2");
    retire(&k, 1);
    kit_answer_all(&k, "");
    kit_answer(&k, 1, KIT_A, "127.0.0.2");
    kit_decide(&k);
    assert_non_null(kit_change(&k, CHANGE_RETIRED, 1, "a.example"));
    assert_int_equal(k.decision.belief_count, 0);
    assert_int_equal(k.decision.gone_count, 1);
    assert_int_equal(k.decision.gone[0].target, k.watch.inventory.items[1].id);
    /* its number is given again, to one that was never asked */
    assert_int_equal(kit_proof(&k, 1, KIT_A).proven, 0);
    assert_int_equal(kit_proof(&k, 1, KIT_A).asked, 0);
    assert_int_equal(kit_proof(&k, 0, KIT_A).proven, NOW);
    kit_fini(&k);
}

static void an_address_that_its_name_lost_is_told_once(void **state)
{
    static const enum level before[] = {LEVEL_OK, LEVEL_INFO, LEVEL_CRITICAL};
    static const char *const answers[] = {NULL, "i1", "127.0.0.2"};
    (void)state;
    for (size_t i = 0; i < COUNT(before); i++) {
        struct kit k;
        kit_init(&k, 2);
        kit_proven(&k, NOW - HOUR);
        if (answers[i])
            kit_believe(&k, 1, KIT_A, answers[i]);
        struct resolve_item item = {.why = (char *)"", .key = "host mx.example.org"};
        struct stored_block block = {
            .cidr = {k.watch.inventory.items[1].ip, k.watch.inventory.items[1].prefix}};
        item.before = (struct stored_origin){.blocks = &block, .count = 1};
        retire(&k, 1);
        k.watch.items = &item;
        k.watch.item_count = 1;
        kit_answer_all(&k, "");
        kit_decide(&k);
        const struct change *c = kit_change(&k, CHANGE_RETIRED, 1, "");
        assert_int_equal(c != NULL, before[i] < LEVEL_WARNING);
        if (c)
            assert_string_equal(c->detail, "host mx.example.org no longer resolves to it");
        k.watch.items = NULL;
        k.watch.item_count = 0;
        kit_fini(&k);
    }
}

static void a_list_that_leaves_takes_its_beliefs_along(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 2);
    kit_proven(&k, NOW - HOUR);
    kit_believe(&k, 1, KIT_B, "127.0.0.2");
    struct list_belief *b = kit_list_believe(&k, "b.example");
    b->blind_said = NOW - DAY;
    b->blind_told.kinds = 1u << CHANGE_BLIND;
    k.list_items[KIT_B].list = (char *)"other.example";
    kit_answer_all(&k, "");
    kit_decide(&k);
    assert_non_null(kit_change(&k, CHANGE_RETIRED, 1, "b.example"));
    assert_int_equal(k.decision.gone_count, 1);
    assert_int_equal(k.decision.forgotten_count, 1);
    assert_string_equal(k.decision.forgotten[0]->list, "b.example");
    kit_fini(&k);
}

/* Of a target that is watched, whose row is not in this inventory: nothing is said of it. */
static void a_belief_that_nobody_judged_stays(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 3);
    kit_proven(&k, NOW - HOUR);
    kit_believe(&k, 0, KIT_A, "127.0.0.2");
    kit_believe(&k, 2, KIT_A, "127.0.0.2");
    uint32_t id = k.watch.inventory.items[2].id;
    k.watch.inventory.count = 2;
    kit_answer_all(&k, "127.0.0.2");
    kit_decide(&k);
    size_t found = 0;
    for (size_t i = 0; i < k.decision.belief_count; i++) {
        if (k.decision.beliefs[i].belief.target == id)
            found++;
    }
    assert_int_equal(found, 1);
    assert_int_equal(k.decision.gone_count, 0);
    k.watch.inventory.count = 3;
    kit_fini(&k);
}

static void beliefs_come_by_list_and_target(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 3);
    kit_proven(&k, NOW - HOUR);
    k.list_items[KIT_A].list = (char *)kit_names[KIT_B];
    k.list_items[KIT_B].list = (char *)kit_names[KIT_A];
    results_column(k.session.results, KIT_A)->list = kit_names[KIT_B];
    results_column(k.session.results, KIT_B)->list = kit_names[KIT_A];
    kit_answer_all(&k, "127.0.0.2");
    kit_decide(&k);
    assert_int_equal(k.decision.belief_count, 6);
    for (size_t i = 1; i < 6; i++) {
        const struct belief *a = &k.decision.beliefs[i - 1].belief;
        const struct belief *b = &k.decision.beliefs[i].belief;
        int order = strcmp(a->list, b->list);
        assert_true(order < 0 || (order == 0 && a->target < b->target));
    }
    kit_fini(&k);
}

/* ---- lists and the run ---- */

static void make_silent(struct kit *k, size_t column, enum cause cause)
{
    for (size_t i = 0; i < k->watch.inventory.count; i++)
        results_set(k->session.results, i, column,
                    results_intern(k->session.results, cause, 0, ""));
}

static void make_blind(struct kit *k, size_t column)
{
    struct column *c = results_column(k->session.results, column);
    c->health = HEALTH_BLIND;
    c->cause = CAUSE_TIMEOUT;
    c->via[0] = (struct validity){0};
    make_silent(k, column, CAUSE_TIMEOUT);
}

static void a_run_that_nobody_answered_is_not_completed(void **state)
{
    (void)state;
    for (int cut = 0; cut < 2; cut++) {
        struct kit k;
        kit_init(&k, 2);
        kit_proven(&k, NOW - HOUR);
        make_blind(&k, KIT_A);
        make_blind(&k, KIT_B);
        k.in.cut_short = cut;
        kit_decide(&k);
        assert_int_equal(k.decision.nothing, !cut); /* who was told to stop has no opinion */
        assert_false(k.decision.completed);
        assert_int_equal(k.decision.proven, 0);
        kit_fini(&k);
    }
}

static void one_list_that_fails_is_no_blind_run(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 2);
    kit_proven(&k, NOW - HOUR);
    kit_answer_all(&k, "");
    make_blind(&k, KIT_A);
    kit_decide(&k);
    assert_false(k.decision.nothing);
    assert_true(k.decision.completed);
    assert_int_equal(k.decision.counts[KIT_A].proved, 0);
    assert_int_equal(k.decision.counts[KIT_A].due, 2);
    assert_int_equal(k.decision.counts[KIT_B].proved, 2);
    kit_fini(&k);
}

/* An answer may prove nothing: then nothing else may be taken for proven because of it. */
static void an_unproven_answer_does_not_hide_a_blind_run(void **state)
{
    (void)state;
    for (int proven = 0; proven < 2; proven++) {
        struct kit k;
        kit_init(&k, 2);
        kit_answer_all(&k, "");
        k.snapshot.first_ever = true;
        make_blind(&k, KIT_A);
        if (!proven)
            make_silent(&k, KIT_B, CAUSE_UNPROVEN);
        kit_decide(&k);
        assert_int_equal(k.decision.nothing, !proven);
        assert_int_equal(k.decision.completed, proven);
        assert_int_equal(kit_list_change(&k, CHANGE_BASELINE, "") != NULL, proven);
        assert_int_equal(kit_list_change(&k, CHANGE_BLIND, "a.example") != NULL, !proven);
        kit_fini(&k);
    }
}

/* Below blind_severity a list that fails is no news, unless it was all that there was to ask. */
static void what_weighs_little_is_told_when_nothing_else_was_proven(void **state)
{
    (void)state;
    for (int proven = 0; proven < 2; proven++) {
        struct kit k;
        kit_init(&k, 2);
        kit_answer_all(&k, "");
        results_column(k.session.results, KIT_A)->severity = SEV_MINOR;
        results_column(k.session.results, KIT_B)->severity = SEV_INFO;
        make_blind(&k, KIT_A);
        if (!proven)
            make_blind(&k, KIT_B);
        kit_decide(&k);
        assert_int_equal(kit_list_change(&k, CHANGE_BLIND, "a.example") != NULL, !proven);
        assert_null(kit_list_change(&k, CHANGE_BLIND, "b.example"));
        kit_fini(&k);
    }
}

/* Without a test entry, silence is all that a list has to say: asked, and no trouble. */
static void unproven_answers_alone_are_answers(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 2);
    make_silent(&k, KIT_A, CAUSE_UNPROVEN);
    make_silent(&k, KIT_B, CAUSE_UNPROVEN);
    kit_decide(&k);
    assert_false(k.decision.nothing);
    assert_true(k.decision.completed);
    kit_fini(&k);
}

/* The first look is kept for the run that proves something; until then one run says so. */
static void a_run_that_proves_nothing_is_no_first_look(void **state)
{
    (void)state;
    static const struct {
        bool first_ever, looked, proves, said;
        enum level to;
        enum cause cause;
    } rows[] = {
        {true, false, false, true, LEVEL_UNKNOWN, CAUSE_UNPROVEN},
        {true, true, false, false, 0, 0},
        {true, true, true, true, LEVEL_OK, CAUSE_NONE},
        {true, false, true, true, LEVEL_OK, CAUSE_NONE},
        {false, true, true, false, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kit k;
        kit_init(&k, 2);
        kit_answer_all(&k, "");
        k.snapshot.first_ever = rows[i].first_ever;
        k.snapshot.looked = rows[i].looked;
        if (!rows[i].proves) {
            make_silent(&k, KIT_A, CAUSE_UNPROVEN);
            make_silent(&k, KIT_B, CAUSE_UNPROVEN);
        }
        kit_decide(&k);
        const struct change *said = kit_list_change(&k, CHANGE_BASELINE, "");
        assert_int_equal(said != NULL, rows[i].said);
        assert_int_equal(k.decision.first_look, rows[i].said);
        if (said) {
            assert_int_equal(said->to, rows[i].to);
            assert_int_equal(said->cause, rows[i].cause);
        }
        kit_fini(&k);
    }
}

static void a_first_run_says_that_it_looked(void **state)
{
    (void)state;
    for (int blind = 0; blind < 2; blind++) {
        struct kit k;
        kit_init(&k, 2);
        kit_answer_all(&k, "");
        k.snapshot.first_ever = true;
        if (blind) {
            make_blind(&k, KIT_A);
            make_blind(&k, KIT_B);
        }
        kit_decide(&k);
        const struct change *first = kit_list_change(&k, CHANGE_BASELINE, "");
        assert_int_equal(first != NULL, !blind);
        assert_string_equal(first ? first->source : k.in.whole, k.in.whole);
        kit_fini(&k);
    }
}

static void the_expiry_of_a_credential_is_kept(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 1);
    kit_proven(&k, NOW - HOUR);
    kit_answer_all(&k, "");
    k.expiries[KIT_B] = (struct decide_expiry){NOW + DAY, 7 * DAY};
    kit_decide(&k);
    assert_int_equal(k.decision.facts.count, 1);
    char value[32];
    snprintf(value, sizeof value, "%lld", (long long)(NOW + DAY));
    assert_string_equal(k.decision.facts.items[0].value, value);
    assert_non_null(kit_list_change(&k, CHANGE_EXPIRING, "b.example"));
    kit_fini(&k);
}

/* What is kept goes when the credential was renewed, not while nobody knows whether it was. */
static void an_end_that_is_over_is_not_kept(void **state)
{
    static const struct {
        struct decide_expiry end; /* from now */
        bool told, kept, written;
    } rows[] = {
        {{-DAY, 0}, true, true, true},           /* refused again */
        {{0, 0}, true, true, false},             /* nobody could ask, and nothing was proven */
        {{DAY, 0}, true, false, true},           /* it works again */
        {{0, 0}, false, false, true},            /* renewed earlier, or told with another list */
        {{90 * DAY, 7 * DAY}, true, true, true}, /* a new end */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct kit k;
        const char *key = "expires.kit.b.example";
        kit_init(&k, 1);
        kit_proven(&k, NOW - HOUR);
        facts_append(&k.snapshot.facts, key, "1799900000");
        struct list_belief *b = kit_list_believe(&k, "b.example");
        b->expired_said = rows[i].told ? NOW - HOUR : 0;
        kit_answer(&k, 0, KIT_A, "");
        results_column(k.session.results, KIT_B)->cause = CAUSE_TIMEOUT;
        results_set(k.session.results, 0, KIT_B, 0);
        if (rows[i].end.at)
            k.expiries[KIT_B] = (struct decide_expiry){NOW + rows[i].end.at, rows[i].end.soon_s};
        kit_decide(&k);
        const struct fact *edit = facts_edit(&k.decision.facts, key);
        assert_int_equal(edit != NULL, rows[i].written);
        assert_int_equal(!edit || edit->value, rows[i].kept);
        kit_fini(&k);
    }
}

/* ---- reminders ---- */

static void an_open_finding_is_reminded_once_a_week(void **state)
{
    static const struct {
        int64_t opened, last; /* ago */
        bool reminded;
    } rows[] = {{8 * DAY, 8 * DAY, true}, {8 * DAY, 2 * DAY, false}, {2 * DAY, 8 * DAY, false}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct kit k;
        char last[32];
        kit_init(&k, 2);
        kit_proven(&k, NOW - HOUR);
        struct belief *b = kit_believe(&k, 1, KIT_A, "127.0.0.2");
        b->opened = b->since = NOW - rows[i].opened;
        snprintf(last, sizeof last, "%lld", (long long)(NOW - rows[i].last));
        facts_append(&k.snapshot.facts, "last_reminder", last);
        kit_answer_all(&k, "");
        kit_answer(&k, 1, KIT_A, "127.0.0.2");
        kit_decide(&k);
        assert_int_equal(kit_change(&k, CHANGE_REMINDER, 1, "a.example") != NULL, rows[i].reminded);
        const struct fact *kept = facts_edit(&k.decision.facts, "last_reminder");
        assert_int_equal(kept != NULL, rows[i].reminded);
        if (kept)
            assert_int_equal(strtoll(kept->value, NULL, 10), NOW);
        kit_fini(&k);
    }
}

/* What is new on a cell says what is to be said of it. */
static void a_reminder_leaves_out_what_is_told_now(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 2);
    kit_proven(&k, NOW - HOUR);
    for (size_t i = 0; i < 2; i++) {
        struct belief *b = kit_believe(&k, i, KIT_A, "127.0.0.2");
        b->opened = b->since = NOW - 8 * DAY;
    }
    kit_answer_all(&k, "");
    kit_answer(&k, 0, KIT_A, "127.0.0.2 127.0.0.3");
    kit_answer(&k, 1, KIT_A, "127.0.0.2");
    kit_decide(&k);
    assert_null(kit_change(&k, CHANGE_REMINDER, 0, "a.example"));
    assert_non_null(kit_change(&k, CHANGE_REMINDER, 1, "a.example"));
    kit_fini(&k);
}

/* ---- an acknowledgement that came meanwhile: the same once more, from other beliefs ---- */

static void the_same_input_gives_the_same_and_an_acknowledgement_counts(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 2);
    kit_proven(&k, NOW - HOUR);
    struct belief *b = kit_believe(&k, 1, KIT_A, "127.0.0.2");
    b->opened = b->since = NOW - 8 * DAY;
    kit_answer_all(&k, "");
    kit_answer(&k, 1, KIT_A, "127.0.0.2");
    for (int i = 0; i < 2; i++) {
        decision_fini(&k.decision);
        kit_decide(&k);
        assert_int_equal(k.decision.change_count, 1);
        assert_non_null(kit_change(&k, CHANGE_REMINDER, 1, "a.example"));
    }
    b->ack_until = NOW + DAY;
    b->ack_answers = "127.0.0.2";
    decision_fini(&k.decision);
    kit_decide(&k);
    assert_int_equal(k.decision.change_count, 0);
    kit_fini(&k);
}

/* ---- shards ---- */

/* The last row is another shard's, and still known here. */
static void give_away(struct kit *k)
{
    struct inventory *inv = &k->watch.inventory;
    const struct target *t = &inv->items[inv->count - 1];
    k->in.shard = (struct shard){.number = shard_of(&t->ip, t->prefix, 2) == 1 ? 2 : 1, .count = 2};
    inv->count--;
    inv->others++;
}

static void what_another_shard_asks_about_ends_in_silence(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 2);
    kit_proven(&k, NOW - HOUR);
    kit_believe(&k, 1, KIT_A, "127.0.0.2");
    kit_answer(&k, 0, KIT_A, "");
    kit_answer(&k, 0, KIT_B, "");
    give_away(&k);
    kit_decide(&k);
    assert_int_equal(k.decision.change_count, 0);
    assert_int_equal(k.decision.belief_count, 0);
    assert_int_equal(k.decision.gone_count, 1);
    assert_true(plan_is_due(&k.plan, 0, KIT_A));
    assert_false(plan_is_due(&k.plan, 1, KIT_A));
    /* It may come back, and was never asked about then. */
    assert_int_equal(kit_proof(&k, 1, KIT_A).proven, 0);
    assert_int_equal(kit_proof(&k, 0, KIT_A).proven, NOW);
    kit_fini(&k);
}

static void what_is_heard_of_all_targets_stays(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 2);
    kit_proven(&k, NOW - HOUR);
    k.lists.sources[k.lists.source_count++] = (struct run_source){.word = "kit", .all = true};
    k.list_items[KIT_A].all = k.list_items[KIT_B].all = true;
    kit_believe(&k, 1, KIT_A, "127.0.0.2");
    kit_believe(&k, 1, KIT_B, "127.0.0.2")->list = "gone.example"; /* a log that is heard no more */
    kit_answer_all(&k, "");
    kit_answer(&k, 1, KIT_A, "127.0.0.2");
    kit_answer(&k, 1, KIT_B, "127.0.0.2");
    give_away(&k);
    kit_decide(&k);
    assert_non_null(kit_belief(&k, 1, KIT_A));
    assert_non_null(kit_change(&k, CHANGE_RETIRED, 1, "gone.example"));
    assert_non_null(kit_change(&k, CHANGE_LISTED, 1, "b.example"));
    kit_fini(&k);
}

static void what_comes_from_another_shard_is_believed_and_not_said(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 2);
    k.watch.inventory.items[0].flags |= TARGET_JOINED;
    k.watch.inventory.items[1].flags |= TARGET_JOINED;
    k.cells[KIT_A][k.watch.inventory.items[1].id] =
        proof_pack(&(struct cell_proof){.proven = NOW - HOUR, .asked = NOW - HOUR});
    kit_answer_all(&k, "");
    kit_answer(&k, 0, KIT_A, "127.0.0.2");
    kit_answer(&k, 1, KIT_A, "127.0.0.2");
    kit_decide(&k);
    const struct change *first = kit_change(&k, CHANGE_BASELINE, 0, "a.example");
    const struct change *later = kit_change(&k, CHANGE_LISTED, 1, "a.example");
    assert_true(first && first->unsaid);
    assert_true(later && !later->unsaid); /* it was seen to begin */
    assert_non_null(kit_belief(&k, 0, KIT_A));
    kit_fini(&k);
}

static void the_shard_is_kept_for_the_next_run(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 1);
    kit_answer_all(&k, "");
    k.in.shard = (struct shard){1, 1};
    kit_decide(&k);
    const struct fact *kept = facts_edit(&k.decision.facts, SNAPSHOT_SHARD);
    assert_non_null(kept);
    assert_string_equal(kept->value, "1/1");
    kit_fini(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listing_becomes_a_belief_and_a_change),
        cmocka_unit_test(what_goes_on_is_kept_and_not_written_again),
        cmocka_unit_test(a_cell_that_nobody_asked_stays_the_oldest),
        cmocka_unit_test(what_is_not_due_is_not_judged),
        cmocka_unit_test(a_target_that_leaves_ends_its_findings),
        cmocka_unit_test(an_address_that_its_name_lost_is_told_once),
        cmocka_unit_test(a_list_that_leaves_takes_its_beliefs_along),
        cmocka_unit_test(a_belief_that_nobody_judged_stays),
        cmocka_unit_test(beliefs_come_by_list_and_target),
        cmocka_unit_test(a_run_that_nobody_answered_is_not_completed),
        cmocka_unit_test(one_list_that_fails_is_no_blind_run),
        cmocka_unit_test(an_unproven_answer_does_not_hide_a_blind_run),
        cmocka_unit_test(what_weighs_little_is_told_when_nothing_else_was_proven),
        cmocka_unit_test(unproven_answers_alone_are_answers),
        cmocka_unit_test(a_run_that_proves_nothing_is_no_first_look),
        cmocka_unit_test(a_first_run_says_that_it_looked),
        cmocka_unit_test(the_expiry_of_a_credential_is_kept),
        cmocka_unit_test(an_end_that_is_over_is_not_kept),
        cmocka_unit_test(an_open_finding_is_reminded_once_a_week),
        cmocka_unit_test(a_reminder_leaves_out_what_is_told_now),
        cmocka_unit_test(the_same_input_gives_the_same_and_an_acknowledgement_counts),
        cmocka_unit_test(what_another_shard_asks_about_ends_in_silence),
        cmocka_unit_test(what_is_heard_of_all_targets_stays),
        cmocka_unit_test(what_comes_from_another_shard_is_believed_and_not_said),
        cmocka_unit_test(the_shard_is_kept_for_the_next_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
