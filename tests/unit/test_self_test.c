/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/self_test.h"

static const struct {
    const char *what;
    struct validity validities[2];
    size_t count;
    enum self_test_verdict verdict;
    enum cause cause;
} rows[] = {
    {"nothing came to an end", {{0}}, 0, SELF_TEST_FAILED, CAUSE_TIMEOUT},
    {"both count", {{CAUSE_NONE, CAUSE_NONE}}, 1, SELF_TEST_GOOD, CAUSE_NONE},
    {"no test address", {{CAUSE_UNPROVEN, CAUSE_NONE}}, 1, SELF_TEST_UNPROVEN, CAUSE_UNPROVEN},
    {"test address not listed",
     {{CAUSE_UNTRUSTED, CAUSE_NONE}},
     1,
     SELF_TEST_HALF,
     CAUSE_UNTRUSTED},
    {"lists everything",
     {{CAUSE_UNTRUSTED, CAUSE_UNTRUSTED}},
     1,
     SELF_TEST_FAILED,
     CAUSE_UNTRUSTED},
    {"refused", {{CAUSE_NOT_SERVED, CAUSE_NOT_SERVED}}, 1, SELF_TEST_FAILED, CAUSE_NOT_SERVED},
    {"one family good, the other silent",
     {{CAUSE_NONE, CAUSE_NONE}, {CAUSE_TIMEOUT, CAUSE_TIMEOUT}},
     2,
     SELF_TEST_FAILED,
     CAUSE_TIMEOUT},
    {"one family good, the other without a test address",
     {{CAUSE_UNPROVEN, CAUSE_NONE}, {CAUSE_NONE, CAUSE_NONE}},
     2,
     SELF_TEST_UNPROVEN,
     CAUSE_UNPROVEN},
};

static void the_worse_family_speaks_for_the_list(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum cause cause;
        print_message("%s\n", rows[i].what);
        assert_int_equal(self_test_judge(rows[i].validities, rows[i].count, &cause),
                         rows[i].verdict);
        assert_int_equal(cause, rows[i].cause);
    }
}

static void every_verdict_has_a_word_of_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SELF_TEST_VERDICT_COUNT; i++) {
        assert_non_null(self_test_word(i));
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(self_test_word(i), self_test_word(k));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worse_family_speaks_for_the_list),
        cmocka_unit_test(every_verdict_has_a_word_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
