/* SPDX-License-Identifier: ISC */
#include "run_kit.h"

static void what_has_no_interval_is_always_due(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 3);
    kit_proven(&k, NOW - 60);
    kit_plan(&k, false);
    for (size_t i = 0; i < 3; i++)
        assert_true(plan_is_due(&k.plan, i, KIT_A));
    assert_false(k.plan.lists[KIT_A].rests);
    kit_fini(&k);
}

/* A cron job is never on the second. */
static void an_interval_binds_but_for_a_tenth(void **state)
{
    static const struct {
        int64_t every, age;
        bool due;
    } rows[] = {
        {HOUR, HOUR, true},     {HOUR, HOUR - 299, true}, {HOUR, HOUR - 361, false},
        {DAY, DAY - 299, true}, {DAY, DAY - 361, false},  {10 * 60, 9 * 60, true},
        {10 * 60, 480, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct kit k;
        kit_init(&k, 2);
        kit_proven(&k, NOW - rows[i].age);
        k.list_items[KIT_A].every_s = rows[i].every;
        kit_plan(&k, false);
        assert_int_equal(plan_is_due(&k.plan, 1, KIT_A), rows[i].due);
        assert_int_equal(k.plan.lists[KIT_A].rests, !rows[i].due);
        kit_plan(&k, true);
        assert_true(plan_is_due(&k.plan, 1, KIT_A)); /* --all */
        assert_false(k.plan.lists[KIT_A].rests);
        kit_fini(&k);
    }
}

static void what_was_never_asked_or_is_of_a_wrong_clock_is_due(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 3);
    kit_proven(&k, NOW - 60);
    k.list_items[KIT_A].every_s = DAY;
    k.cells[KIT_A][1] = 0;
    k.cells[KIT_A][2] = proof_pack(&(struct cell_proof){.asked = NOW + DAY});
    kit_plan(&k, false);
    assert_false(plan_is_due(&k.plan, 0, KIT_A));
    assert_true(plan_is_due(&k.plan, 1, KIT_A));
    assert_true(plan_is_due(&k.plan, 2, KIT_A));
    assert_false(k.plan.lists[KIT_A].rests);
    kit_fini(&k);
}

/* So that nothing starves when a run is cut short. */
static void the_cell_asked_longest_ago_comes_first(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 4);
    kit_proven(&k, NOW - HOUR);
    k.cells[KIT_A][2] = proof_pack(&(struct cell_proof){.asked = NOW - DAY});
    kit_plan(&k, false);
    assert_int_equal(k.plan.lists[KIT_A].start_row, 2);
    assert_int_equal(k.plan.lists[KIT_B].start_row, 0);
    kit_fini(&k);
}

static void what_a_source_wants_to_know_is_there(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 2);
    kit_proven(&k, NOW - HOUR);
    k.cells[KIT_A][0] = proof_pack(&(struct cell_proof){.asked = NOW - HOUR});
    k.snapshot.lists[KIT_A].used = 40;
    kit_plan(&k, false);
    assert_false(plan_is_known(&k.plan, 1, KIT_A)); /* nobody wants to know */
    assert_int_equal(k.plan.lists[KIT_A].used, 0);
    k.list_items[KIT_A].wants_known = k.list_items[KIT_A].counts_days = true;
    kit_plan(&k, false);
    assert_false(plan_is_known(&k.plan, 0, KIT_A));
    assert_true(plan_is_known(&k.plan, 1, KIT_A));
    assert_int_equal(k.plan.lists[KIT_A].used, 40);
    kit_fini(&k);
}

static void a_list_that_is_new_begins_at_the_first_row(void **state)
{
    struct kit k;
    (void)state;
    kit_init(&k, 2);
    kit_proven(&k, NOW - 60);
    k.list_items[KIT_B] =
        (struct run_list){.source = (char *)"kit", .list = (char *)"new.example", .every_s = DAY};
    kit_plan(&k, false);
    assert_true(plan_is_due(&k.plan, 0, KIT_B));
    assert_true(plan_is_due(&k.plan, 1, KIT_B));
    assert_int_equal(k.plan.lists[KIT_B].start_row, 0);
    kit_fini(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_no_interval_is_always_due),
        cmocka_unit_test(an_interval_binds_but_for_a_tenth),
        cmocka_unit_test(what_was_never_asked_or_is_of_a_wrong_clock_is_due),
        cmocka_unit_test(the_cell_asked_longest_ago_comes_first),
        cmocka_unit_test(what_a_source_wants_to_know_is_there),
        cmocka_unit_test(a_list_that_is_new_begins_at_the_first_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
