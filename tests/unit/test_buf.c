/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/buf.h"

#include <stdlib.h>

static void what_does_not_fit_is_not_stored_and_remembered(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 5);
    assert_true(buf_str(&b, "abc"));
    assert_false(buf_str(&b, "def"));
    assert_string_equal(buf_text(&b), "abc");
    assert_false(buf_char(&b, 'd')); /* it would fit, but something is missing before it */
    assert_true(b.failed);
    buf_clear(&b);
    assert_true(buf_fmt(&b, "%d", 12345));
    assert_string_equal(buf_text(&b), "12345");
    buf_fini(&b);
}

static void a_cut_only_shortens(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 100);
    buf_cut(&b, 0); /* nothing there yet */
    assert_string_equal(buf_text(&b), "");
    buf_str(&b, "abcdef");
    buf_cut(&b, 7);
    assert_string_equal(buf_text(&b), "abcdef");
    buf_cut(&b, 4);
    assert_string_equal(buf_text(&b), "abcd");
    buf_str(&b, "X");
    assert_string_equal(buf_text(&b), "abcdX");
    buf_fini(&b);
}

static char *format(size_t max, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static char *format(size_t max, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = mem_vfmt(max, fmt, args);
    va_end(args);
    return text;
}

static void formatted_text_is_whole_or_empty(void **state)
{
    (void)state;
    static const struct {
        size_t max;
        const char *want;
    } rows[] = {{100, "7 lists"}, {7, "7 lists"}, {6, ""}, {0, ""}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text = format(rows[i].max, "%d %s", 7, "lists");
        assert_string_equal(text, rows[i].want);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_fit_is_not_stored_and_remembered),
        cmocka_unit_test(a_cut_only_shortens),
        cmocka_unit_test(formatted_text_is_whole_or_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
