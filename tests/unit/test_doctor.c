/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/doctor.h"

#define DAY 86400
#define NOW ((time_t)1795240800) /* 2026-11-21 06:00:00 UTC */

static void runs_a_day_are_seen_or_assumed(void **state)
{
    (void)state;
    assert_true(doctor_runs_a_day(0, 0, NOW) == 24);
    assert_true(doctor_runs_a_day(1, NOW - 5 * DAY, NOW) == 24);
    assert_true(doctor_runs_a_day(90, NOW - DAY, NOW) == 24); /* one day says too little */
    assert_true(doctor_runs_a_day(8, NOW - 4 * DAY, NOW) == 2);
    assert_true(doctor_runs_a_day(100, NOW + DAY, NOW) == 24); /* the clock went back */
}

static void a_budget_is_held_against_both_limits(void **state)
{
    (void)state;
    assert_int_equal(doctor_budget_mark(100, 0, UINT64_MAX), DOCTOR_OK);
    assert_int_equal(doctor_budget_mark(100, 100, 100), DOCTOR_OK);
    assert_int_equal(doctor_budget_mark(101, 200, 100), DOCTOR_WARN);
    assert_int_equal(doctor_budget_mark(201, 200, 100), DOCTOR_RED);
    assert_int_equal(doctor_budget_mark(201, 200, UINT64_MAX), DOCTOR_RED);
}

static void months_are_counted_from_the_catalogues_date(void **state)
{
    (void)state;
    assert_int_equal(doctor_months_since("2026-11", NOW), 0);
    assert_int_equal(doctor_months_since("2026-10", NOW), 1);
    assert_int_equal(doctor_months_since("2025-10", NOW), 13);
    assert_int_equal(doctor_months_since("2027-05", NOW), 0); /* never negative */
    assert_int_equal(doctor_months_since("", NOW), -1);
    assert_int_equal(doctor_months_since("2026-13", NOW), -1);
    assert_int_equal(doctor_months_since("soon", NOW), -1);
}

static void what_ends_soon_is_to_know_and_what_ended_is_red(void **state)
{
    (void)state;
    assert_int_equal(doctor_expiry_mark(NOW + 6 * DAY, 5, NOW), DOCTOR_OK);
    assert_int_equal(doctor_expiry_mark(NOW + 5 * DAY, 5, NOW), DOCTOR_WARN);
    assert_int_equal(doctor_expiry_mark(NOW + 1, 5, NOW), DOCTOR_WARN);
    assert_int_equal(doctor_expiry_mark(NOW, 5, NOW), DOCTOR_RED);
}

static void one_way_out_that_is_not_watched_is_enough(void **state)
{
    (void)state;
    static const enum doctor_path watched[] = {PATH_WATCHED, PATH_WATCHED};
    static const enum doctor_path one_out[] = {PATH_WATCHED, PATH_ELSEWHERE};
    static const enum doctor_path not_sure[] = {PATH_WATCHED, PATH_UNKNOWN};
    static const enum doctor_path unknown[] = {PATH_UNKNOWN};
    assert_int_equal(doctor_path_mark(watched, 2), DOCTOR_WARN);
    assert_int_equal(doctor_path_mark(one_out, 2), DOCTOR_OK);
    assert_int_equal(doctor_path_mark(not_sure, 2), DOCTOR_WARN);
    assert_int_equal(doctor_path_mark(unknown, 1), DOCTOR_OK);
    assert_int_equal(doctor_path_mark(NULL, 0), DOCTOR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_a_day_are_seen_or_assumed),
        cmocka_unit_test(a_budget_is_held_against_both_limits),
        cmocka_unit_test(months_are_counted_from_the_catalogues_date),
        cmocka_unit_test(what_ends_soon_is_to_know_and_what_ended_is_red),
        cmocka_unit_test(one_way_out_that_is_not_watched_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
