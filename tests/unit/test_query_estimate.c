/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/query_estimate.h"

static void questions_a_day_follow_runs_and_interval(void **state)
{
    (void)state;
    static const struct {
        uint64_t n;
        double runs;
        int64_t every_ms;
        uint64_t want;
    } rows[] = {
        {100, 24, 0, 2400},          {100, 1, 0, 100},
        {100, 24, 6 * 3600000, 400}, /* four times, however often it runs */
        {100, 2, 6 * 3600000, 200},  /* no oftener than it runs */
        {100, 24, 2 * 86400000, 50}, {0, 24, 0, 0},
        {65536, 288, 0, 18874368},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(query_estimate_a_day(rows[i].n, rows[i].runs, rows[i].every_ms),
                         rows[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions_a_day_follow_runs_and_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
