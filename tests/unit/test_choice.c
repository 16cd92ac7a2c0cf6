/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "args.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NOW 1795300000 /* 2026-11-21 22:26:40 UTC */

static void moments_are_durations_or_past_dates(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        time_t want; /* 0: refused */
    } rows[] = {
        {"7d", NOW - 7 * 86400},
        {"90m", NOW - 5400},
        {"2026-11-21", 1795219200},
        {"2026-11-21 06:00", 1795240800},
        {"2026-11-21T06:00", 1795240800},
        {"1970-01-02", 86400},
        {"2026-11-22", 0}, /* to come */
        {"2026-02-31", 0},
        {"2026-13-01", 0},
        {"2026-1-1", 0},
        {"2026-11-21 24:00", 0},
        {"2026-11-21 06", 0},
        {"2026-11-21x", 0},
        {"2026/11/21", 0},
        {"0", 0},
        {"-1d", 0},
        {"60000d", 0}, /* before 1970 */
        {"", 0},
        {"yesterday", 0},
    };
    setenv("TZ", "UTC", 1);
    tzset();
    for (size_t i = 0; i < COUNT(rows); i++) {
        time_t got = 0;
        bool ok = args_since(rows[i].text, NOW, &got);
        if (ok != (rows[i].want != 0) || (ok && got != rows[i].want))
            fail_msg("\"%s\": %d, %lld", rows[i].text, ok, (long long)got);
    }
}

static void tables_are_aligned_by_what_is_seen(void **state)
{
    (void)state;
    static const char *const heads[] = {"name", "n", "last"};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct table *t = calloc(1, sizeof *t);
    *t = (struct table){.out = out, .columns = 3, .right = 2, .heads = heads, .colored = 0};
    table_row(t, LEVEL_OK, (const char *const[]){"\xc3\xa4\xc3\xb6", "7", "x"});
    table_row(t, LEVEL_OK, (const char *const[]){"longer", "1234", NULL});
    table_row(t, LEVEL_OK, (const char *const[]){"a\x1b[31m\n", NULL, "y"});
    table_end(t);
    fclose(out);
    assert_string_equal(text, "name        n  last\n"
                              "\xc3\xa4\xc3\xb6          7  x\n"
                              "longer   1234\n"
                              "a?[31m?        y\n");
    free(text);
    free(t);
}

static void a_long_table_streams_and_has_one_head(void **state)
{
    (void)state;
    static const char *const heads[] = {"n"};
    char *text = NULL;
    size_t size = 0, lines = 0;
    FILE *out = open_memstream(&text, &size);
    struct table *t = calloc(1, sizeof *t);
    *t = (struct table){.out = out, .columns = 1, .heads = heads};
    for (int i = 0; i < 3 * TABLE_PAGE + 1; i++)
        table_row(t, LEVEL_OK, (const char *const[]){"1"});
    table_end(t);
    fclose(out);
    for (const char *p = text; *p; p++)
        lines += *p == '\n';
    assert_int_equal(lines, 3 * TABLE_PAGE + 2);
    free(text);
    free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_durations_or_past_dates),
        cmocka_unit_test(tables_are_aligned_by_what_is_seen),
        cmocka_unit_test(a_long_table_streams_and_has_one_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
