/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "spf_zone.h"

#include "inventory/spf_macro.h"

#include <stdio.h>

#define TXT "example.org", DNS_TXT
#define IP  "203.0.113.5"

struct story {
    struct zone_row zone[16];
    const char *ip;
    enum spf_result result;
    const char *term, *at; /* NULL: whatever */
};

static struct spf_request request_for(struct zone *z, const char *ip)
{
    struct spf_request r = {.local = "",
                            .domain = "example.org",
                            .helo = "mx1.example.org",
                            .receiver = "unknown",
                            .ask = zone_ask,
                            .ctx = z};
    assert_true(ip_parse(ip, &r.ip));
    return r;
}

static void tell(const struct story *stories, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct story *st = &stories[i];
        struct zone zone = {.rows = st->zone};
        struct spf_request request = request_for(&zone, st->ip ? st->ip : IP);
        struct spf_verdict v;
        spf_check(&request, &v);
        if (v.result != st->result)
            fail_msg("story %zu: %s (%s)", i, spf_result_word(v.result), v.why);
        if (st->term && strcmp(v.term, st->term) != 0)
            fail_msg("story %zu: term \"%s\"", i, v.term);
        if (st->at && strcmp(v.at, st->at) != 0)
            fail_msg("story %zu: at \"%s\"", i, v.at);
    }
}

static void the_term_that_decides_is_named(void **state)
{
    (void)state;
    static const struct story stories[] = {
        {{{TXT, "v=spf1 ip4:203.0.113.0/28 -all", 0}}, NULL, SPF_PASS, "ip4:203.0.113.0/28", NULL},
        {{{TXT, "v=spf1 ip4:192.0.2.1 -all", 0}}, NULL, SPF_FAIL, "-all", "example.org"},
        {{{TXT, "v=spf1 ip4:192.0.2.1 ~all", 0}}, NULL, SPF_SOFTFAIL, "~all", NULL},
        {{{TXT, "v=spf1 ip4:192.0.2.1", 0}}, NULL, SPF_NEUTRAL, "", NULL},
        {{{TXT, "v=spf1 a//64 -all", 0}, {"example.org", DNS_AAAA, "2001:db8::1", 0}},
         "2001:db8::25",
         SPF_PASS,
         "a//64",
         NULL},
        {{{TXT, "v=spf1 redirect=_spf.example.net", 0},
          {"_spf.example.net", DNS_TXT, "v=spf1 -all", 0}},
         NULL,
         SPF_FAIL,
         "-all",
         "_spf.example.net"},
        {{{TXT, "v=spf1 include:_spf.example.net -all", 0},
          {"_spf.example.net", DNS_TXT, "v=spf1 ip4:203.0.113.5 -all", 0}},
         NULL,
         SPF_PASS,
         "include:_spf.example.net",
         "example.org"},
    };
    tell(stories, COUNT(stories));
}

static void an_error_is_named_where_it_is(void **state)
{
    (void)state;
    static const struct story stories[] = {
        {{{TXT, "v=spf1 -all", 0}, {TXT, "v=spf1 mx -all", 0}}, NULL, SPF_PERMERROR, "", NULL},
        {{{TXT, "v=spf1 ip4:203.0.113.5 foo:bar -all", 0}}, NULL, SPF_PERMERROR, "foo:bar", NULL},
        {{{TXT, "v=spf1 include:gone.example.net -all", 0}},
         NULL,
         SPF_PERMERROR,
         "include:gone.example.net",
         "example.org"},
        {{{TXT, "v=spf1 include:_spf.example.net -all", 0},
          {"_spf.example.net", DNS_TXT, "v=spf1 ip4:1.2.3.256 -all", 0}},
         NULL,
         SPF_PERMERROR,
         "ip4:1.2.3.256",
         "_spf.example.net"},
        {{{TXT, "v=spf1 include:example.org -all", 0}}, NULL, SPF_PERMERROR, NULL, NULL},
        {{{TXT, "v=spf1 redirect=example.org", 0}}, NULL, SPF_PERMERROR, NULL, NULL},
        {{{TXT, "v=spf1 exists:%{x}.example.org -all", 0}}, NULL, SPF_PERMERROR, NULL, NULL},
        {{{TXT, "v=spf1 exists:%{d -all", 0}}, NULL, SPF_PERMERROR, NULL, NULL},
        {{{TXT, "v=spf1 a:100%.example.org -all", 0}}, NULL, SPF_PERMERROR, NULL, NULL},
        {{{TXT, "v=spf1 note=50% -all", 0}}, NULL, SPF_PERMERROR, "note=50%", NULL},
        {{{TXT, "v=spf1 a:%{d0}.example.org -all", 0}}, NULL, SPF_PERMERROR, NULL, NULL},
    };
    tell(stories, COUNT(stories));
}

static void silence_and_errors_of_the_dns_are_temporary(void **state)
{
    (void)state;
    static const struct story stories[] = {
        {{{TXT, NULL, 0}}, NULL, SPF_TEMPERROR, NULL, "example.org"},
        {{{TXT, "v=spf1 mx -all", 0}, {"example.org", DNS_MX, NULL, 0}},
         NULL,
         SPF_TEMPERROR,
         NULL,
         NULL},
        {{{TXT, "v=spf1 include:_spf.example.net -all", 0}, {"_spf.example.net", DNS_TXT, NULL, 0}},
         NULL,
         SPF_TEMPERROR,
         NULL,
         "_spf.example.net"},
    };
    tell(stories, COUNT(stories));
}

