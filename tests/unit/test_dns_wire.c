/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "../../src/net/dns_wire.h"
#include "repmon/dns.h"

static const struct dns_query asked = {"2.0.0.127.Bl.example", DNS_A, 0x1234, false};

/* A reply to `asked` with nothing but its question. */
static size_t reply(uint8_t out[static DNS_QUERY_MAX], uint8_t rcode)
{
    const struct dns_query plain = {asked.name, asked.type, asked.id, true};
    size_t len = dns_query_write(&plain, out);
    out[2] = 0x81;
    out[3] = (uint8_t)(0x80 | rcode);
    return len;
}

static void a_query_is_written_as_rfc_1035_and_6891_say(void **state)
{
    (void)state;
    static const uint8_t expected[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01"
                                      "\x01"
                                      "a\x02xy\x00\x00\x10\x00\x01"
                                      "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00";
    uint8_t out[DNS_QUERY_MAX];
    const struct dns_query q = {"a.xy", DNS_TXT, 0x1234, false};
    assert_int_equal(dns_query_write(&q, out), sizeof expected);
    assert_memory_equal(out, expected, sizeof expected);
    const struct dns_query plain = {"a.xy", DNS_TXT, 0x1234, true};
    assert_int_equal(dns_query_write(&plain, out), sizeof expected - 11);
    assert_int_equal(out[11], 0);
    const struct dns_query root = {"", DNS_NS, 1, true};
    assert_int_equal(dns_query_write(&root, out), 12 + 1 + 4);
}

static void a_name_that_is_none_is_not_written(void **state)
{
    (void)state;
    static const char *const bad[] = {".", "a..b", ".a"};
    uint8_t out[DNS_QUERY_MAX];
    char label[66], name[300];
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(dns_query_write(&(struct dns_query){bad[i], DNS_A, 1, false}, out), 0);
    memset(label, 'a', 64);
    label[64] = '\0';
    assert_int_equal(dns_query_write(&(struct dns_query){label, DNS_A, 1, false}, out), 0);
    label[63] = '\0';
    assert_true(dns_query_write(&(struct dns_query){label, DNS_A, 1, false}, out) > 0);
    for (size_t i = 0; i < 254; i++)
        name[i] = i % 2 ? '.' : 'a';
    name[253] = '\0'; /* the longest of RFC 1035 2.3.4 */
    assert_int_equal(dns_query_write(&(struct dns_query){name, DNS_A, 1, false}, out),
                     DNS_HEADER + 255 + 4 + 11);
    name[253] = 'a';
    name[254] = '\0';
    assert_int_equal(dns_query_write(&(struct dns_query){name, DNS_A, 1, false}, out), 0);
}

static void a_reply_has_the_id_and_the_question(void **state)
{
    (void)state;
    uint8_t msg[DNS_QUERY_MAX];
    size_t len = reply(msg, DNS_NXDOMAIN);
    assert_true(dns_reply_matches(msg, len, &asked));
    msg[12 + 2 + 2 + 2 + 4 + 1] = 'b'; /* Bl: letters of either case */
    assert_true(dns_reply_matches(msg, len, &asked));
    for (size_t i = 0; i < len; i++) {
        uint8_t was = msg[i];
        if (i >= 6 && i < 12)
            continue; /* counts of what follows are the reader's */
        msg[i] = (uint8_t)(was ^ (i == 3 ? 0 : i == 2 ? 0x80 : 0x40));
        if (i != 3)
            assert_false(dns_reply_matches(msg, len, &asked));
        msg[i] = was;
        assert_false(dns_reply_matches(msg, i, &asked));
    }
}

static void only_an_error_may_leave_the_question_out(void **state)
{
    (void)state;
    uint8_t msg[DNS_QUERY_MAX];
    reply(msg, DNS_FORMERR);
    msg[5] = 0;
    assert_true(dns_reply_matches(msg, DNS_HEADER, &asked));
    reply(msg, DNS_NOERROR);
    msg[5] = 0;
    assert_false(dns_reply_matches(msg, DNS_HEADER, &asked));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_is_written_as_rfc_1035_and_6891_say),
        cmocka_unit_test(a_name_that_is_none_is_not_written),
        cmocka_unit_test(a_reply_has_the_id_and_the_question),
        cmocka_unit_test(only_an_error_may_leave_the_question_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
