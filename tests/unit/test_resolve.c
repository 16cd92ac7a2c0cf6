/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/resolve.h"

#include <stdlib.h>
#include <string.h>

/* Blocks are written as letters: 'a' is 192.0.2.1/32 and so on. */
static size_t blocks_of(const char *letters, struct cidr *out)
{
    size_t n = strlen(letters);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct cidr){ip_from_v4(0xc0000200u + (uint32_t)(letters[i] - 'a') + 1), 32};
    return n;
}

static void assert_watched(const struct stored_origin *o, const char *letters)
{
    struct cidr want[26];
    assert_int_equal(o->count, blocks_of(letters, want));
    for (size_t i = 0; i < o->count; i++) {
        assert_int_equal(ip_cmp(&o->blocks[i].cidr.base, &want[i].base), 0);
        assert_int_equal(o->blocks[i].cidr.len, want[i].len);
    }
}

/* Runs in order; an answer of "!" is a look-up that failed. */
static void a_name_keeps_its_addresses_until_two_runs_say_otherwise(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct {
            const char *answer, *watched;
        } runs[6];
    } stories[] = {
        {"the same", {{"ab", "ab"}, {"ab", "ab"}}},
        {"more at once", {{"a", "a"}, {"abc", "abc"}}},
        {"less after two", {{"abc", "abc"}, {"a", "abc"}, {"a", "a"}}},
        {"gone after two", {{"ab", "ab"}, {"", "ab"}, {"", ""}}},
        {"moved: both, then the new", {{"a", "a"}, {"b", "ab"}, {"b", "b"}}},
        {"a hiccup", {{"ab", "ab"}, {"", "ab"}, {"ab", "ab"}, {"", "ab"}, {"ab", "ab"}}},
        {"failures retire nothing", {{"ab", "ab"}, {"!", "ab"}, {"!", "ab"}, {"!", "ab"}}},
        {"a failure between does not count", {{"ab", "ab"}, {"a", "ab"}, {"!", "ab"}, {"a", "a"}}},
        {"nothing yet", {{"!", ""}, {"", ""}, {"a", "a"}}},
        {"each address has its own count",
         {{"abc", "abc"}, {"bc", "abc"}, {"ac", "abc"}, {"ac", "abc"}, {"ac", "abc"}}},
        {"halves in turn", {{"ab", "ab"}, {"cd", "abcd"}, {"ab", "abcd"}, {"cd", "abcd"}}},
        {"half of four, turned by one",
         {{"ab", "ab"}, {"bc", "abc"}, {"cd", "abcd"}, {"ad", "abcd"}, {"ab", "abcd"}}},
        {"another hiccup is no round robin",
         {{"ab", "ab"}, {"", "ab"}, {"ab", "ab"}, {"", "ab"}, {"", ""}}},
    };
    for (size_t i = 0; i < COUNT(stories); i++) {
        struct stored_origin origin = {0};
        for (size_t r = 0; r < 6 && stories[i].runs[r].answer; r++) {
            struct cidr blocks[26];
            const char *answer = stories[i].runs[r].answer;
            bool failed = answer[0] == '!';
            resolve_merge(&origin,
                          &(struct resolve_answer){.failed = failed,
                                                   .blocks = blocks,
                                                   .count = failed ? 0 : blocks_of(answer, blocks)},
                          1000 + (time_t)r);
            print_message("%s, run %zu\n", stories[i].name, r + 1);
            assert_watched(&origin, stories[i].runs[r].watched);
            assert_int_equal(origin.failed > 0, failed);
            if (!failed)
                assert_int_equal(origin.good, 1000 + (time_t)r);
        }
        free(origin.blocks);
    }
}

