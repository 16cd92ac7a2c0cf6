/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "conf/conf_lex.h"

#include <stdio.h>
#include <stdlib.h>

/* One line in; its kind and parts, or what the error has to say. */
static void reads_lines_and_names_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        enum conf_lex_kind kind;
        const char *word, *name, *value; /* value: or a part of the error */
    } rows[] = {
        {"", CONF_LEX_END, NULL, NULL, NULL},
        {" \t ", CONF_LEX_END, NULL, NULL, NULL},
        {"# key = value", CONF_LEX_END, NULL, NULL, NULL},
        {"; key = value", CONF_LEX_END, NULL, NULL, NULL},
        {"[talos]", CONF_LEX_SECTION, "talos", NULL, NULL},
        {"[talos] ; a comment", CONF_LEX_SECTION, "talos", NULL, NULL},
        {"[dnsbl \"bl.example.org\"]\r\n", CONF_LEX_SECTION, "dnsbl", "bl.example.org", NULL},
        {"[dnsbl \"a ;b\"]", CONF_LEX_SECTION, "dnsbl", "a ;b", NULL},
        {"[dnsbl \"a]b\"]", CONF_LEX_SECTION, "dnsbl", "a]b", NULL},
        {"[dns] resolver = 9.9.9.9", CONF_LEX_BAD_SECTION, NULL, NULL, "column 6: unexpected text"},
        {"[dns];x", CONF_LEX_BAD_SECTION, NULL, NULL, "column 6: unexpected text"},
        {"[dns", CONF_LEX_BAD_SECTION, NULL, NULL, "column 5: ] is missing"},
        {"[]", CONF_LEX_BAD_SECTION, NULL, NULL, "column 2: a section is written"},
        {"[ dns]", CONF_LEX_BAD_SECTION, NULL, NULL, "column 2: a section is written"},
        {"[dns\"x\"]", CONF_LEX_BAD_SECTION, NULL, NULL, "column 5: write the name in"},
        {"[dnsbl \"x]", CONF_LEX_BAD_SECTION, NULL, NULL, "closing \""},
        {"[dnsbl \"\"]", CONF_LEX_BAD_SECTION, NULL, NULL, "name is empty"},
        {"[dnsbl \"x\" y]", CONF_LEX_BAD_SECTION, NULL, NULL, "column 11: only ] may follow"},
        {"key = value", CONF_LEX_KEY, "key", NULL, "value"},
        {"key=value", CONF_LEX_KEY, "key", NULL, "value"},
        {"key\t=\tvalue\t \r\n", CONF_LEX_KEY, "key", NULL, "value"},
        {"key = a = b", CONF_LEX_KEY, "key", NULL, "a = b"},
        {"key =", CONF_LEX_KEY, "key", NULL, ""},
        {"key = ; nothing", CONF_LEX_KEY, "key", NULL, ""},
        {"key = a;b ; comment # x", CONF_LEX_KEY, "key", NULL, "a;b"},
        {"key = https://h/#part", CONF_LEX_KEY, "key", NULL, "https://h/#part"},
        {"key =;v", CONF_LEX_KEY, "key", NULL, ";v"},
        {"key = a # comment", CONF_LEX_BAD, NULL, NULL, "column 9: # starts a comment only at the"},
        {"key = a # comment", CONF_LEX_BAD, NULL, NULL, "use ;"},
        {"key : value", CONF_LEX_BAD, NULL, NULL, "column 5: expected ="},
        {"key value", CONF_LEX_BAD, NULL, NULL, "column 5: expected ="},
        {"key", CONF_LEX_BAD, NULL, NULL, "column 4: expected ="},
        {"= value", CONF_LEX_BAD, NULL, NULL, "column 1: expected a section"},
        {" key = value", CONF_LEX_BAD, NULL, NULL, "indented"},
        {"\t[dns]", CONF_LEX_BAD, NULL, NULL, "indented"},
        {"key = a\x01", CONF_LEX_BAD, NULL, NULL, "column 8: a control character"},
        {"key = a\rb", CONF_LEX_BAD, NULL, NULL, "Unix line endings"},
        {"\xef\xbb\xbf[dns]", CONF_LEX_SECTION, "dns", NULL, NULL}, /* a byte order mark */
        {"\xef\xbb\xbf# key = value", CONF_LEX_END, NULL, NULL, NULL},
        {"\xff\xfe[\x01", CONF_LEX_BAD, NULL, NULL, "UTF-16"},
        {"\xfe\xff", CONF_LEX_BAD, NULL, NULL, "UTF-16"},
        {"[mail ops]", CONF_LEX_BAD_SECTION, NULL, NULL, "column 7: write the name in double"},
        {"[mail.ops]", CONF_LEX_BAD_SECTION, NULL, NULL, "column 6: write the name in double"},
        {"[mail \xe2\x80\x9cops\xe2\x80\x9d]", CONF_LEX_BAD_SECTION, NULL, NULL,
         "plain double quotes"},
        {"[mail 'ops']", CONF_LEX_BAD_SECTION, NULL, NULL, "plain double quotes"},
        {"[mail \xc2\xabops\xc2\xbb]", CONF_LEX_BAD_SECTION, NULL, NULL, "plain double quotes"},
        {"key: value", CONF_LEX_BAD, NULL, NULL, "column 4: expected = after the key, not :"},
        {"key\xc2\xa0= value", CONF_LEX_BAD, NULL, NULL, "column 4: a no-break space"},
        {"key = a\xc2\xa0"
         "b",
         CONF_LEX_BAD, NULL, NULL, "column 8: a no-break space"},
        {"key = a\xe2\x80\x8b", CONF_LEX_BAD, NULL, NULL, "column 8: an invisible character"},
        {"key = a ; \xc2\xa0", CONF_LEX_KEY, "key", NULL, "a"}, /* in a comment anything goes */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct conf_lex lex;
        struct conf_item item = {0};
        struct error err = {0};
        conf_lex_init(&lex, rows[i].in, strlen(rows[i].in));
        enum conf_lex_kind kind = conf_lex_next(&lex, &item, &err);
        if (kind != rows[i].kind)
            fail_msg("row %zu: kind %d, not %d (%s)", i, (int)kind, (int)rows[i].kind, err.text);
        if (kind == CONF_LEX_SECTION) {
            assert_string_equal(item.word, rows[i].word);
            assert_int_equal(item.name != NULL, rows[i].name != NULL);
            if (item.name)
                assert_string_equal(item.name, rows[i].name);
        } else if (kind == CONF_LEX_KEY) {
            assert_string_equal(item.word, rows[i].word);
            assert_string_equal(item.value, rows[i].value);
        } else if (kind != CONF_LEX_END && !strstr(err.text, rows[i].value)) {
            fail_msg("row %zu: \"%s\" lacks \"%s\"", i, err.text, rows[i].value);
        }
        if (kind != CONF_LEX_END)
            assert_int_equal(item.line, 1);
        if (kind == CONF_LEX_BAD_SECTION)
            assert_null(item.word);
        if (kind == CONF_LEX_BAD && strstr(rows[i].in, "key")) /* for the error's sake */
            assert_string_equal(item.word, "key");
        conf_lex_fini(&lex);
    }
}

