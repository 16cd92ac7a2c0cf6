/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/limits.h"
#include "repmon/results.h"

#include <stdio.h>

static void an_untouched_cell_is_never_good(void **state)
{
    (void)state;
    struct results *g = results_new(2, 2);
    assert_int_equal(results_outcome(g, results_get(g, 1, 1)).cause, CAUSE_NEVER_ASKED);
    assert_int_equal(results_effective(g, 1, 1).cause, CAUSE_NOT_ASKED);
    results_column(g, 1)->cause = CAUSE_NOT_SERVED;
    assert_int_equal(results_effective(g, 1, 1).cause, CAUSE_NOT_SERVED);
    results_free(g);
}

static void equal_outcomes_are_one_number(void **state)
{
    (void)state;
    struct results *g = results_new(1, 1);
    uint16_t a = results_intern(g, CAUSE_NONE, 0, "127.0.0.2");
    assert_int_equal(results_intern(g, CAUSE_NONE, 0, "127.0.0.2"), a);
    assert_int_not_equal(results_intern(g, CAUSE_NONE, 1, "127.0.0.2"), a);
    assert_int_not_equal(results_intern(g, CAUSE_NONE, 0, ""), a);
    uint16_t lost = results_intern(g, CAUSE_TIMEOUT, 0, "ignored");
    assert_int_equal(results_intern(g, CAUSE_TIMEOUT, 0, ""), lost);
    assert_string_equal(results_outcome(g, lost).answers, "");
    assert_int_equal(results_intern(g, CAUSE_NEVER_ASKED, 3, "x"), 0);
    results_free(g);
}

/* Answers count only as far as the way they came was proven. */
static void standing_decides_what_counts(void **state)
{
    (void)state;
    static const struct {
        struct validity validity;
        const char *answers;
        enum cause expected;
    } rows[] = {
        {{CAUSE_NEVER_ASKED, CAUSE_NEVER_ASKED}, "", CAUSE_UNPROVEN},
        {{CAUSE_NEVER_ASKED, CAUSE_NEVER_ASKED}, "127.0.0.2", CAUSE_UNPROVEN},
        {{CAUSE_NONE, CAUSE_NONE}, "", CAUSE_NONE},
        {{CAUSE_NONE, CAUSE_NONE}, "127.0.0.2", CAUSE_NONE},
        {{CAUSE_UNTRUSTED, CAUSE_NONE}, "", CAUSE_UNTRUSTED},
        {{CAUSE_UNTRUSTED, CAUSE_NONE}, "127.0.0.2", CAUSE_NONE},
        {{CAUSE_UNTRUSTED, CAUSE_UNTRUSTED}, "127.0.0.2", CAUSE_UNTRUSTED},
        {{CAUSE_TIMEOUT, CAUSE_NONE}, "", CAUSE_TIMEOUT},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct results *g = results_new(1, 1);
        results_column(g, 0)->via[3] = rows[i].validity;
        results_column(g, 0)->via[2] = (struct validity){CAUSE_NONE, CAUSE_NONE};
        results_set(g, 0, 0, results_intern(g, CAUSE_NONE, 3, rows[i].answers));
        assert_int_equal(results_effective(g, 0, 0).cause, rows[i].expected);
        results_free(g);
    }
}

/* Rows: listed, not listed, refused, never asked. */
static void a_list_that_is_off_counts_where_it_proved_a_listing(void **state)
{
    (void)state;
    static const struct {
        enum health health;
        enum cause listing;
        bool due;
        const char *counts;
    } rows[] = {
        {HEALTH_OK, CAUSE_NONE, true, "yyyy"},         {HEALTH_BLIND, CAUSE_NONE, true, "yyyy"},
        {HEALTH_OFF, CAUSE_NONE, true, "ynnn"},        {HEALTH_OFF, CAUSE_UNTRUSTED, true, "nnnn"},
        {HEALTH_OFF, CAUSE_NEVER_ASKED, true, "nnnn"}, {HEALTH_OFF, CAUSE_NONE, false, "nnnn"},
        {HEALTH_OK, CAUSE_NONE, false, "nnnn"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct results *g = results_new(4, 1);
        struct column *c = results_column(g, 0);
        c->health = rows[i].health;
        c->due = rows[i].due;
        c->via[0] = (struct validity){.empty = CAUSE_NONE, .listing = rows[i].listing};
        results_set(g, 0, 0, results_intern(g, CAUSE_NONE, 0, "127.0.0.2"));
        results_set(g, 1, 0, results_intern(g, CAUSE_NONE, 0, ""));
        results_set(g, 2, 0, results_intern(g, CAUSE_NOT_SERVED, 0, ""));
        for (size_t row = 0; row < 4; row++)
            assert_int_equal(results_counts(g, row, 0), rows[i].counts[row] == 'y');
        results_free(g);
    }
}

static void a_full_table_says_bad_format_and_still_knows_causes(void **state)
{
    (void)state;
    struct results *g = results_new(1, 1);
    char text[32];
    uint16_t last = 0;
    for (unsigned i = 0; i < LIMIT_OUTCOMES + 10u; i++) {
        snprintf(text, sizeof text, "w%u", i);
        last = results_intern(g, CAUSE_NONE, 0, text);
    }
    assert_int_equal(results_outcome(g, last).cause, CAUSE_BAD_FORMAT);
    assert_int_equal(results_outcome(g, results_intern(g, CAUSE_SERVFAIL, 15, "")).cause,
                     CAUSE_SERVFAIL);
    assert_string_equal(results_outcome(g, results_intern(g, CAUSE_NONE, 0, "w7")).answers, "w7");
    assert_true(results_outcome_count(g) <= LIMIT_OUTCOMES);
    results_free(g);
}

static void details_are_sparse_and_replaced(void **state)
{
    (void)state;
    struct results *g = results_new(1000, 3);
    char text[32];
    assert_null(results_detail(g, 5, 1));
    for (size_t row = 0; row < 1000; row++) {
        snprintf(text, sizeof text, "reason %zu", row);
        results_set_detail(g, row, row % 3, text);
    }
    results_set_detail(g, 7, 1, "another");
    assert_string_equal(results_detail(g, 7, 1), "another");
    assert_string_equal(results_detail(g, 999, 0), "reason 999");
    assert_null(results_detail(g, 999, 1));
    results_free(g);
}

static void a_note_is_kept_with_its_column(void **state)
{
    (void)state;
    struct results *g = results_new(1, 2);
    char text[] = "first";
    results_set_note(g, 1, text);
    memcpy(text, "gone!", sizeof text);
    assert_string_equal(results_column(g, 0)->note, "");
    assert_string_equal(results_column(g, 1)->note, "first");
    results_set_note(g, 1, "second");
    assert_string_equal(results_column(g, 1)->note, "second");
    results_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_note_is_kept_with_its_column),
        cmocka_unit_test(an_untouched_cell_is_never_good),
        cmocka_unit_test(equal_outcomes_are_one_number),
        cmocka_unit_test(standing_decides_what_counts),
        cmocka_unit_test(a_list_that_is_off_counts_where_it_proved_a_listing),
        cmocka_unit_test(a_full_table_says_bad_format_and_still_knows_causes),
        cmocka_unit_test(details_are_sparse_and_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
