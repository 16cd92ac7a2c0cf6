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

static void formatted_text_is_whole_or_marked(void **state)
{
    (void)state;
    static const struct {
        size_t max;
        const char *want;
    } rows[] = {{100, "7 lists"}, {7, "7 lists"}, {6, "7 l..."}, {0, ""}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text = format(rows[i].max, "%d %s", 7, "lists");
        assert_string_equal(text, rows[i].want);
        free(text);
    }
}

/* What moves the cursor, reorders, or can't be seen; and what only looks odd. */
static void what_hides_or_reorders_text_is_cleaned(void **state)
{
    (void)state;
    static const struct {
        const char *in, *clean, *json;
    } rows[] = {
        {"plain", "plain", "\"plain\""},
        {"mx1\tsite A", "mx1 site A", "\"mx1\\tsite A\""},
        {"a\x1b[31m", "a?[31m", "\"a\\u001b[31m\""},
        {"zero\xe2\x80\x8bwidth", "zero?width", "\"zero\\u200bwidth\""},
        {"join\xe2\x80\x8d", "join?", "\"join\\u200d\""},
        {"soft\xc2\xadhyphen", "soft?hyphen", "\"soft\\u00adhyphen\""},
        {"arabic\xd8\x9cmark", "arabic?mark", "\"arabic\\u061cmark\""},
        {"word\xe2\x81\xa0joiner", "word?joiner", "\"word\\u2060joiner\""},
        {"plus\xe2\x81\xa4", "plus?", "\"plus\\u2064\""},
        {"\xe2\x80\xaeright to left", "?right to left", "\"\\u202eright to left\""},
        {"\xe2\x81\xa6isolate", "?isolate", "\"\\u2066isolate\""},
        {"shorthand\xf0\x9b\xb2\xa0", "shorthand?", "\"shorthand\\ud82f\\udca0\""},
        {"tag\xf3\xa0\x81\x81", "tag?", "\"tag\\udb40\\udc41\""},
        {"\xef\xbb\xbfmark", "?mark", "\"\\ufeffmark\""},
        {"hangul\xe3\x85\xa4"
         "filler",
         "hangul?filler", "\"hangul\\u3164filler\""},
        {"bad\xff", "bad?", "\"bad\\ufffd\""},
        {"gr\xc3\xbc\xc3\x9f \xe2\x9c\x93", "gr\xc3\xbc\xc3\x9f \xe2\x9c\x93",
         "\"gr\xc3\xbc\xc3\x9f \xe2\x9c\x93\""},
        {"\xf0\x9f\x93\xac", "\xf0\x9f\x93\xac", "\"\xf0\x9f\x93\xac\""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf b;
        size_t len = strlen(rows[i].in);
        buf_init(&b, 100);
        assert_true(buf_clean(&b, rows[i].in, len, len));
        assert_string_equal(buf_text(&b), rows[i].clean);
        buf_clear(&b);
        assert_true(buf_json(&b, rows[i].in, len));
        assert_string_equal(buf_text(&b), rows[i].json);
        buf_fini(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_fit_is_not_stored_and_remembered),
        cmocka_unit_test(a_cut_only_shortens),
        cmocka_unit_test(formatted_text_is_whole_or_marked),
        cmocka_unit_test(what_hides_or_reorders_text_is_cleaned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