static void counts_lines_and_goes_on_behind_an_error(void **state)
{
    (void)state;
    static const char text[] = "# one\r\n\r\nthree\nfour = 4\n\nsix=\0\nseven = 7";
    struct conf_lex lex;
    struct conf_item item;
    struct error err = {0};
    conf_lex_init(&lex, text, sizeof text - 1);
    assert_int_equal(conf_lex_next(&lex, &item, &err), CONF_LEX_BAD);
    assert_int_equal(item.line, 3);
    assert_int_equal(conf_lex_next(&lex, &item, &err), CONF_LEX_KEY);
    assert_int_equal(item.line, 4);
    assert_int_equal(item.column, 8);
    err = (struct error){0};
    assert_int_equal(conf_lex_next(&lex, &item, &err), CONF_LEX_BAD);
    assert_int_equal(item.line, 6);
    assert_string_equal(err.text, "column 5: a NUL byte is not allowed");
    assert_int_equal(conf_lex_next(&lex, &item, &err), CONF_LEX_KEY);
    assert_int_equal(item.line, 7);
    assert_string_equal(item.value, "7");
    assert_int_equal(conf_lex_next(&lex, &item, &err), CONF_LEX_END);
    assert_int_equal(conf_lex_next(&lex, &item, &err), CONF_LEX_END);
}

static void a_line_holds_four_kilobytes_and_no_more(void **state)
{
    (void)state;
    static char text[LIMIT_CONF_LINE + 32];
    struct conf_lex lex;
    struct conf_item item;
    struct error err = {0};
    memset(text, 'x', sizeof text);
    memcpy(text, "key = ", 6);
    text[LIMIT_CONF_LINE] = '\n';
    memcpy(text + LIMIT_CONF_LINE + 1, "b = 1", 6);
    conf_lex_init(&lex, text, strlen(text));
    assert_int_equal(conf_lex_next(&lex, &item, &err), CONF_LEX_KEY);
    assert_int_equal(strlen(item.value), LIMIT_CONF_LINE - 6);
    text[LIMIT_CONF_LINE] = 'y';
    text[LIMIT_CONF_LINE + 1] = '\n';
    conf_lex_init(&lex, text, strlen(text));
    assert_int_equal(conf_lex_next(&lex, &item, &err), CONF_LEX_BAD);
    assert_non_null(strstr(err.text, "longer than 4096 bytes"));
    assert_null(strstr(err.text, "xxx"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_lines_and_names_what_is_wrong),
        cmocka_unit_test(counts_lines_and_goes_on_behind_an_error),
        cmocka_unit_test(a_line_holds_four_kilobytes_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
