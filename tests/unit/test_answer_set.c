/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/answer_set.h"

static void words_come_one_by_one(void **state)
{
    (void)state;
    static const struct {
        const char *set, *words[4];
    } rows[] = {
        {"", {NULL}},
        {"   ", {NULL}},
        {"listed", {"listed", NULL}},
        {"127.0.0.2 127.0.0.10", {"127.0.0.2", "127.0.0.10", NULL}},
        {"  a   b ", {"a", "b", NULL}},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *at = rows[i].set, *word;
        size_t len, n = 0;
        while (answer_set_next(&at, &word, &len)) {
            const char *want = rows[i].words[n++];
            if (!want || strlen(want) != len || memcmp(want, word, len) != 0)
                fail_msg("row %zu, word %zu: %.*s", i, n, (int)len, word);
        }
        assert_null(rows[i].words[n]);
    }
}

static void only_whole_words_are_in_a_set(void **state)
{
    (void)state;
    static const struct {
        const char *set, *word;
        bool has;
    } rows[] = {
        {"missing", "missing", true},
        {"generic mismatch", "mismatch", true},
        {"generic mismatch", "generic", true},
        {"127.0.0.10 127.0.0.2", "127.0.0.2", true},
        {"127.0.0.20", "127.0.0.2", false},
        {"127.0.0.10 127.0.0.20", "127.0.0.1", false},
        {"dismissing", "missing", false},
        {"missing", "missing2", false},
        {"", "missing", false},
        {"a b", "a b", false},
        {"a", "", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (answer_set_has(rows[i].set, rows[i].word, strlen(rows[i].word)) != rows[i].has)
            fail_msg("row %zu: %s in %s", i, rows[i].word, rows[i].set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_come_one_by_one),
        cmocka_unit_test(only_whole_words_are_in_a_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
