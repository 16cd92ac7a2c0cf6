/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "../../src/net/dns_health.h"

#define LISTS 6

struct case_ {
    struct dns_health h;
    struct dns_list lists[LISTS];
};

static void start(struct case_ *c)
{
    memset(c, 0, sizeof *c);
    dns_health_init(&c->h, 5000, 1000);
    for (size_t i = 0; i < LISTS; i++)
        dns_health_asked(&c->h, &c->lists[i]);
}

static void silence_is_probed_and_then_left(void **state)
{
    (void)state;
    struct case_ c;
    start(&c);
    assert_int_equal(dns_health_verdict(&c.h, 2000), DNS_KEEP);
    assert_int_equal(dns_health_verdict(&c.h, 2300), DNS_PROBE);
    assert_int_equal(dns_health_verdict(&c.h, 2400), DNS_KEEP);
    assert_int_equal(dns_health_verdict(&c.h, 3600), DNS_PROBE);
    dns_health_probe(&c.h, false, 3610);
    assert_int_equal(dns_health_verdict(&c.h, 4000), DNS_KEEP);
    assert_int_equal(dns_health_verdict(&c.h, 8700), DNS_LEAVE);
}

static void a_port_closed_from_the_start_is_left_soon(void **state)
{
    (void)state;
    struct case_ c;
    start(&c);
    dns_health_nobody(&c.h, 1001);
    assert_int_equal(dns_health_verdict(&c.h, 1800), DNS_KEEP); /* no later question found nobody */
    dns_health_nobody(&c.h, 1450);
    assert_int_equal(dns_health_verdict(&c.h, 1450), DNS_LEAVE);
}

static void a_restart_is_waited_for(void **state)
{
    (void)state;
    struct case_ c;
    start(&c);
    dns_health_useful(&c.h, &c.lists[0], 1100);
    dns_health_nobody(&c.h, 1200);
    dns_health_nobody(&c.h, 4200);
    assert_int_not_equal(dns_health_verdict(&c.h, 4200), DNS_LEAVE);
    dns_health_useful(&c.h, &c.lists[0], 4300);
    dns_health_nobody(&c.h, 8000);
    assert_int_not_equal(dns_health_verdict(&c.h, 8000), DNS_LEAVE);
    dns_health_nobody(&c.h, 12100);
    assert_int_equal(dns_health_verdict(&c.h, 12100), DNS_LEAVE);
}

static void failures_of_all_lists_alike_are_the_resolver_s(void **state)
{
    (void)state;
    struct case_ c;
    start(&c);
    for (size_t i = 0; i < 2; i++)
        dns_health_useless(&c.h, &c.lists[i], 1100);
    assert_int_not_equal(dns_health_verdict(&c.h, 2200), DNS_LEAVE); /* two of six */
    dns_health_useless(&c.h, &c.lists[2], 1200);
    assert_int_equal(dns_health_verdict(&c.h, 2200), DNS_LEAVE);
}

static void one_list_that_answers_saves_it(void **state)
{
    (void)state;
    struct case_ c;
    start(&c);
    dns_health_useful(&c.h, &c.lists[5], 1050);
    for (size_t i = 0; i < 5; i++)
        dns_health_useless(&c.h, &c.lists[i], 1100);
    assert_int_not_equal(dns_health_verdict(&c.h, 5000), DNS_LEAVE);
}

static void one_list_that_fails_is_checked_against_the_root(void **state)
{
    (void)state;
    struct case_ c;
    memset(&c, 0, sizeof c);
    dns_health_init(&c.h, 5000, 1000);
    dns_health_asked(&c.h, &c.lists[0]);
    dns_health_useless(&c.h, &c.lists[0], 2000);
    assert_int_equal(dns_health_verdict(&c.h, 2300), DNS_PROBE);
    dns_health_probe(&c.h, false, 2310);
    assert_int_equal(dns_health_verdict(&c.h, 3400), DNS_KEEP);
    dns_health_probe(&c.h, true, 3500);
    assert_int_equal(dns_health_verdict(&c.h, 3500), DNS_LEAVE);
}

static void lists_that_answered_and_fail_together_are_the_resolver_s(void **state)
{
    (void)state;
    struct case_ c;
    start(&c);
    for (size_t i = 0; i < LISTS; i++)
        dns_health_useful(&c.h, &c.lists[i], 1100);
    for (size_t i = 0; i < 2; i++)
        dns_health_useless(&c.h, &c.lists[i], 1200);
    assert_int_equal(dns_health_verdict(&c.h, 2400), DNS_KEEP);
    dns_health_useless(&c.h, &c.lists[2], 2400);
    assert_int_equal(dns_health_verdict(&c.h, 2400), DNS_LEAVE);
    dns_health_useful(&c.h, &c.lists[3], 2500);
    assert_int_equal(dns_health_verdict(&c.h, 2600), DNS_KEEP);
}

static void the_verdict_has_its_time(void **state)
{
    (void)state;
    struct case_ c;
    start(&c);
    dns_health_useless(&c.h, &c.lists[0], 1300);
    assert_int_equal(dns_health_decides_ms(&c.h), 2300);
    for (size_t i = 1; i < LISTS; i++) /* slow ones: the verdict is not before them */
        dns_health_useless(&c.h, &c.lists[i], 3000);
    assert_int_equal(dns_health_decides_ms(&c.h), 3000);
    dns_health_useless(&c.h, &c.lists[1], 3400); /* nothing new */
    assert_int_equal(dns_health_decides_ms(&c.h), 3000);
    assert_int_equal(dns_health_verdict(&c.h, 3000), DNS_LEAVE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_is_probed_and_then_left),
        cmocka_unit_test(a_port_closed_from_the_start_is_left_soon),
        cmocka_unit_test(a_restart_is_waited_for),
        cmocka_unit_test(failures_of_all_lists_alike_are_the_resolver_s),
        cmocka_unit_test(one_list_that_answers_saves_it),
        cmocka_unit_test(one_list_that_fails_is_checked_against_the_root),
        cmocka_unit_test(lists_that_answered_and_fail_together_are_the_resolver_s),
        cmocka_unit_test(the_verdict_has_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