/* An answer of which a part is missing: what is there is watched, and nothing leaves. */
static void a_part_of_an_answer_adds_and_takes_nothing_away(void **state)
{
    (void)state;
    struct stored_origin origin = {0};
    struct cidr blocks[26];
    static const char *const parts[] = {"ab", "c", "", "c", "b", "", ""};
    static const char *const watched[] = {"ab", "abc", "abc", "abc", "abc", "abc", "abc"};
    for (size_t i = 0; i < COUNT(parts); i++) {
        resolve_merge(&origin,
                      &(struct resolve_answer){.partly = {i > 0, i > 0},
                                               .blocks = blocks,
                                               .count = blocks_of(parts[i], blocks)},
                      1000);
        assert_watched(&origin, watched[i]);
    }
    /* Of the other family nothing is known: that spares nobody here. */
    for (size_t i = 0; i < 2; i++)
        resolve_merge(&origin,
                      &(struct resolve_answer){.partly = {true, false},
                                               .blocks = blocks,
                                               .count = blocks_of("c", blocks)},
                      1000);
    assert_watched(&origin, "abc");
    /* A whole answer counts from where it was. */
    for (size_t i = 0; i < 2; i++)
        resolve_merge(&origin,
                      &(struct resolve_answer){.partly = {false, true},
                                               .blocks = blocks,
                                               .count = blocks_of("c", blocks)},
                      1000);
    assert_watched(&origin, "c");
    free(origin.blocks);
}

/* Answers of a name in turn, over and over; the last ones stay. */
static void a_name_that_deals_out_its_addresses_loses_none(void **state)
{
    (void)state;
    static const struct {
        const char *turns[8];
        size_t count, runs;
    } names[] = {
        {{"ab", "cd"}, 2, 40},
        {{"ab", "bc", "cd", "ad"}, 4, 40},
        {{"abc", "bcd", "acd", "abd"}, 4, 40},
        {{"a", "b", "c", "d"}, 4, 40},
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        struct stored_origin origin = {0};
        struct cidr blocks[26];
        size_t all = 0, run = 0;
        for (; run < names[i].runs; run++) {
            const char *answer = names[i].turns[run % names[i].count];
            resolve_merge(
                &origin,
                &(struct resolve_answer){.blocks = blocks, .count = blocks_of(answer, blocks)},
                1000);
            assert_true(origin.count >= all); /* watched once, watched always */
            all = origin.count;
        }
        assert_int_equal(all, 4);
        /* And when it stops doing so, what is gone goes. */
        for (size_t more = 0; more < 24; more++)
            resolve_merge(
                &origin,
                &(struct resolve_answer){.blocks = blocks, .count = blocks_of("a", blocks)}, 1000);
        assert_watched(&origin, "a");
        free(origin.blocks);
    }
}

static void a_name_that_never_repeats_itself_keeps_six(void **state)
{
    (void)state;
    struct stored_origin origin = {0};
    for (uint32_t run = 0; run < 500; run++) {
        struct cidr one = {ip_from_v4(0xc0000200u + run), 32};
        resolve_merge(&origin, &(struct resolve_answer){.blocks = &one, .count = 1}, 1000);
        assert_true(origin.count <= 6);
        assert_non_null(origin.blocks);
    }
    assert_int_equal(origin.count, 6);
    free(origin.blocks);
}

static void losing_more_than_half_and_more_than_five_needs_a_word(void **state)
{
    (void)state;
    static const struct {
        size_t known, lost;
        bool mass;
    } rows[] = {
        {0, 0, false},     {1, 1, false},        {5, 5, false},     {6, 6, true},
        {10, 5, false},    {10, 6, true},        {11, 5, false},    {11, 6, true},
        {12, 6, false},    {12, 7, true},        {256, 128, false}, {256, 129, true},
        {65536, 6, false}, {65536, 65536, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(resolve_is_mass_loss(rows[i].known, rows[i].lost), rows[i].mass);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_keeps_its_addresses_until_two_runs_say_otherwise),
        cmocka_unit_test(a_part_of_an_answer_adds_and_takes_nothing_away),
        cmocka_unit_test(a_name_that_deals_out_its_addresses_loses_none),
        cmocka_unit_test(a_name_that_never_repeats_itself_keeps_six),
        cmocka_unit_test(losing_more_than_half_and_more_than_five_needs_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
