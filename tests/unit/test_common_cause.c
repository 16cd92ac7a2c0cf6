/* SPDX-License-Identifier: ISC */
#include "repmon/common_cause.h"
#include "unit.h"

static const struct {
    const char *name;
    enum cause causes[8];
    size_t count;
    enum cause expected;
} cases[] = {
    {"no lists", {CAUSE_NONE}, 0, CAUSE_NONE},
    {"two are not many", {CAUSE_TIMEOUT, CAUSE_TIMEOUT}, 2, CAUSE_NONE},
    {"three of three", {CAUSE_TIMEOUT, CAUSE_TIMEOUT, CAUSE_TIMEOUT}, 3, CAUSE_TIMEOUT},
    {"three of five, one of them without a test point",
     {CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, CAUSE_UNTRUSTED, CAUSE_UNPROVEN, CAUSE_NONE},
     5,
     CAUSE_UNTRUSTED},
    {"half is not most",
     {CAUSE_NOT_SERVED, CAUSE_NOT_SERVED, CAUSE_NOT_SERVED, CAUSE_NONE, CAUSE_NONE, CAUSE_NONE},
     6,
     CAUSE_NONE},
    {"those that were not asked say nothing",
     {CAUSE_NOT_SERVED, CAUSE_NOT_SERVED, CAUSE_NOT_SERVED, CAUSE_NO_KEY, CAUSE_NOT_ASKED,
      CAUSE_NONE},
     6,
     CAUSE_NOT_SERVED},
    {"alike means the same cause",
     {CAUSE_TIMEOUT, CAUSE_SERVFAIL, CAUSE_NOT_SERVED},
     3,
     CAUSE_NONE},
    {"no resolver takes a key away", {CAUSE_NO_KEY, CAUSE_NO_KEY, CAUSE_NO_KEY}, 3, CAUSE_NONE},
    {"nor the format", {CAUSE_BAD_FORMAT, CAUSE_BAD_FORMAT, CAUSE_BAD_FORMAT}, 3, CAUSE_NONE},
};

static void most_lists_alike_point_to_the_resolver(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct common_cause c = {0};
        for (size_t k = 0; k < cases[i].count; k++)
            common_cause_add(&c, cases[i].causes[k]);
        if (common_cause(&c) != cases[i].expected)
            fail_msg("%s: %d", cases[i].name, (int)common_cause(&c));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(most_lists_alike_point_to_the_resolver),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