static struct spf_verdict judge(const struct zone_row *rows, bool voids_only)
{
    struct zone zone = {.rows = rows};
    struct spf_request request = request_for(&zone, IP);
    request.count_voids_only = voids_only;
    struct spf_verdict v;
    spf_check(&request, &v);
    return v;
}

static void ten_look_ups_are_allowed_and_eleven_are_not(void **state)
{
    (void)state;
    static const struct zone_row ten[] = {
        {TXT, "v=spf1 a a a a a a a a a a -all", 0}, {"example.org", DNS_A, "192.0.2.1", 0}, {0}};
    static const struct zone_row eleven[] = {
        {TXT, "v=spf1 a a a a a a a a a a a -all", 0}, {"example.org", DNS_A, "192.0.2.1", 0}, {0}};
    assert_int_equal(judge(ten, false).result, SPF_FAIL);
    assert_int_equal(judge(ten, false).lookups, 10);
    struct spf_verdict v = judge(eleven, false);
    assert_int_equal(v.result, SPF_PERMERROR);
    assert_non_null(strstr(v.why, "ten"));
}

static void each_void_look_up_counts_once(void **state)
{
    (void)state;
    static const struct zone_row two[] = {
        {TXT, "v=spf1 a:g1.example.org a:g2.example.org mx -all", 0},
        {"example.org", DNS_MX, "mx.example.org", 0},
        {"mx.example.org", DNS_A, "192.0.2.1", 0},
        {0}};
    static const struct zone_row three[] = {
        {TXT, "v=spf1 a:g1.example.org a:g2.example.org mx:g3.example.org -all", 0}, {0}};
    assert_int_equal(judge(two, false).voids, 2);
    assert_int_equal(judge(two, false).result, SPF_FAIL);
    assert_int_equal(judge(three, false).result, SPF_PERMERROR);
    assert_int_equal(judge(three, true).result, SPF_FAIL);
    assert_int_equal(judge(three, true).voids, 3);
}

static void it_waits_for_every_answer_and_then_says_the_same(void **state)
{
    (void)state;
    static const struct zone_row rows[] = {
        {TXT, "v=spf1 ptr:example.net mx include:%{d2}.example.net -all", 0},
        {"5.113.0.203.in-addr.arpa", DNS_PTR, "mail.example.com", 0},
        {"mail.example.com", DNS_A, IP, 0},
        {"example.org", DNS_MX, "mx.example.org", 0},
        {"mx.example.org", DNS_A, "192.0.2.1", 0},
        {"example.org.example.net", DNS_TXT, "v=spf1 exists:%{ir}.%{v}.%{p}.list.example", 0},
        {"5.113.0.203.in-addr.mail.example.com.list.example", DNS_A, "127.0.0.2", 0},
        {0}};
    unsigned pending = 0;
    for (unsigned patience = 1;; patience++) {
        struct zone zone = {.rows = rows, .patience = patience};
        struct spf_request request = request_for(&zone, IP);
        struct spf_verdict v;
        spf_check(&request, &v);
        if (v.result != SPF_PENDING) {
            assert_int_equal(v.result, SPF_PASS);
            break;
        }
        pending++;
        assert_true(pending < 30);
    }
    assert_true(pending >= 6);
}

static void macros_become_what_the_rfc_shows(void **state)
{
    (void)state;
    static const struct {
        const char *text, *is;
    } rows[] = {
        /* RFC 7208 7.4 */
        {"%{s}", "strong-bad@email.example.com"},
        {"%{d4}", "email.example.com"},
        {"%{d1}", "com"},
        {"%{dr}", "com.example.email"},
        {"%{d2r}", "example.email"},
        {"%{l-}", "strong.bad"},
        {"%{lr-}", "bad.strong"},
        {"%{l1r-}", "strong"},
        {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
        {"%%%_%-", "% %20"},
        {"%{S}", "strong-bad%40email.example.com"},
    };
    struct spf_macro_values v = {.local = "strong-bad",
                                 .sender_domain = "email.example.com",
                                 .domain = "email.example.com",
                                 .helo = "mx.example.org",
                                 .receiver = "unknown",
                                 .validated = "unknown"};
    (void)state;
    assert_true(ip_parse("192.0.2.3", &v.ip));
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;
        buf_init(&out, 256);
        assert_true(spf_macro_expand(rows[i].text, &v, false, &out));
        assert_string_equal(buf_text(&out), rows[i].is);
        buf_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_term_that_decides_is_named),
        cmocka_unit_test(an_error_is_named_where_it_is),
        cmocka_unit_test(silence_and_errors_of_the_dns_are_temporary),
        cmocka_unit_test(ten_look_ups_are_allowed_and_eleven_are_not),
        cmocka_unit_test(each_void_look_up_counts_once),
        cmocka_unit_test(it_waits_for_every_answer_and_then_says_the_same),
        cmocka_unit_test(macros_become_what_the_rfc_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
