/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/suggest.h"

static const char *const words[] = {
    "run",      "check",          "status",           "lists",
    "deadline", "confirm_listed", "zen.spamhaus.org", "bl.spamcop.net"};

static void the_nearest_word_is_offered_and_nonsense_is_not(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *word;
    } rows[] = {
        {"rnu", "run"},
        {"RUN", "run"},
        {"chekc", "check"},
        {"st", "status"}, /* a beginning */
        {"s", NULL},
        {"cop", "bl.spamcop.net"}, /* a part */
        {"dedline", "deadline"},
        {"confirmed_list", "confirm_listed"},
        {"zen.spamhouse.org", "zen.spamhaus.org"},
        {"zen.spamhaus.og", "zen.spamhaus.org"},
        {"", NULL},
        {"x", NULL},
        {"frobnicate", NULL},
        {"a-word-that-is-longer-than-any-that-a-person-types-by-a-slip-of-the-hand", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct suggestion s = {.typed = rows[i].typed};
        for (size_t k = 0; k < COUNT(words); k++)
            suggest_offer(&s, words[k]);
        if (!s.word != !rows[i].word || (s.word && strcmp(s.word, rows[i].word) != 0))
            fail_msg("%s: %s", rows[i].typed, s.word ? s.word : "none");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_word_is_offered_and_nonsense_is_not)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
