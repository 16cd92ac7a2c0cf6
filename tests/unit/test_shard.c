/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/shard.h"

#include <stdio.h>

static struct cidr block(const char *text)
{
    struct cidr c;
    assert_true(cidr_parse(text, &c, NULL));
    return c;
}

static uint32_t of(const char *text, uint32_t count)
{
    struct cidr c = block(text);
    return shard_of(&c.base, c.len, count);
}

/* Monitors of different versions share the work: these numbers may never change. */
static void fixed_values(void **state)
{
    static const uint32_t counts[] = {1, 2, 3, 5, 16, 1000};
    static const struct {
        const char *target;
        uint32_t shard[COUNT(counts)];
    } rows[] = {
        {"192.0.2.1", {1, 1, 1, 1, 14, 721}},        {"203.0.113.5", {1, 2, 2, 2, 9, 67}},
        {"203.0.113.6", {1, 2, 2, 2, 12, 579}},      {"198.51.100.77", {1, 1, 1, 1, 11, 586}},
        {"10.0.0.0", {1, 1, 1, 1, 12, 671}},         {"2001:db8::1", {1, 2, 3, 5, 12, 155}},
        {"2001:db8:1:2::/64", {1, 1, 1, 1, 9, 494}}, {"255.255.255.255", {1, 1, 1, 5, 11, 409}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t k = 0; k < COUNT(counts); k++)
            assert_int_equal(of(rows[i].target, counts[k]), rows[i].shard[k]);
    }
}

/* Each address has one shard, each shard its part, and one shard more moves its part and no more.
 */
static void one_more_takes_its_part_and_nothing_else_moves(void **state)
{
    enum { ADDRESSES = 65536, BEFORE = 5, AFTER = 6 };
    uint32_t had[BEFORE + 1] = {0}, has[AFTER + 1] = {0}, moved = 0;
    (void)state;
    for (uint32_t i = 0; i < ADDRESSES; i++) {
        struct ip ip = ip_from_v4(0x0a000000 + i);
        uint32_t before = shard_of(&ip, 32, BEFORE), after = shard_of(&ip, 32, AFTER);
        assert_in_range(before, 1, BEFORE);
        assert_true(after == before || after == AFTER);
        had[before]++;
        has[after]++;
        moved += after != before;
    }
    /* Five standard deviations of a fair share. */
    for (uint32_t n = 1; n <= BEFORE; n++)
        assert_in_range(had[n], ADDRESSES / BEFORE - 500, ADDRESSES / BEFORE + 500);
    for (uint32_t n = 1; n <= AFTER; n++)
        assert_in_range(has[n], ADDRESSES / AFTER - 500, ADDRESSES / AFTER + 500);
    assert_int_equal(moved, has[AFTER]);
}

static void a_domain_is_the_first_ones(void **state)
{
    struct ip name = ip_of_name("example.org");
    (void)state;
    for (uint32_t count = 1; count < 20; count++)
        assert_int_equal(shard_of(&name, 128, count), 1);
}

static void texts(void **state)
{
    static const struct {
        const char *text, *index;
        uint32_t number, count;
        const char *error;
    } rows[] = {
        {"2/5", NULL, 2, 5, NULL},
        {"1/1", NULL, 1, 1, NULL},
        {"1000/1000", NULL, 1000, 1000, NULL},
        {"index/5", "0", 1, 5, NULL},
        {"index/5", "4", 5, 5, NULL},
        {"2/5", "4", 2, 5, NULL}, /* a number that is written is meant */
        {"index/5", "5", 0, 0, "from 0 to 4"},
        {"index/5", "-1", 0, 0, "from 0 to 4"},
        {"index/5", "1 ", 0, 0, "from 0 to 4"},
        {"index/5", NULL, 0, 0, "JOB_COMPLETION_INDEX in the environment"},
        {"index/5", "", 0, 0, "JOB_COMPLETION_INDEX in the environment"},
        {"0/5", NULL, 0, 0, "such as 2/5"},
        {"6/5", NULL, 0, 0, "such as 2/5"},
        {"2/0", NULL, 0, 0, "such as 2/5"},
        {"2/1001", NULL, 0, 0, "at most 1000"},
        {"2", NULL, 0, 0, "such as 2/5"},
        {"2/5/6", NULL, 0, 0, "such as 2/5"},
        {"-2/5", NULL, 0, 0, "such as 2/5"},
        {"02/5", NULL, 0, 0, "such as 2/5"},
        {"2 / 5", NULL, 0, 0, "such as 2/5"},
        {"2/5x", NULL, 0, 0, "such as 2/5"},
        {"/5", NULL, 0, 0, "such as 2/5"},
        {"Index/5", "0", 0, 0, "index/5"},
        {"4294967298/4294967299", NULL, 0, 0, "such as 2/5"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct shard s = {0};
        struct error err = {0};
        char text[SHARD_TEXT];
        bool ok = shard_parse(rows[i].text, rows[i].index, &s, &err);
        assert_int_equal(ok, rows[i].error == NULL);
        assert_int_equal(s.number, rows[i].number);
        assert_int_equal(s.count, rows[i].count);
        if (!ok)
            assert_non_null(strstr(err.text, rows[i].error));
        shard_format(&s, text);
        if (ok && strchr("0123456789", *rows[i].text))
            assert_string_equal(text, rows[i].text);
        if (!ok)
            assert_string_equal(text, "");
    }
}

static void who_has_what(void **state)
{
    static const struct shard none, second = {2, 5}, first = {1, 5};
    struct cidr c = block("203.0.113.5");
    (void)state;
    assert_true(shard_has(&none, &c.base, c.len));
    assert_true(shard_has(&second, &c.base, c.len));
    assert_false(shard_has(&first, &c.base, c.len));
    assert_true(shard_is_first(&none));
    assert_true(shard_is_first(&first));
    assert_false(shard_is_first(&second));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_values),
        cmocka_unit_test(one_more_takes_its_part_and_nothing_else_moves),
        cmocka_unit_test(a_domain_is_the_first_ones),
        cmocka_unit_test(texts),
        cmocka_unit_test(who_has_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
