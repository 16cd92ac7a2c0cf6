/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "inventory/dns64.h"

/* Prefixes and addresses of RFC 6052 section 2.4, with 192.0.2.33; ipv4only.arpa beside them. */
static const struct {
    const char *only, *made_up, *real;
} rows[] = {
    {"2001:db8:c000:aa::", "2001:db8:c000:221::", "2001:db8:c000:221::1"},
    {"2001:db8:1c0:0:aa::", "2001:db8:1c0:2:21::", "2001:db8:1c0:2:121::"},
    {"2001:db8:122:c000:0:aa00::", "2001:db8:122:c000:2:2100::", "2001:db8:122:c000:2:2101::"},
    {"2001:db8:122:3c0:0:aa::", "2001:db8:122:3c0:0:221::", "2001:db8:122:3c0:100:221::"},
    {"2001:db8:122:344:c0:0:aa00::", "2001:db8:122:344:c0:2:2100::", "2001:db8:122:344::25:1"},
    {"2001:db8:122:344::c000:ab", "2001:db8:122:344::c000:221", "2001:db8:122:345::c000:221"},
};

static void what_a_dns64_makes_up_is_known_by_its_prefix(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dns64 d = {.count = 0};
        struct dns_record record = {.text = ""};
        struct dns_answer answer = {.records = &record, .count = 1};
        struct ip made_up, real;
        assert_true(ip_parse_raw(rows[i].only, &record.ip));
        assert_true(ip_parse_raw(rows[i].made_up, &made_up));
        assert_true(ip_parse_raw(rows[i].real, &real));
        print_message("%s\n", rows[i].made_up);
        assert_false(dns64_is_made_up(&d, &made_up));
        dns64_learn(&d, &answer);
        dns64_learn(&d, &answer);
        assert_int_equal(d.count, 1);
        assert_true(dns64_is_made_up(&d, &made_up));
        assert_false(dns64_is_made_up(&d, &real));
    }
}

static void the_well_known_ones_need_no_learning(void **state)
{
    (void)state;
    static const struct {
        const char *ip;
        bool made_up;
    } known[] = {{"64:ff9b::c000:221", true}, {"64:ff9b:1:2::c000:221", true},
                 {"::ffff:192.0.2.33", true}, {"64:ff9b:2::1", false},
                 {"2001:db8::1", false},      {"192.0.2.33", false}};
    struct dns64 d = {.count = 0};
    for (size_t i = 0; i < COUNT(known); i++) {
        struct ip ip;
        assert_true(ip_parse_raw(known[i].ip, &ip));
        assert_int_equal(dns64_is_made_up(&d, &ip), known[i].made_up);
    }
}

static void an_honest_answer_teaches_nothing(void **state)
{
    (void)state;
    struct dns64 d = {.count = 0};
    struct dns_record records[2] = {{.text = ""}, {.text = ""}};
    assert_true(ip_parse("192.0.0.170", &records[0].ip) && ip_parse("2001:db8::1", &records[1].ip));
    dns64_learn(&d, &(struct dns_answer){.records = records, .count = 2});
    dns64_learn(&d, &(struct dns_answer){.records = records});
    assert_int_equal(d.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_dns64_makes_up_is_known_by_its_prefix),
        cmocka_unit_test(the_well_known_ones_need_no_learning),
        cmocka_unit_test(an_honest_answer_teaches_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
