/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "source/reports/dmarc_day.h"

#include <stdio.h>
#include <stdlib.h>

static const struct dmarc_rules rules = {.fail_share = 5, .min_messages = 50};

static struct ip address(const char *text)
{
    struct ip ip;
    assert_true(ip_parse(text, &ip));
    return ip;
}

static void report(struct dmarc_days *d, int64_t day, const char *by, bool large,
                   struct dmarc_counts counts)
{
    const struct ip ip = address("203.0.113.5");
    dmarc_day_add(dmarc_day_of(d, &ip, day), by, large, &counts);
}

/* ---- a day ---- */

static void a_day_is_judged_by_its_sums(void **state)
{
    static const struct {
        uint64_t passed, failed, thrown_out;
        bool large;
        enum dmarc_state found;
    } rows[] = {
        {0, 0, 0, false, DMARC_NO_DATA},      {49, 0, 0, false, DMARC_TOO_FEW},
        {50, 0, 0, false, DMARC_ALIGNED},     {45, 4, 0, false, DMARC_TOO_FEW},
        {96, 4, 0, false, DMARC_ALIGNED},     {95, 5, 0, false, DMARC_FAILING},
        {96, 5, 0, false, DMARC_ALIGNED},     {0, 50, 0, false, DMARC_FAILING},
        {9, 0, 9, false, DMARC_TOO_FEW},      {10, 0, 10, false, DMARC_BY_ONE},
        {10, 0, 10, true, DMARC_QUARANTINED}, {200, 0, 10, true, DMARC_QUARANTINED},
        {201, 0, 10, true, DMARC_ALIGNED},    {100, 50, 10, true, DMARC_QUARANTINED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dmarc_days d = {0};
        report(&d, 1, "a", rows[i].large,
               (struct dmarc_counts){rows[i].passed, rows[i].failed, rows[i].thrown_out, 0});
        enum dmarc_state found = dmarc_judge_day(&d.items[0], &rules);
        if (found != rows[i].found)
            fail_msg("row %zu: %d, not %d", i, (int)found, (int)rows[i].found);
        dmarc_days_fini(&d);
    }
}

static void two_small_reporters_confirm_each_other_and_one_twice_does_not(void **state)
{
    struct dmarc_days d = {0};
    (void)state;
    report(&d, 1, "a", false, (struct dmarc_counts){.passed = 10, .thrown_out = 10});
    report(&d, 1, "a", false, (struct dmarc_counts){.passed = 10, .thrown_out = 10});
    report(&d, 1, "b", false, (struct dmarc_counts){.passed = 10});
    assert_int_equal(dmarc_judge_day(&d.items[0], &rules), DMARC_BY_ONE);
    report(&d, 1, "b", false, (struct dmarc_counts){.passed = 1, .thrown_out = 1});
    assert_int_equal(dmarc_judge_day(&d.items[0], &rules), DMARC_QUARANTINED);
    dmarc_days_fini(&d);
}

static void a_day_knows_which_domains_its_failures_are_from(void **state)
{
    struct dmarc_days d = {0};
    char name[32];
    (void)state;
    const struct ip ip = address("203.0.113.5");
    struct dmarc_day *day = dmarc_day_of(&d, &ip, 1);
    dmarc_day_add_from(day, "fine.example.org", &(struct dmarc_counts){.passed = 9, .relayed = 9});
    assert_int_equal(day->from_count, 0);
    dmarc_day_add_from(day, "a.example.org", &(struct dmarc_counts){.failed = 3});
    dmarc_day_add_from(day, "a.example.org", &(struct dmarc_counts){.thrown_out = 2});
    assert_int_equal(day->from_count, 1);
    assert_int_equal(day->froms[0].failed, 3);
    assert_int_equal(day->froms[0].thrown_out, 2);
    for (int i = 0; i < 3 * DMARC_FROMS; i++) {
        snprintf(name, sizeof name, "%d.example.org", i);
        dmarc_day_add_from(day, name, &(struct dmarc_counts){.failed = 1});
    }
    assert_int_equal(day->from_count, DMARC_FROMS);
    assert_string_equal(day->froms[DMARC_FROMS - 1].domain, "others");
    assert_int_equal(day->froms[DMARC_FROMS - 1].failed, 2 * DMARC_FROMS + 2);
    dmarc_days_fini(&d);
}

static void what_was_relayed_is_never_judged(void **state)
{
    struct dmarc_days d = {0};
    (void)state;
    report(&d, 1, "a", true, (struct dmarc_counts){.passed = 60, .relayed = 1000000});
    assert_int_equal(dmarc_judge_day(&d.items[0], &rules), DMARC_ALIGNED);
    dmarc_days_fini(&d);
}

static void sums_stay_at_their_maximum(void **state)
{
    struct dmarc_days d = {0};
    (void)state;
    for (int i = 0; i < 3; i++)
        report(&d, 1, "a", true, (struct dmarc_counts){.passed = DMARC_MESSAGES_MAX - 1});
    assert_true(dmarc_day_sum(&d.items[0]).passed == DMARC_MESSAGES_MAX);
    dmarc_days_fini(&d);
}

static void more_reporters_than_are_told_apart_are_one(void **state)
{
    struct dmarc_days d = {0};
    (void)state;
    for (int i = 0; i < 3 * DMARC_REPORTERS; i++) {
        char name[32];
        snprintf(name, sizeof name, "r%d.example", i);
        report(&d, 1, name, false, (struct dmarc_counts){.passed = 1});
    }
    assert_int_equal(d.items[0].reporter_count, DMARC_REPORTERS);
    assert_true(dmarc_day_sum(&d.items[0]).passed == 3 * DMARC_REPORTERS);
    dmarc_days_fini(&d);
}

/* ---- any order ---- */

#define MODEL_ADDRESSES 7
#define MODEL_DAYS      20
#define MODEL_REPORTERS 9

static uint32_t seed;

static uint32_t any(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

/* 10,000 reports in any order: the sums of each address and day are exact. */
static void sums_are_those_of_a_model(void **state)
{
    static struct dmarc_counts model[MODEL_ADDRESSES][MODEL_DAYS];
    struct dmarc_days d = {0};
    (void)state;
    seed = 1;
    for (int i = 0; i < 10000; i++) {
        uint32_t a = any(MODEL_ADDRESSES), day = any(MODEL_DAYS);
        const struct dmarc_counts c = {any(1000), any(100), any(10), any(50)};
        char ip[32], by[32];
        snprintf(ip, sizeof ip, a % 2 ? "203.0.113.%u" : "2001:db8::%u", a);
        snprintf(by, sizeof by, "r%u", any(MODEL_REPORTERS));
        const struct ip own = address(ip);
        dmarc_day_add(dmarc_day_of(&d, &own, day), by, false, &c);
        model[a][day].passed += c.passed;
        model[a][day].failed += c.failed;
        model[a][day].thrown_out += c.thrown_out;
        model[a][day].relayed += c.relayed;
    }
    assert_int_equal(d.count, MODEL_ADDRESSES * MODEL_DAYS);
    for (uint32_t a = 0; a < MODEL_ADDRESSES; a++) {
        for (int64_t day = 0; day < MODEL_DAYS; day++) {
            char ip[32];
            snprintf(ip, sizeof ip, a % 2 ? "203.0.113.%u" : "2001:db8::%u", a);
            const struct ip own = address(ip);
            const struct dmarc_day *found = dmarc_day_find(&d, &own, day);
            assert_non_null(found);
            const struct dmarc_counts sum = dmarc_day_sum(found);
            assert_memory_equal(&sum, &model[a][day], sizeof sum);
        }
    }
    dmarc_days_fini(&d);
}

/* ---- what is believed ---- */

#define GOOD ((struct dmarc_counts){.passed = 100})
#define BAD  ((struct dmarc_counts){.passed = 90, .failed = 10})
#define FEW  ((struct dmarc_counts){.passed = 10})

static enum dmarc_state judged(struct dmarc_days *d, int64_t until)
{
    const struct ip ip = address("203.0.113.5");
    dmarc_judge(d, until, &rules);
    const struct dmarc_address *a = dmarc_address_find(d, &ip);
    return a ? a->state : DMARC_NO_DATA;
}

static void a_finding_ends_after_two_later_days_with_enough_mail(void **state)
{
    struct dmarc_days d = {0};
    (void)state;
    report(&d, 1, "a", true, GOOD);
    assert_int_equal(judged(&d, 1), DMARC_ALIGNED);
    report(&d, 2, "a", true, BAD);
    assert_int_equal(judged(&d, 2), DMARC_FAILING);
    assert_int_equal(d.addresses[0].since, 2);
    report(&d, 3, "a", true, GOOD);
    report(&d, 4, "a", true, FEW);
    assert_int_equal(judged(&d, 4), DMARC_FAILING);
    report(&d, 5, "a", true, BAD); /* it begins anew */
    report(&d, 6, "a", true, GOOD);
    assert_int_equal(judged(&d, 6), DMARC_FAILING);
    report(&d, 7, "a", true, GOOD);
    assert_int_equal(judged(&d, 7), DMARC_ALIGNED);
    assert_int_equal(d.addresses[0].since, 0);
    dmarc_days_fini(&d);
}

static void a_milder_finding_takes_over_after_two_days(void **state)
{
    struct dmarc_days d = {0};
    (void)state;
    report(&d, 1, "a", true, GOOD);
    judged(&d, 1);
    report(&d, 2, "a", true, (struct dmarc_counts){.passed = 100, .thrown_out = 50});
    assert_int_equal(judged(&d, 2), DMARC_QUARANTINED);
    report(&d, 3, "a", true, BAD);
    assert_int_equal(judged(&d, 3), DMARC_QUARANTINED);
    report(&d, 4, "a", true, GOOD);
    assert_int_equal(judged(&d, 4), DMARC_FAILING);
    assert_int_equal(d.addresses[0].since, 2);
    dmarc_days_fini(&d);
}

static void what_comes_after_a_day_was_closed_changes_no_state(void **state)
{
    struct dmarc_days d = {0};
    (void)state;
    report(&d, 5, "a", true, GOOD);
    assert_int_equal(judged(&d, 5), DMARC_ALIGNED);
    report(&d, 5, "b", true, (struct dmarc_counts){.failed = 1000});
    report(&d, 4, "b", true, (struct dmarc_counts){.failed = 1000});
    assert_int_equal(judged(&d, 6), DMARC_ALIGNED);
    dmarc_days_fini(&d);
}

static void a_clock_that_was_ahead_closes_no_days_for_good(void **state)
{
    struct dmarc_days d = {0};
    (void)state;
    judged(&d, 50000);
    report(&d, 105, "a", true, BAD);
    assert_int_equal(judged(&d, 104), DMARC_NO_DATA);
    assert_int_equal(judged(&d, 105), DMARC_FAILING);
    dmarc_days_fini(&d);
}

static void days_that_are_too_young_wait(void **state)
{
    struct dmarc_days d = {0};
    (void)state;
    report(&d, 6, "a", true, BAD);
    assert_int_equal(judged(&d, 5), DMARC_NO_DATA);
    assert_int_equal(judged(&d, 6), DMARC_FAILING);
    dmarc_days_fini(&d);
}

static void what_began_and_was_over_between_two_runs_is_shown_once(void **state)
{
    struct dmarc_days d = {0};
    (void)state;
    report(&d, 1, "a", true, GOOD);
    judged(&d, 1);
    report(&d, 2, "a", true, BAD);
    for (int64_t day = 3; day < 6; day++)
        report(&d, day, "a", true, GOOD);
    assert_int_equal(judged(&d, 5), DMARC_FAILING);
    assert_int_equal(judged(&d, 5), DMARC_ALIGNED);
    dmarc_days_fini(&d);
}

static void days_are_forgotten(void **state)
{
    struct dmarc_days d = {0};
    (void)state;
    for (int64_t day = 1; day <= 10; day++)
        report(&d, day, "a", true, GOOD);
    dmarc_days_forget(&d, 8);
    assert_int_equal(d.count, 3);
    assert_int_equal(d.items[0].day, 8);
    dmarc_days_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_is_judged_by_its_sums),
        cmocka_unit_test(two_small_reporters_confirm_each_other_and_one_twice_does_not),
        cmocka_unit_test(a_day_knows_which_domains_its_failures_are_from),
        cmocka_unit_test(what_was_relayed_is_never_judged),
        cmocka_unit_test(sums_stay_at_their_maximum),
        cmocka_unit_test(more_reporters_than_are_told_apart_are_one),
        cmocka_unit_test(sums_are_those_of_a_model),
        cmocka_unit_test(a_finding_ends_after_two_later_days_with_enough_mail),
        cmocka_unit_test(a_milder_finding_takes_over_after_two_days),
        cmocka_unit_test(what_comes_after_a_day_was_closed_changes_no_state),
        cmocka_unit_test(a_clock_that_was_ahead_closes_no_days_for_good),
        cmocka_unit_test(days_that_are_too_young_wait),
        cmocka_unit_test(what_began_and_was_over_between_two_runs_is_shown_once),
        cmocka_unit_test(days_are_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
