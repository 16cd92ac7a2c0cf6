/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/text_wrap.h"

static void columns_are_those_of_a_terminal(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t columns;
    } rows[] = {
        {"", 0},
        {"plain", 5},
        {"\xc3\xbc", 1},                 /* u with diaeresis */
        {"u\xcc\x88", 1},                /* the same, combining */
        {"\xe6\x97\xa5\xe6\x9c\xac", 4}, /* two wide characters */
        {"\xff", 1},
        {"a\xc3", 2},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t n = text_columns(rows[i].text, strlen(rows[i].text));
        if (n != rows[i].columns)
            fail_msg("row %zu: %zu", i, n);
    }
}

static void words_are_laid_out_and_never_broken(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t column, indent, width;
        const char *lines;
        size_t end;
    } rows[] = {
        {"", 0, 0, 10, "", 0},
        {"one two", 0, 0, 7, "one two", 7},
        {"one two", 0, 0, 6, "one\ntwo", 3},
        {"one two", 0, 0, 0, "one two", 7},
        {"  one   two ", 0, 2, 6, "one\n  two", 5},
        {"longer-than-it", 0, 0, 5, "longer-than-it", 14},
        {"longer-than-it is", 0, 2, 5, "longer-than-it\n  is", 4},
        {"longer-than-it", 4, 2, 9, "\n  longer-than-it", 16}, /* not behind what stands there */
        {"one\ntwo", 0, 1, 20, "one\n two", 4},
        {"one\n\ntwo", 0, 0, 20, "one\n\ntwo", 3},
        {"\xe6\x97\xa5\xe6\x9c\xac \xe6\x97\xa5", 0, 0, 6, "\xe6\x97\xa5\xe6\x9c\xac\n\xe6\x97\xa5",
         2},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;
        buf_init(&out, 256);
        size_t end = text_wrap(&out, rows[i].text, rows[i].column, rows[i].indent, rows[i].width);
        if (end != rows[i].end || strcmp(buf_text(&out), rows[i].lines) != 0)
            fail_msg("row %zu: \"%s\", %zu", i, buf_text(&out), end);
        buf_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(columns_are_those_of_a_terminal),
                                       cmocka_unit_test(words_are_laid_out_and_never_broken)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
