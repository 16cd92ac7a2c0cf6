/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/clock.h"
#include "repmon/day.h"

static void a_written_moment_is_of_the_shape_that_is_asked_for(void **state)
{
    enum { ALL = DATE_DAY | DATE_MINUTE | DATE_UTC };
    static const struct {
        const char *text;
        unsigned shapes;
        int64_t want; /* -1: refused */
    } rows[] = {
        {"2026-11-21", ALL, 1795219200},
        {"2026-11-21", DATE_MINUTE | DATE_UTC, -1},
        {"2026-11-21 06:00", ALL, 1795240800},
        {"2026-11-21T06:00", ALL, 1795240800},
        {"2026-11-21T06:00", DATE_DAY, -1},
        {"2026-11-21T06:00:09Z", ALL, 1795240809},
        {"2026-11-21T06:00:09Z", DATE_DAY | DATE_MINUTE, -1},
        {"2026-11-21 06:00:09Z", ALL, -1},
        {"2026-11-21T06:00:09", ALL, -1},
        {"2024-02-29", ALL, 1709164800},
        {"2026-02-29", ALL, -1},
        {"2100-02-29", ALL, -1},
        {"2000-02-29", ALL, 951782400},
        {"2026-04-31", ALL, -1},
        {"2026-00-10", ALL, -1},
        {"2026-13-10", ALL, -1},
        {"2026-11-00", ALL, -1},
        {"2026-11-21 24:00", ALL, -1},
        {"2026-11-21 23:60", ALL, -1},
        {"1970-01-01", ALL, 0},
        {"1969-12-31", ALL, -1},
        {"9999-12-31", ALL, 253402214400},
        {"2026-1-1", ALL, -1},
        {" 2026-11-21", ALL, -1},
        {"2026-11-21 ", ALL, -1},
        {"", ALL, -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tm tm;
        int64_t got = date_parse(rows[i].text, rows[i].shapes, &tm) ? clock_from_utc(&tm) : -1;
        if (got != rows[i].want)
            fail_msg("\"%s\": %lld", rows[i].text, (long long)got);
    }
}

static void days_are_those_of_the_calendar(void **state)
{
    (void)state;
    for (int64_t t = -86400 * INT64_C(1000); t < INT64_C(86400) * 80000; t += 86400 * 37 + 11) {
        struct tm tm;
        time_t when = (time_t)t;
        gmtime_r(&when, &tm);
        int32_t day = (tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday;
        assert_int_equal(day_of(t), day);
        assert_int_equal(clock_from_utc(&tm), t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_written_moment_is_of_the_shape_that_is_asked_for),
        cmocka_unit_test(days_are_those_of_the_calendar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
