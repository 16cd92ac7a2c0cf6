/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/error.h"
#include "repmon/text_fit.h"

static void what_does_not_fit_is_marked(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want;
    } rows[] = {
        {"", ""},
        {"1234567", "1234567"},
        {"12345678", "1234..."},
        {"a much longer text", "a mu..."},
        {"12\xc3\xa4\xc3\xa4\xc3\xa4", "12\xc3\xa4..."}, /* cut between two characters */
        {"123\xc3\xa4\xc3\xa4\xc3\xa4", "123..."},       /* not within one */
        {"1\xf0\x9f\x94\x94\xf0\x9f\x94\x94", "1..."},   /* of four bytes */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[8];
        bool whole = text_fit(out, sizeof out, "%s", rows[i].in);
        assert_string_equal(out, rows[i].want);
        assert_int_equal(whole, strcmp(rows[i].in, rows[i].want) == 0);
    }
}

static void an_error_that_is_too_long_says_so(void **state)
{
    (void)state;
    char text[3000];
    struct error err = {0};
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    error_set(&err, ERR_INPUT, "%s", text);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_string_equal(err.text + strlen(err.text) - 4, "x...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_fit_is_marked),
        cmocka_unit_test(an_error_that_is_too_long_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
