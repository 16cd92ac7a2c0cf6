/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "probe/waiting.h"

struct left {
    const char *list;
    double rate;
    uint64_t left;
    bool silent;
};

static void the_slowest_list_is_named_with_the_time_it_needs(void **state)
{
    (void)state;
    static const struct {
        struct left lists[5];
        const char *text;
    } rows[] = {
        {{{0}}, "asking"},
        {{{"zen.lab", 1000, 50, false}}, "waiting for zen.lab"},
        {{{"zen.lab", 0, 50, true}}, "waiting for zen.lab, which is not answering"},
        {{{"slow.lab", 2.5, 200, false}}, "waiting for slow.lab: 80 s at 2.5/s"},
        {{{"a.lab", 1000, 9, false}, {"slow.lab", 2.5, 200, false}},
         "waiting for slow.lab: 80 s at 2.5/s and 1 more"},
        {{{"slow.lab", 2.5, 2000, false}}, "waiting for slow.lab: 13 min at 2.5/s"},
        /* many are at work: only one that needs long is worth a word */
        {{{"a", 1000, 9, false}, {"b", 1000, 9, false}, {"c", 9, 9, false}, {"d", 9, 9, false}},
         "asking"},
        {{{"a", 1000, 9, false}, {"b", 1000, 9, false}, {"c", 9, 9, false}, {"d", 1, 90, false}},
         "waiting for d: 90 s at 1/s and 3 more"},
        {{{"a", 0, 9, false}, {"b", 0, 9, true}},
         "waiting for b, which is not answering and 1 more"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct waiting w = {0};
        char text[128];
        for (const struct left *l = rows[i].lists; l->list; l++)
            waiting_add(&w, l->list, l->rate, l->left, l->silent);
        waiting_format(&w, text, sizeof text);
        assert_string_equal(text, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_slowest_list_is_named_with_the_time_it_needs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
