/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "source/reports/complaint_day.h"

static const struct complaint_rules rules = {.warning = 0.1, .critical = 0.3};

static struct complaint_pair *pair_of(struct complaint_pairs *c)
{
    struct ip ip;
    assert_true(ip_parse("203.0.113.5", &ip));
    return complaint_pair_of(c, &ip, "yahoo");
}

static void complain(struct complaint_pairs *c, int64_t day, uint64_t count)
{
    complaint_day_of(pair_of(c), day)->complaints += count;
}

static enum complaint_state judged(struct complaint_pairs *c, int64_t today, bool known,
                                   uint64_t accepted)
{
    complaint_judge(pair_of(c), today, known, accepted, &rules);
    return pair_of(c)->state;
}

static void the_rate_decides_where_the_volume_is_known(void **state)
{
    static const struct {
        uint64_t complaints, accepted;
        enum complaint_state found;
    } rows[] = {
        {2, 1000, COMPLAINTS_FEW},          {3, 999, COMPLAINTS_FEW},
        {3, 1000, COMPLAINTS_VERY_HIGH},    {3, 1001, COMPLAINTS_HIGH},
        {3, 3000, COMPLAINTS_HIGH},         {3, 3001, COMPLAINTS_FEW},
        {1000, 0, COMPLAINTS_FEW},          {1000, 10000000, COMPLAINTS_FEW},
        {10000, 10000000, COMPLAINTS_HIGH}, {5000, 5000, COMPLAINTS_VERY_HIGH},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct complaint_pairs c = {0};
        complain(&c, 100, rows[i].complaints);
        if (judged(&c, 100, true, rows[i].accepted) != rows[i].found)
            fail_msg("row %zu", i);
        complaint_pairs_fini(&c);
    }
}

static void the_rate_is_that_of_seven_days(void **state)
{
    struct complaint_pairs c = {0};
    (void)state;
    for (int64_t day = 94; day <= 100; day++)
        complain(&c, day, 1);
    complain(&c, 93, 100);
    assert_int_equal(judged(&c, 100, true, 7001), COMPLAINTS_FEW);
    assert_int_equal(judged(&c, 100, true, 7000), COMPLAINTS_HIGH);
    complaint_pairs_fini(&c);
}

static void the_number_of_a_day_decides_where_it_is_not_known(void **state)
{
    static const struct {
        uint64_t complaints;
        enum complaint_state found;
    } rows[] = {{2, COMPLAINTS_FEW},
                {3, COMPLAINTS_HIGH},
                {9, COMPLAINTS_HIGH},
                {10, COMPLAINTS_VERY_HIGH}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct complaint_pairs c = {0};
        complain(&c, 99, 2); /* of another day */
        complain(&c, 100, rows[i].complaints);
        if (judged(&c, 100, false, 0) != rows[i].found)
            fail_msg("row %zu", i);
        complaint_pairs_fini(&c);
    }
}

static void it_ends_after_two_whole_days_without(void **state)
{
    struct complaint_pairs c = {0};
    (void)state;
    complain(&c, 100, 5);
    assert_int_equal(judged(&c, 100, false, 0), COMPLAINTS_HIGH);
    assert_int_equal(judged(&c, 102, false, 0), COMPLAINTS_HIGH);
    assert_int_equal(judged(&c, 103, false, 0), COMPLAINTS_FEW);
    assert_int_equal(judged(&c, 103, false, 0), COMPLAINTS_FEW); /* and does not begin again */
    complain(&c, 103, 5);
    assert_int_equal(judged(&c, 103, false, 0), COMPLAINTS_HIGH);
    assert_int_equal(pair_of(&c)->since, 103);
    complaint_pairs_fini(&c);
}

static void milder_days_go_on_as_the_milder_finding(void **state)
{
    struct complaint_pairs c = {0};
    (void)state;
    complain(&c, 100, 20);
    assert_int_equal(judged(&c, 100, false, 0), COMPLAINTS_VERY_HIGH);
    for (int64_t day = 101; day <= 103; day++)
        complain(&c, day, 4);
    assert_int_equal(judged(&c, 102, false, 0), COMPLAINTS_VERY_HIGH);
    assert_int_equal(judged(&c, 103, false, 0), COMPLAINTS_HIGH);
    complaint_pairs_fini(&c);
}

static void what_came_and_went_between_two_runs_is_shown_once(void **state)
{
    struct complaint_pairs c = {0};
    (void)state;
    complain(&c, 96, 5);
    assert_int_equal(judged(&c, 100, false, 0), COMPLAINTS_HIGH);
    assert_int_equal(judged(&c, 100, false, 0), COMPLAINTS_FEW);
    complain(&c, 80, 500); /* too old to be news */
    assert_int_equal(judged(&c, 100, false, 0), COMPLAINTS_FEW);
    complaint_pairs_fini(&c);
}

static void days_are_kept_in_order_and_the_oldest_make_room(void **state)
{
    struct complaint_pairs c = {0};
    (void)state;
    for (int64_t day = 200; day > 200 - COMPLAINT_DAYS; day--)
        complain(&c, day, 1);
    assert_null(complaint_day_of(pair_of(&c), 100));
    complain(&c, 201, 1);
    const struct complaint_pair *p = pair_of(&c);
    assert_int_equal(p->day_count, COMPLAINT_DAYS);
    for (size_t i = 0; i < p->day_count; i++)
        assert_int_equal(p->days[i].day, 201 - COMPLAINT_DAYS + 1 + (int64_t)i);
    complaint_pairs_forget(&c, 202);
    assert_int_equal(c.count, 0);
    complaint_pairs_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rate_decides_where_the_volume_is_known),
        cmocka_unit_test(the_rate_is_that_of_seven_days),
        cmocka_unit_test(the_number_of_a_day_decides_where_it_is_not_known),
        cmocka_unit_test(it_ends_after_two_whole_days_without),
        cmocka_unit_test(milder_days_go_on_as_the_milder_finding),
        cmocka_unit_test(what_came_and_went_between_two_runs_is_shown_once),
        cmocka_unit_test(days_are_kept_in_order_and_the_oldest_make_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
