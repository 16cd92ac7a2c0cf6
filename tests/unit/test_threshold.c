/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/threshold.h"

static void ranges_alert_as_the_plugin_guidelines_say(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
        int alerts; /* -1: not a range */
    } rows[] = {
        {"10", 10, 0},     {"10", 11, 1},     {"10", -1, 1},
        {"10", 0, 0},      {"10:", 10, 0},    {"10:", 9, 1},
        {"~:10", -99, 0},  {"~:10", 10, 0},   {"~:10", 11, 1},
        {"10:20", 9.5, 1}, {"10:20", 10, 0},  {"10:20", 20, 0},
        {"10:20", 21, 1},  {"@10:20", 9, 0},  {"@10:20", 10, 1},
        {"@10:20", 20, 1}, {"@10:20", 21, 0}, {"0", 0, 0},
        {"0", 1, 1},       {"@1:", 1, 1},     {"@1:", 0, 0},
        {"-5:5", -5, 0},   {"-5:5", -6, 1},   {"1.5", 1.6, 1},
        {":10", 11, 1},    {":10", 0, 0},     {"20:10", 0, -1},
        {"", 0, -1},       {"@", 0, -1},      {"x", 0, -1},
        {"1x", 0, -1},     {"1:2:3", 0, -1},  {"~", 0, -1},
        {"1.", 0, -1},     {"1e3", 0, -1},    {"0x10", 0, -1},
        {"nan", 0, -1},    {"inf", 0, -1},    {" 1", 0, -1},
        {"1:~", 0, -1},    {"--1", 0, -1},    {"11111111111111111111111111111111111", 0, -1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct threshold range;
        struct error err = {0};
        bool ok = threshold_parse(rows[i].text, &range, &err);
        if (ok != (rows[i].alerts >= 0) || ok == (err.class != ERR_NONE))
            fail_msg("row %zu (%s): parsed %d", i, rows[i].text, ok);
        if (ok && threshold_alerts(&range, rows[i].value) != (rows[i].alerts > 0))
            fail_msg("row %zu (%s at %g)", i, rows[i].text, rows[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_alert_as_the_plugin_guidelines_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
