/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/dns.h"
#include "repmon/log.h"

/* What these lines of resolv.conf lead to. */
static size_t read_lines(const char *text, struct conf_resolver out[static LIMIT_RESOLVERS])
{
    FILE *file = fmemopen((char *)text, strlen(text), "r");
    assert_non_null(file);
    size_t count = dns_resolvers_read(file, out, LIMIT_RESOLVERS);
    fclose(file);
    return count;
}

static void each_spelling_of_an_address_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        uint16_t port;
        const char *ip, *scope;
    } rows[] = {
        {"nameserver 192.0.2.1\n", 53, "192.0.2.1", ""},
        {"nameserver\t192.0.2.1 # a comment\n", 53, "192.0.2.1", ""},
        {"nameserver 192.0.2.1:5353\n", 5353, "192.0.2.1", ""},
        {"nameserver [192.0.2.1]:5353\n", 5353, "192.0.2.1", ""},
        {"nameserver 2001:db8::1\n", 53, "2001:db8::1", ""},
        {"nameserver [2001:db8::1]:5353\n", 5353, "2001:db8::1", ""},
        {"nameserver fe80::1%eth0\n", 53, "fe80::1", "eth0"},
        {"nameserver [fe80::1%eth0]:5353\r\n", 5353, "fe80::1", "eth0"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct conf_resolver out[LIMIT_RESOLVERS];
        char text[IP_TEXT_MAX];
        assert_int_equal(read_lines(rows[i].line, out), 1);
        ip_format(&out[0].ip, text);
        assert_string_equal(text, rows[i].ip);
        assert_int_equal(out[0].port, rows[i].port);
        assert_string_equal(out[0].scope, rows[i].scope);
    }
}

static void they_are_used_in_their_order_and_other_lines_are_none(void **state)
{
    (void)state;
    struct conf_resolver out[LIMIT_RESOLVERS];
    assert_int_equal(read_lines("search example.org\noptions edns0\n; nameserver 192.0.2.9\n"
                                "#nameserver 192.0.2.9\nnameserver 192.0.2.1\nnameservers 1.2.3.4\n"
                                "nameserver 192.0.2.2",
                                out),
                     2);
    assert_int_equal(out[0].ip.bytes[3], 1);
    assert_int_equal(out[1].ip.bytes[3], 2);
}

static void without_any_it_is_the_one_on_this_machine(void **state)
{
    (void)state;
    struct conf_resolver out[LIMIT_RESOLVERS];
    assert_int_equal(read_lines("# nothing\n", out), 1);
    assert_int_equal(ip_v4(&out[0].ip), 0x7f000001);
    assert_int_equal(dns_resolvers_read(NULL, out, LIMIT_RESOLVERS), 1);
}

/* Never 127.0.0.1 in place of what somebody wrote. */
static void those_that_cant_be_used_are_left_out_and_replaced_by_nothing(void **state)
{
    (void)state;
    struct conf_resolver out[LIMIT_RESOLVERS];
    static const char *const lines[] = {"nameserver fe80::1\n",
                                        "nameserver fe80::1%\n",
                                        "nameserver 192.0.2.1%eth0\n",
                                        "nameserver localhost\n",
                                        "nameserver fe80::1%averylonginterface\n",
                                        "nameserver [192.0.2.1:53\n"};
    log_set(LOG_QUIET);
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_int_equal(read_lines(lines[i], out), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_spelling_of_an_address_is_read),
        cmocka_unit_test(they_are_used_in_their_order_and_other_lines_are_none),
        cmocka_unit_test(without_any_it_is_the_one_on_this_machine),
        cmocka_unit_test(those_that_cant_be_used_are_left_out_and_replaced_by_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
