/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/dns.h"

#include <stdio.h>

#define ASKED "2.0.0.127.bl.example"

/* A message under construction. */
struct msg {
    uint8_t bytes[65535];
    size_t len;
};

static void put(struct msg *m, const void *data, size_t len)
{
    memcpy(m->bytes + m->len, data, len);
    m->len += len;
}

static void put16(struct msg *m, unsigned v)
{
    put(m, (uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2);
}

static void put_name(struct msg *m, const char *name)
{
    while (*name) {
        size_t n = strcspn(name, ".");
        put(m, (uint8_t[]){(uint8_t)n}, 1);
        put(m, name, n);
        name += n + (name[n] == '.');
    }
    put(m, "", 1);
}

static void begin(struct msg *m, unsigned rcode, unsigned answers, unsigned authority)
{
    m->len = 0;
    put16(m, 0x1234);
    put16(m, 0x8180 | rcode);
    put16(m, 1);
    put16(m, answers);
    put16(m, authority);
    put16(m, 0);
    put_name(m, ASKED);
    put16(m, DNS_A);
    put16(m, 1);
}

static void put_rr(struct msg *m, const char *owner, unsigned type, uint32_t ttl, const void *data,
                   size_t len)
{
    put_name(m, owner);
    put16(m, type);
    put16(m, 1);
    put16(m, ttl >> 16);
    put16(m, ttl & 0xffff);
    put16(m, (unsigned)len);
    put(m, data, len);
}

static void put_soa(struct msg *m, uint32_t ttl, uint8_t minimum)
{
    uint8_t data[2 + 20] = {0};
    data[21] = minimum;
    put_rr(m, "bl.example", DNS_SOA, ttl, data, sizeof data);
}

static struct dns_scratch scratch;

static void all_addresses_and_the_smallest_ttl(void **state)
{
    (void)state;
    struct msg m;
    struct dns_answer a;
    begin(&m, DNS_NOERROR, 3, 0);
    put_rr(&m, ASKED, DNS_A, 300, "\x7f\0\0\x02", 4);
    put_rr(&m, "2.0.0.127.BL.example", DNS_A, 60, "\x7f\0\0\x0a", 4);
    put_rr(&m, "other.example", DNS_A, 5, "\x01\x02\x03\x04", 4);
    assert_true(dns_read(m.bytes, m.len, ASKED, DNS_A, &scratch, &a));
    assert_int_equal(a.count, 2);
    assert_int_equal(ip_v4(&a.records[0].ip), 0x7f000002);
    assert_int_equal(ip_v4(&a.records[1].ip), 0x7f00000a);
    assert_int_equal(a.ttl, 60);
    assert_false(a.soa || a.malformed || a.more || a.own);
    m.bytes[2] |= 0x04; /* AA */
    assert_true(dns_read(m.bytes, m.len, ASKED, DNS_A, &scratch, &a));
    assert_true(a.own);
}

/* As many as fit into a message: an owner of two octets points at the question. */
static void no_address_of_a_message_is_left_out(void **state)
{
    (void)state;
    static struct msg m;
    struct dns_answer a;
    begin(&m, DNS_NOERROR, 4000, 0);
    for (unsigned i = 0; i < 4000; i++) {
        put(&m, "\xc0\x0c\0\x01\0\x01\0\0\x01\0\0\x04\x0a\0", 14);
        put16(&m, i);
    }
    assert_true(dns_read(m.bytes, m.len, ASKED, DNS_A, &scratch, &a));
    assert_int_equal(a.count, 4000);
    assert_int_equal(ip_v4(&a.records[3999].ip), 0x0a000000 + 3999);
    assert_false(a.more);
}

static void more_records_than_the_cap_are_said(void **state)
{
    (void)state;
    static struct msg m;
    struct dns_answer a;
    begin(&m, DNS_NOERROR, DNS_MAX_RECORDS + 1, 0);
    for (int i = 0; i <= DNS_MAX_RECORDS; i++) /* of no data */
        put(&m, "\xc0\x0c\0\x10\0\x01\0\0\x01\0\0\0", 12);
    assert_true(dns_read(m.bytes, m.len, ASKED, DNS_TXT, &scratch, &a));
    assert_int_equal(a.count, DNS_MAX_RECORDS);
    assert_true(a.more);
}

/* A record of a chain in short: "A>B" is a CNAME, "A*B" a DNAME, "A=" an address. */
static void put_link(struct msg *m, const char *link)
{
    char owner[256];
    struct msg target = {.len = 0};
    size_t n = strcspn(link, "=>*");
    snprintf(owner, sizeof owner, "%.*s", (int)n, link);
    if (link[n] == '=') {
        put_rr(m, owner, DNS_A, 60, "\x7f\0\0\x02", 4);
        return;
    }
    put_name(&target, link + n + 1);
    put_rr(m, owner, link[n] == '>' ? DNS_CNAME : DNS_DNAME, 60, target.bytes, target.len);
}

static void a_chain_is_followed_in_any_order_to_its_end_or_not_believed(void **state)
{
    (void)state;
    enum end { FOUND, NOTHING, MALFORMED };
    static const struct {
        const char *name;
        const char *links[5];
        unsigned rcode;
        bool soa;
        enum end end;
    } rows[] = {
        {"in order", {ASKED ">x.y", "x.y="}, DNS_NOERROR, false, FOUND},
        {"the address first", {"x.y=", ASKED ">x.y"}, DNS_NOERROR, false, FOUND},
        {"three links backwards", {"c.z=", "b.z>c.z", "a.z>b.z", ASKED ">a.z"}, 0, false, FOUND},
        {"three links mixed", {"a.z>b.z", "c.z=", ASKED ">a.z", "b.z>c.z"}, 0, false, FOUND},
        {"a link that nothing leads to", {ASKED "=", "u.v>w.v", "w.v="}, 0, false, FOUND},
        {"a DNAME with its CNAME",
         {"bl.example*bl.z", ASKED ">2.0.0.127.bl.z", "2.0.0.127.bl.z="},
         0,
         false,
         FOUND},
        {"a DNAME alone", {"bl.example*bl.z", "2.0.0.127.bl.z="}, 0, false, FOUND},
        {"a DNAME alone, last", {"2.0.0.127.bl.z=", "bl.example*bl.z"}, 0, false, FOUND},
        {"a DNAME behind a CNAME", {"a.y.z=", "y.x*y.z", ASKED ">a.y.x"}, 0, false, FOUND},
        {"a DNAME of the root's", {"example*", "2.0.0.127.bl="}, 0, false, FOUND},
        {"a denied end", {ASKED ">x.y"}, DNS_NOERROR, true, NOTHING},
        {"an end that does not exist", {ASKED ">x.y"}, DNS_NXDOMAIN, true, NOTHING},
        {"the same without an SOA", {ASKED ">x.y"}, DNS_NXDOMAIN, false, NOTHING},
        {"a CNAME alone", {ASKED ">x.y"}, DNS_NOERROR, false, MALFORMED},
        {"a DNAME alone without an end", {"bl.example*bl.z"}, DNS_NOERROR, false, MALFORMED},
        {"the first link is missing", {"b.z>c.z", "c.z="}, DNS_NOERROR, false, MALFORMED},
        {"the first is missing, with SOA", {"b.z>c.z", "c.z="}, DNS_NOERROR, true, MALFORMED},
        {"a link in the middle is missing", {ASKED ">a.z", "c.z="}, 0, false, MALFORMED},
        {"somebody else's address", {"x.y="}, DNS_NOERROR, false, MALFORMED},
        {"the same, denied", {"x.y="}, DNS_NXDOMAIN, true, MALFORMED},
        {"the DNAME owns only what is below", {ASKED "*x.y", "x.y="}, 0, false, MALFORMED},
        {"a DNAME of half a label", {"l.example*l.z", "2.0.0.127.bl.z="}, 0, false, MALFORMED},
        {"a loop", {ASKED ">x.y", "x.y>" ASKED}, DNS_NOERROR, true, MALFORMED},
        {"a loop of one", {ASKED ">" ASKED}, DNS_NOERROR, true, MALFORMED},
        {"a DNAME that grows", {"example*a.example"}, DNS_NOERROR, true, MALFORMED},
        {"two aliases", {ASKED ">x.y", ASKED ">y.z", "x.y="}, DNS_NOERROR, false, MALFORMED},
        {"an alias beside a listing", {ASKED "=", ASKED ">x.y"}, DNS_NXDOMAIN, true, MALFORMED},
        {"an error stays one", {ASKED ">x.y"}, DNS_SERVFAIL, false, NOTHING},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct msg m;
        struct dns_answer a;
        unsigned links = 0;
        while (links < 5 && rows[i].links[links])
            links++;
        print_message("%s\n", rows[i].name);
        begin(&m, rows[i].rcode, links, rows[i].soa);
        for (unsigned k = 0; k < links; k++)
            put_link(&m, rows[i].links[k]);
        if (rows[i].soa)
            put_soa(&m, 600, 150);
        assert_int_equal(dns_read(m.bytes, m.len, ASKED, DNS_A, &scratch, &a),
                         rows[i].end != MALFORMED);
        assert_int_equal(a.malformed, rows[i].end == MALFORMED);
        assert_int_equal(a.count, rows[i].end == FOUND);
        assert_int_equal(a.rcode, rows[i].rcode);
    }
}

static void a_cname_chain_is_followed_with_its_ttl(void **state)
{
    (void)state;
    struct msg m;
    struct dns_answer a;
    begin(&m, DNS_NOERROR, 2, 0);
    put_rr(&m, ASKED, DNS_CNAME, 7, "\x01x\x01y\0", 5);
    put_rr(&m, "x.y", DNS_A, 60, "\x7f\0\0\x03", 4);
    assert_true(dns_read(m.bytes, m.len, ASKED, DNS_A, &scratch, &a));
    assert_int_equal(a.count, 1);
    assert_int_equal(a.ttl, 7);
}

static void a_negative_answer_shows_its_soa(void **state)
{
    (void)state;
    static const struct {
        unsigned authority;
        bool soa;
        uint32_t ttl;
    } rows[] = {{0, false, 0}, {1, true, 150}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct msg m;
        struct dns_answer a;
        begin(&m, DNS_NXDOMAIN, 0, rows[i].authority);
        if (rows[i].authority)
            put_soa(&m, 600, 150);
        assert_true(dns_read(m.bytes, m.len, ASKED, DNS_A, &scratch, &a));
        assert_int_equal(a.rcode, DNS_NXDOMAIN);
        assert_int_equal(a.count, 0);
        assert_int_equal(a.soa, rows[i].soa);
        assert_int_equal(a.ttl, rows[i].ttl);
    }
}

static void texts_are_joined_and_kept_raw(void **state)
{
    (void)state;
    struct msg m;
    struct dns_answer a;
    begin(&m, DNS_NOERROR, 2, 0);
    put_rr(&m, ASKED, DNS_TXT, 60,
           "\x03"
           "abc\x00\x02"
           "d\x1b",
           8);
    put_rr(&m, ASKED, DNS_TXT, 60, "", 0);
    assert_true(dns_read(m.bytes, m.len, ASKED, DNS_TXT, &scratch, &a));
    assert_int_equal(a.count, 2);
    assert_int_equal(a.records[0].len, 5);
    assert_memory_equal(a.records[0].text, "abcd\x1b", 6);
    assert_int_equal(a.records[1].len, 0);
}

static void names_are_lower_case_and_harmless(void **state)
{
    (void)state;
    struct msg m;
    struct dns_answer a;
    begin(&m, DNS_NOERROR, 1, 0);
    put_rr(&m, ASKED, DNS_PTR, 60, "\x04M.\x1bX\x03ORG\0", 10);
    assert_true(dns_read(m.bytes, m.len, ASKED, DNS_PTR, &scratch, &a));
    assert_string_equal(a.records[0].text, "m??x.org");
}

static void what_lies_about_its_lengths_is_not_believed(void **state)
{
    (void)state;
    struct msg m;
    struct dns_answer a;
    begin(&m, DNS_NOERROR, 2, 1);
    put_rr(&m, ASKED, DNS_A, 300, "\x7f\0\0\x02", 4);
    put_rr(&m, ASKED, DNS_A, 300, "\x7f\0\0\x04", 4);
    put_soa(&m, 600, 150);
    for (size_t len = 0; len < m.len; len++) { /* cut anywhere */
        assert_false(dns_read(m.bytes, len, ASKED, DNS_A, &scratch, &a));
        assert_true(a.malformed);
        assert_int_equal(a.count, 0);
    }
    begin(&m, DNS_NOERROR, 1, 0); /* an address of three bytes */
    put_rr(&m, ASKED, DNS_A, 300, "\x7f\0\0", 3);
    assert_false(dns_read(m.bytes, m.len, ASKED, DNS_A, &scratch, &a));
    begin(&m, DNS_NOERROR, 1, 0); /* a name that points at itself */
    uint16_t at = (uint16_t)m.len;
    put16(&m, 0xc000u | at);
    put(&m, "\0\x01\0\x01\0\0\0\x05\0\x04\x7f\0\0\x02", 14);
    assert_false(dns_read(m.bytes, m.len, ASKED, DNS_A, &scratch, &a));
    begin(&m, DNS_NOERROR, 0, 0); /* a question instead of a reply */
    m.bytes[2] = 1;
    assert_false(dns_read(m.bytes, m.len, ASKED, DNS_A, &scratch, &a));
}

static void a_referral_and_answers_in_the_wrong_section_are_none(void **state)
{
    static const struct {
        unsigned rcode, authority, additional;
        unsigned type; /* of the one record in the authority or the additional section */
        const char *owner;
        bool soa, good;
    } cases[] = {
        {DNS_NOERROR, 1, 0, DNS_NS, "bl.example", false, false},
        {DNS_NOERROR, 2, 0, DNS_NS, "bl.example", true, true},
        {DNS_NXDOMAIN, 1, 0, DNS_NS, "bl.example", false, true},
        {DNS_NOERROR, 1, 0, DNS_A, ASKED, false, false},
        {DNS_NOERROR, 0, 1, DNS_A, "2.0.0.127.BL.example", false, false},
        {DNS_NOERROR, 0, 1, DNS_A, "ns.example", false, true},
        {DNS_NOERROR, 0, 1, DNS_TXT, ASKED, false, true},
        {DNS_NOERROR, 0, 0, 0, "", false, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct msg m;
        struct dns_answer a;
        begin(&m, cases[i].rcode, 0, cases[i].authority);
        m.bytes[11] = (uint8_t)cases[i].additional;
        if (cases[i].type)
            put_rr(&m, cases[i].owner, cases[i].type, 60, "\x01x\0\0", 4);
        if (cases[i].soa)
            put_soa(&m, 600, 150);
        if (dns_read(m.bytes, m.len, ASKED, DNS_A, &scratch, &a) != cases[i].good)
            fail_msg("case %zu", i);
        assert_int_equal(a.count, 0);
    }
}

static void the_upper_bits_of_the_rcode_count(void **state)
{
    static const struct {
        unsigned low;
        uint32_t ttl;
        int rcode;
    } cases[] = {{0, 0, DNS_NOERROR},           {3, 0, DNS_NXDOMAIN}, {0, 0x01000000, DNS_BADVERS},
                 {3, 0x00008000, DNS_NXDOMAIN}, {7, 0x01000000, 23},  {0, 0xff000000, 255}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct msg m;
        struct dns_answer a;
        begin(&m, cases[i].low, 0, 0);
        m.bytes[11] = 1;
        put_rr(&m, "", DNS_OPT, cases[i].ttl, "", 0);
        assert_true(dns_read(m.bytes, m.len, ASKED, DNS_A, &scratch, &a));
        assert_int_equal(a.rcode, cases[i].rcode);
    }
    assert_string_equal(dns_rcode_word(DNS_BADVERS), "BADVERS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_addresses_and_the_smallest_ttl),
        cmocka_unit_test(no_address_of_a_message_is_left_out),
        cmocka_unit_test(more_records_than_the_cap_are_said),
        cmocka_unit_test(a_chain_is_followed_in_any_order_to_its_end_or_not_believed),
        cmocka_unit_test(a_cname_chain_is_followed_with_its_ttl),
        cmocka_unit_test(a_negative_answer_shows_its_soa),
        cmocka_unit_test(texts_are_joined_and_kept_raw),
        cmocka_unit_test(names_are_lower_case_and_harmless),
        cmocka_unit_test(what_lies_about_its_lengths_is_not_believed),
        cmocka_unit_test(a_referral_and_answers_in_the_wrong_section_are_none),
        cmocka_unit_test(the_upper_bits_of_the_rcode_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
