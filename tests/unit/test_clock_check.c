/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/clock_check.h"

#include <stdio.h>

#define DAY  86400
#define END  (1000 * DAY) /* of the last run, at 5000 s after its boot */
#define BOOT 5000

static void a_clock_is_in_doubt_when_it_cannot_be_so(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t started; /* after the last run's end */
        int64_t boot_s;  /* now */
        bool same_boot, doubt;
    } rows[] = {
        {"an hour later", 3600, BOOT + 3600, true, false},
        {"a month later, never booted", 31 * DAY, BOOT + 31 * DAY, true, false},
        {"before the last run's end", -1, BOOT + 10, true, true},
        {"before it, after a boot", -1, 10, false, true},
        {"the wall clock jumped two hours", 2 * 3600 + 60, BOOT + 60, true, true},
        {"it jumped less than an hour", 3600, BOOT + 60, true, false},
        {"it stood still for two hours", 60, BOOT + 2 * 3600 + 60, true, true},
        {"a day later, after a boot", DAY, 10, false, false},
        {"31 days later, after a boot", 31 * DAY, 10, false, true},
        {"no boot clock, a day later", DAY, -1, true, false},
        {"no boot clock, 31 days later", 31 * DAY, -1, true, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stored_run last = {.ended = END, .boot_s = BOOT, .boot_id = "a"};
        struct stored_run now = {.started = END + rows[i].started, .boot_s = rows[i].boot_s};
        snprintf(now.boot_id, sizeof now.boot_id, "%s", rows[i].same_boot ? "a" : "b");
        if (clock_check(&last, &now) != rows[i].doubt)
            fail_msg("%s", rows[i].name);
    }
}

static void the_stamp_is_of_this_boot(void **state)
{
    (void)state;
    struct stored_run a = {0}, b = {0};
    clock_check_stamp(&a);
    clock_check_stamp(&b);
    assert_string_equal(a.boot_id, b.boot_id);
    assert_null(strchr(a.boot_id, '\n'));
    assert_true(b.boot_s >= a.boot_s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_is_in_doubt_when_it_cannot_be_so),
        cmocka_unit_test(the_stamp_is_of_this_boot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
