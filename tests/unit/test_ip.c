/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/ip.h"

static void parses_only_exact_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out; /* out NULL: refused */
    } rows[] = {
        {"203.0.113.5", "203.0.113.5"},
        {"0.0.0.0", "0.0.0.0"},
        {"::1", "::1"},
        {"2001:DB8::5", "2001:db8::5"},
        {"::ffff:203.0.113.5", "203.0.113.5"},
        {"300.1.1.1", NULL},
        {"1.2.3", NULL},
        {"01.2.3.4", NULL},
        {"1.2.3.4 ", NULL},
        {"", NULL},
        {"fe80::1%eth0", NULL},
        {"1.2.3.4.5", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ip ip;
        bool ok = ip_parse(rows[i].in, &ip);
        assert_int_equal(ok, rows[i].out != NULL);
        if (ok) {
            char text[IP_TEXT_MAX];
            ip_format(&ip, text);
            assert_string_equal(text, rows[i].out);
        }
    }
}

static void parses_blocks_and_names_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out, *error;
    } rows[] = {
        {"203.0.113.0/24", "203.0.113.0/24", NULL},
        {"203.0.113.5/32", "203.0.113.5", NULL},
        {"0.0.0.0/0", "0.0.0.0/0", NULL},
        {"2001:db8::/48", "2001:db8::/48", NULL},
        {"::ffff:203.0.113.0/120", "203.0.113.0/24", NULL},
        {"203.0.113.5/24", NULL, "write 203.0.113.0/24"},
        {"203.0.113.0/33", NULL, "from 0 to 32"},
        {"203.0.113.0/", NULL, "from 0 to 32"},
        {"203.0.113.0/024", NULL, "from 0 to 32"},
        {"203.0.113.0/-1", NULL, "from 0 to 32"},
        {"2001:db8::/129", NULL, "from 0 to 128"},
        {"::ffff:203.0.113.0/24", NULL, "96 or more"},
        {"mx.example.org", NULL, "not an IPv4 or IPv6 address"},
        {"/24", NULL, "before the /"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cidr c;
        struct error err = {0};
        bool ok = cidr_parse(rows[i].in, &c, &err);
        assert_int_equal(ok, rows[i].out != NULL);
        if (ok) {
            char text[CIDR_TEXT_MAX];
            cidr_format(&c, text);
            assert_string_equal(text, rows[i].out);
        } else {
            assert_non_null(strstr(err.text, rows[i].error));
        }
    }
}

static void reverses_as_rfc_5782(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"192.0.2.99", "99.2.0.192"},
        {"255.255.255.255", "255.255.255.255"},
        {"127.0.0.2", "2.0.0.127"},
        {"::ffff:7f00:2", "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"},
        {"2001:db8:1:2:3:4:567:89ab",
         "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ip ip;
        char out[IP_REVERSE_MAX];
        assert_true(ip_parse_raw(rows[i].in, &ip));
        ip_reverse(&ip, out);
        assert_string_equal(out, rows[i].out);
    }
}

static void sorts_counts_and_steps(void **state)
{
    (void)state;
    struct ip a, b;
    assert_true(ip_parse("203.0.113.255", &a) && ip_parse("203.0.114.0", &b));
    assert_true(ip_cmp(&a, &b) < 0);
    assert_true(ip_next(&a) && ip_cmp(&a, &b) == 0);
    assert_true(ip_parse("255.255.255.255", &a) && !ip_next(&a));
    assert_true(ip_parse("2001:db8:0:ffff::", &a) && ip_parse("2001:db8:1::", &b));
    assert_true(ip_step(&a, 64) && ip_cmp(&a, &b) == 0);
    assert_true(ip_parse("::1", &b) && ip_cmp(&a, &b) > 0);

    struct cidr c;
    assert_true(cidr_parse("203.0.113.0/24", &c, NULL));
    assert_int_equal(cidr_count(&c, 32), 256);
    assert_true(cidr_parse("2001:db8::/48", &c, NULL));
    assert_int_equal(cidr_count(&c, 64), 65536);
    assert_true(cidr_parse("::/0", &c, NULL));
    assert_true(cidr_count(&c, 128) == UINT64_MAX);
    assert_int_equal(ip_v4(&(struct ip){.family = 4, .bytes = {127, 0, 0, 2}}), 0x7f000002);
}

static void names_addresses_without_public_meaning(void **state)
{
    (void)state;
    static const struct {
        const char *in, *why;
    } rows[] = {
        {"10.1.2.3", "private"},
        {"172.31.255.255", "private"},
        {"172.32.0.0", NULL},
        {"127.0.0.2", "loopback"},
        {"203.0.113.5", "documentation"},
        {"8.8.8.8", NULL},
        {"2001:db8::1", "documentation"},
        {"fd00::1", "unique local"},
        {"2a00::1", NULL},
        {"240.0.0.1", "reserved"},
        {"100.64.1.1", "carrier-grade"},
        {"64:ff9b::c000:205", "DNS64"},
        {"fec0::1", "site-local"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ip ip;
        assert_true(ip_parse(rows[i].in, &ip));
        const char *why = ip_special(&ip);
        assert_int_equal(why != NULL, rows[i].why != NULL);
        if (why)
            assert_non_null(strstr(why, rows[i].why));
        bool documentation = why && strstr(why, "documentation");
        assert_int_equal(ip_is_hidden(&ip), why && !documentation);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_only_exact_addresses),
        cmocka_unit_test(parses_blocks_and_names_what_is_wrong),
        cmocka_unit_test(reverses_as_rfc_5782),
        cmocka_unit_test(sorts_counts_and_steps),
        cmocka_unit_test(names_addresses_without_public_meaning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
