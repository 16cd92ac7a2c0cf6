/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/dnsbl_match.h"

static uint32_t quad(const char *text)
{
    uint32_t out = 0;
    assert_true(quad_parse(text, strlen(text), &out));
    return out;
}

static void matches_what_the_pattern_says(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *answer;
        bool hit;
    } rows[] = {
        {"127.0.0.2", "127.0.0.2", true},
        {"127.0.0.2", "127.0.0.3", false},
        {"127.0.0.5-127.0.0.7", "127.0.0.4", false},
        {"127.0.0.5-127.0.0.7", "127.0.0.5", true},
        {"127.0.0.5-127.0.0.7", "127.0.0.7", true},
        {"127.0.0.5-127.0.0.7", "127.0.0.8", false},
        {"127.0.2.250-127.0.3.5", "127.0.3.0", true},
        {"127.255.255.0/24", "127.255.255.255", true},
        {"127.255.255.0/24", "127.255.254.255", false},
        {"127.0.0.0/8", "127.255.0.1", true},
        {"127.0.0.0/8", "126.255.255.255", false},
        {"0.0.0.0/0", "203.0.113.5", true},
        {"127.0.0.9/32", "127.0.0.9", true},
        {"127.0.0.0&1", "127.0.0.1", true},
        {"127.0.0.0&1", "127.0.0.2", false},
        {"127.0.0.0&1", "127.0.0.255", true},
        {"127.0.0.0&6", "127.0.0.6", true},
        {"127.0.0.0&6", "127.0.0.4", false},
        {"127.0.0.0&128", "127.0.0.129", true},
        {"127.0.0.0&1", "127.0.1.1", false},
        {"127.0.*.3", "127.0.10.3", true},
        {"127.0.*.3", "127.0.10.2", false},
        {"127.0.*.3", "127.1.10.3", false},
        {"127.*.*.3", "127.9.10.3", true},
        {"127.0.0.*", "127.0.0.77", true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer_match m;
        assert_true(match_parse(rows[i].pattern, &m, NULL));
        if (match_hits(&m, quad(rows[i].answer)) != rows[i].hit)
            fail_msg("%s against %s", rows[i].pattern, rows[i].answer);
    }
}

static void tells_exact_rows_from_wide_ones(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        enum match_kind kind;
    } rows[] = {
        {"127.0.0.2", MATCH_EXACT},   {"127.0.0.2/32", MATCH_EXACT},
        {"127.0.0.0&4", MATCH_BITS},  {"127.0.0.2-127.0.0.9", MATCH_RANGE},
        {"127.0.0.0/31", MATCH_WIDE}, {"127.0.*.1", MATCH_WIDE},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer_match m;
        assert_true(match_parse(rows[i].pattern, &m, NULL));
        assert_int_equal(m.kind, rows[i].kind);
    }
}

static void refuses_what_is_no_pattern(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "listed",
        "127.0.0",
        "127.0.0.",
        "127.0.0.256",
        "127.0.0.02",
        "127.0.0.2 ",
        " 127.0.0.2",
        "127.0.0.2.3",
        "127.0.0.7-127.0.0.5",
        "127.0.0.5-7",
        "127.0.0.5-",
        "127.0.0.1/24",
        "127.0.0.0/33",
        "127.0.0.0/",
        "127.0.0.0&0",
        "127.0.0.0&256",
        "127.0.0.1&1",
        "127.0.0.0&1&2",
        "*.0.0.2",
        "127.0.*.0/24",
        "127.0.*.1-127.0.*.3",
        "127.0.0.0-127.0.0.255-127.0.0.255",
        "127.000000000000000000000000000000000000.0.2",
        "::1",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct answer_match m;
        struct error err = {0};
        if (match_parse(bad[i], &m, &err))
            fail_msg("\"%s\" was taken", bad[i]);
        assert_int_equal(err.class, ERR_CONFIG);
    }
}

static void writes_quads_as_it_reads_them(void **state)
{
    (void)state;
    static const char *const quads[] = {"0.0.0.0", "127.0.0.2", "255.255.255.255", "127.0.10.3"};
    for (size_t i = 0; i < COUNT(quads); i++) {
        char text[QUAD_TEXT_MAX];
        quad_format(quad(quads[i]), text);
        assert_string_equal(text, quads[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_what_the_pattern_says),
        cmocka_unit_test(tells_exact_rows_from_wide_ones),
        cmocka_unit_test(refuses_what_is_no_pattern),
        cmocka_unit_test(writes_quads_as_it_reads_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
